//! The parts we did not write: `tests/run` installs them and says in the environment where they are.

use std::path::PathBuf;

/// Where the part named by this variable is.
///
/// # Panics
/// It is not there: a test without its part has failed.
#[track_caller]
pub fn part(variable: &str) -> PathBuf {
    match std::env::var_os(variable) {
        Some(path) => {
            let path = PathBuf::from(path);
            assert!(path.exists(), "missing part: {variable} is {}, which does not exist", path.display());
            path
        }
        None => panic!("missing part: {variable} is not set; tests/run installs it and sets it (docs/testing.md)"),
    }
}
