//! Numbers that a run of the suite shows, in lines that begin with `figure: `.

use std::io::Write as _;

/// Shows a number worth seeing. The harness keeps what `println!` prints of a test that passed, and not this.
pub fn figure(text: &str) {
    writeln!(std::io::stdout(), "\nfigure: {text}").expect("standard output");
}
