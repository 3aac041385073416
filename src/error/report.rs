//! Writes a failure: for people, or as one object for programs.

use std::ffi::OsString;

use serde_json::json;

use super::Failure;
use crate::ui::{Ui, json_line, sanitize, sanitize_to, yaml};

/// `--error-format`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum ErrorFormat {
    /// A line for people
    #[default]
    Human,
    /// One JSON object
    Json,
    /// The same object as YAML
    Yaml,
}

impl ErrorFormat {
    /// The format that a command line which could not be read asks for.
    pub(crate) fn guess(arguments: &[OsString]) -> Self {
        let mut words = arguments.iter().filter_map(|argument| argument.to_str());
        let mut value = None;
        while let Some(word) = words.next() {
            if word == "--error-format" {
                value = words.next();
            } else if let Some(text) = word.strip_prefix("--error-format=") {
                value = Some(text);
            }
        }
        match value {
            Some("json") => Self::Json,
            Some("yaml") => Self::Yaml,
            _ => Self::Human,
        }
    }
}

impl Failure {
    /// Writes the failure on stderr; a silent one leaves no trace.
    pub(crate) fn report(&self, ui: &Ui, format: ErrorFormat) {
        if self.is_silent() {
            return;
        }
        let block = match format {
            ErrorFormat::Human => return self.tell(ui),
            ErrorFormat::Json => json_line(&self.document()),
            ErrorFormat::Yaml => yaml(&self.document()).unwrap_or_default(),
        };
        ui.error_block(&block);
    }

    fn tell(&self, ui: &Ui) {
        self.parts.iter().for_each(|part| part.tell(ui));
        let mut line = sanitize_to(&self.message, LONGEST_LINE);
        for cause in &self.causes {
            if !self.message.contains(cause.as_str()) {
                line.push_str(": ");
                line.push_str(&sanitize_to(cause, LONGEST_LINE));
            }
        }
        ui.error(line);
        for hint in &self.hints {
            ui.error_hint(sanitize(hint));
        }
    }

    fn document(&self) -> serde_json::Value {
        let cut = |text: &String| match text.char_indices().nth(LONGEST_LINE) {
            Some((end, _)) => format!("{}...", &text[..end]),
            None => text.clone(),
        };
        let mut document = json!({ "error": {
            "code": self.code,
            "message": cut(&self.message),
            "causes": self.causes.iter().map(cut).collect::<Vec<_>>(),
            "hints": self.hints,
            "retryable": self.retryable,
        }});
        if !self.parts.is_empty() {
            document["error"]["parts"] = self.parts.iter().map(|part| part.document()["error"].take()).collect();
        }
        document
    }
}

/// A server's sentence can be as long as it likes; a line on a terminal cannot.
const LONGEST_LINE: usize = 1000;
