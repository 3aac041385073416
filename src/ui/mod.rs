//! The only writer to stdout and stderr.
//!
//! stdout carries the answer and nothing else; everything for the person goes to stderr. A command hands over a
//! [`View`] and never branches on the format. Text that came from a server, a claim or a file passes [`sanitize`]
//! on its way out. A reader that goes away ends the program quietly; a full disk is an error, never a panic.

mod output;
mod prompt;
mod sanitize;
mod style;
mod table;
mod trace;

use std::fmt::Display;
use std::io::{self, IsTerminal as _, Write as _};

use indicatif::{ProgressBar, ProgressStyle};

pub(crate) use dialoguer::console::measure_text_width as text_width;
pub(crate) use output::{
    LongAnswer, OutputError, View, json_four_spaces, json_line, standard_output_is_closed, standard_output_is_pipe,
    write_out, yaml,
};
pub(crate) use prompt::PromptError;
pub(crate) use sanitize::{escape_json, sanitize, sanitize_to};
pub(crate) use style::{ColorChoice, Paint};
pub(crate) use table::Table;

/// How results and errors are written, and where people may be asked.
#[derive(Debug)]
pub(crate) struct Ui {
    quiet: bool,
    paint: Paint,
    output: Paint,
    interactive: bool,
}

impl Ui {
    /// Settles colour, verbosity and whether somebody can answer a question.
    pub(crate) fn new(color: ColorChoice, quiet: bool, verbosity: u8) -> Self {
        if verbosity > 0 {
            trace::start(verbosity);
        }
        let interactive = io::stdin().is_terminal() && io::stderr().is_terminal();
        Self { quiet, paint: Paint::for_stderr(color), output: Paint::for_stdout(color), interactive }
    }

    /// For the time before the command line is understood.
    pub(crate) fn plain() -> Self {
        Self::new(ColorChoice::Auto, false, 0)
    }

    /// Whether nothing but errors is wanted.
    pub(crate) fn is_quiet(&self) -> bool {
        self.quiet
    }

    /// Whether a person sits at both ends: nothing may prompt or open a browser otherwise.
    pub(crate) fn is_interactive(&self) -> bool {
        self.interactive
    }

    /// Whether the answer goes to a terminal, not to a program or a file.
    pub(crate) fn answers_a_terminal(&self) -> bool {
        io::stdout().is_terminal()
    }

    /// Prints the answer of the command in the chosen format.
    pub(crate) fn print(&self, view: &dyn View, format: output::Format) -> Result<(), OutputError> {
        write_out(&output::render(view, format)?)
    }

    /// Prints text on stdout as it is; a secret that was asked for goes this way and no other.
    pub(crate) fn print_raw(&self, text: &str) -> Result<(), OutputError> {
        write_out(text)
    }

    /// Prints a secret that was asked for, for a reader that is no person.
    pub(crate) fn print_secret(&self, text: &[u8]) -> Result<(), OutputError> {
        output::write_bytes(text)
    }

    /// Prints an answer of a server: as it came, but harmless and ready to read where a person looks at it.
    pub(crate) fn print_answer(&self, body: &[u8]) -> Result<(), OutputError> {
        if io::stdout().is_terminal() { write_out(&output::readable(body)?) } else { output::write_bytes(body) }
    }

    /// Says something to the person.
    pub(crate) fn status(&self, text: impl Display) {
        if !self.quiet {
            write_err(&format!("{text}\n"));
        }
    }

    /// Shows what a question is about; also when quiet, because nobody can answer what they do not see.
    pub(crate) fn ask_about(&self, text: impl Display) {
        write_err(&format!("{text}\n"));
    }

    /// Says that a step succeeded.
    pub(crate) fn success(&self, text: impl Display) {
        self.status(format_args!("{} {text}", self.paint.green("\u{2713}")));
    }

    /// Says that something is not as it should be, though the command goes on.
    pub(crate) fn warn(&self, text: impl Display) {
        self.status(format_args!("{} {text}", self.paint.yellow("warning:")));
    }

    /// Names a command that helps.
    pub(crate) fn hint(&self, text: impl Display) {
        self.status(format_args!("{} {text}", self.paint.cyan("hint:")));
    }

    /// Says what went wrong; also when quiet.
    pub(crate) fn error(&self, text: impl Display) {
        write_err(&format!("{} {text}\n", self.paint.red("error:")));
    }

    /// Names a command that helps after an error; also when quiet.
    pub(crate) fn error_hint(&self, text: impl Display) {
        write_err(&format!("{} {text}\n", self.paint.cyan("hint:")));
    }

    /// Writes a ready block on stderr; also when quiet.
    pub(crate) fn error_block(&self, text: &str) {
        write_err(text);
    }

    /// The styles for stderr.
    pub(crate) fn paint(&self) -> &Paint {
        &self.paint
    }

    /// The styles for stdout.
    pub(crate) fn paint_of_output(&self) -> &Paint {
        &self.output
    }

    /// A line that shows work going on, on a terminal only; it is gone when dropped.
    pub(crate) fn progress(&self, text: &str) -> Progress {
        if self.quiet || !io::stderr().is_terminal() {
            return Progress(None);
        }
        let bar = ProgressBar::new_spinner();
        let style =
            ProgressStyle::with_template("{spinner} {msg}").unwrap_or_else(|_| ProgressStyle::default_spinner());
        bar.set_style(style);
        bar.set_message(sanitize(text).into_owned());
        bar.enable_steady_tick(std::time::Duration::from_millis(120));
        Progress(Some(bar))
    }
}

/// A running progress line.
#[derive(Debug)]
pub(crate) struct Progress(Option<ProgressBar>);

impl Progress {
    /// Replaces the text.
    pub(crate) fn say(&self, text: &str) {
        if let Some(bar) = &self.0 {
            bar.set_message(sanitize(text).into_owned());
        }
    }

    /// Takes the line away while `speak` writes to the terminal.
    pub(crate) fn suspend(&self, speak: impl FnOnce()) {
        match &self.0 {
            Some(bar) => bar.suspend(speak),
            None => speak(),
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}

/// Writes to stderr; when even that fails there is nobody left to tell.
fn write_err(text: &str) {
    let mut stderr = io::stderr().lock();
    let _ = stderr.write_all(text.as_bytes()).and_then(|()| stderr.flush());
}

pub(crate) use output::Format;
