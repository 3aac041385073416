//! Colour: on a terminal only, never the carrier of meaning.

use std::io::{self, IsTerminal as _};

use crate::sys::env;

/// `--color`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum ColorChoice {
    /// Colour whatever the output is.
    Always,
    /// Colour on a terminal that can show it.
    #[default]
    Auto,
    /// No colour.
    Never,
}

/// Paints words, or leaves them alone.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Paint {
    enabled: bool,
}

impl Paint {
    pub(super) fn for_stderr(choice: ColorChoice) -> Self {
        Self::of(choice, || io::stderr().is_terminal())
    }

    pub(super) fn for_stdout(choice: ColorChoice) -> Self {
        Self::of(choice, || io::stdout().is_terminal())
    }

    fn of(choice: ColorChoice, is_terminal: impl FnOnce() -> bool) -> Self {
        let enabled = match choice {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto => {
                let plain =
                    env::var_os(env::NO_COLOR).is_some() || env::var(env::TERM).is_none_or(|term| term == "dumb");
                !plain && is_terminal()
            }
        };
        Self { enabled }
    }

    /// Strong emphasis.
    pub(crate) fn bold(&self, text: &str) -> String {
        self.code("1", text)
    }

    /// Good news.
    pub(crate) fn green(&self, text: &str) -> String {
        self.code("32", text)
    }

    /// A warning.
    pub(crate) fn yellow(&self, text: &str) -> String {
        self.code("33", text)
    }

    /// Something to do.
    pub(crate) fn cyan(&self, text: &str) -> String {
        self.code("36", text)
    }

    /// Bad news.
    pub(crate) fn red(&self, text: &str) -> String {
        self.code("31", text)
    }

    fn code(&self, code: &str, text: &str) -> String {
        if self.enabled { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }
}
