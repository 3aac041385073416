//! What a run of the binary left: one value that prints as stdout, stderr and exit status.

use std::fmt;

/// A finished run. Its text has the world's changing parts replaced.
#[must_use = "snapshot the output or assert the exit status"]
#[derive(Clone, Debug)]
pub struct Output {
    pub stdout: String,
    pub stderr: String,
    pub status: i32,
}

impl Output {
    /// Panics with everything that was printed unless the run succeeded.
    #[track_caller]
    pub fn success(self) -> Self {
        self.exits(0)
    }

    /// Panics with everything that was printed unless the run ended with `status`.
    #[track_caller]
    pub fn exits(self, status: i32) -> Self {
        assert_eq!(self.status, status, "wrong exit status:\n{self}");
        self
    }

    /// Panics unless `text` is on stderr.
    #[track_caller]
    pub fn says(self, text: &str) -> Self {
        assert!(self.stderr.contains(text), "{text:?} is not on stderr:\n{self}");
        self
    }

    /// Stdout as JSON.
    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("stdout is not JSON ({error}):\n{self}"))
    }

    /// The one line on stdout.
    #[track_caller]
    pub fn line(&self) -> String {
        let mut lines = self.stdout.lines();
        let line = lines.next().unwrap_or_else(|| panic!("stdout is empty:\n{self}"));
        assert_eq!(lines.next(), None, "stdout has several lines:\n{self}");
        line.to_owned()
    }
}

impl fmt::Display for Output {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.stdout)?;
        if !self.stderr.is_empty() {
            write!(formatter, "------- stderr -------\n{}", self.stderr)?;
        }
        if self.status != 0 {
            writeln!(formatter, "[exit status: {}]", self.status)?;
        }
        Ok(())
    }
}
