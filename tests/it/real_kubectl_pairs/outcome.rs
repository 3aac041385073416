//! What an invocation came to, without what is different by nature: identifiers, times, the project's own name.

use serde_json::Value;

use super::sides::Side;

/// How two outcomes are compared.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Standard output is the same.
    Same,
    /// The lines are the same but for the width of columns and ages.
    Table,
    /// The same JSON or YAML document, in any order of its keys.
    Document,
    /// The same lines in any order.
    Lines,
    /// The same exit code, whatever is said.
    Code,
}

impl Mode {
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "same" => Self::Same,
            "table" => Self::Table,
            "document" => Self::Document,
            "lines" => Self::Lines,
            "code" => Self::Code,
            _ => return None,
        })
    }

    pub fn agrees(self, kubectl: &Outcome, datumctl: &Outcome) -> bool {
        let both = |view: fn(&str) -> Value| view(&kubectl.stdout) == view(&datumctl.stdout);
        match self {
            Self::Code => true,
            Self::Same => kubectl.stdout == datumctl.stdout,
            Self::Table => both(|text| columns(text).into()),
            Self::Lines => both(|text| {
                let mut lines = columns(text);
                lines.sort();
                lines.into()
            }),
            Self::Document => both(document),
        }
    }
}

/// What one of them did.
pub struct Outcome {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Outcome {
    pub fn of(output: &std::process::Output, side: &Side) -> Self {
        let text = |bytes: &[u8]| neutral(&String::from_utf8_lossy(bytes).replace(&side.project, "PROJECT"));
        Self { code: output.status.code().unwrap_or(-1), stdout: text(&output.stdout), stderr: text(&output.stderr) }
    }
}

/// Each line's words, ages left out.
fn columns(text: &str) -> Vec<String> {
    let is_age = |word: &str| {
        let units = word.trim_matches(|letter: char| letter.is_ascii_digit());
        word.starts_with(|letter: char| letter.is_ascii_digit()) && matches!(units, "s" | "m" | "h" | "d" | "y")
            || word.starts_with(|letter: char| letter.is_ascii_digit())
                && units.len() < 5
                && units.ends_with('s')
                && units.contains('m')
    };
    let line = |line: &str| {
        if line.trim_start().starts_with("Resource Version:") {
            return "Resource Version: N".to_owned();
        }
        let words: Vec<_> = line.split_whitespace().map(|word| if is_age(word) { "AGE" } else { word }).collect();
        words.join(" ")
    };
    text.lines().map(line).collect()
}

/// A document without what differs by nature.
fn document(text: &str) -> Value {
    let value: Value = yaml_serde::from_str(text).unwrap_or_else(|error| Value::from(format!("{error}: {text}")));
    stripped(value)
}

fn stripped(value: Value) -> Value {
    const BY_NATURE: [&str; 6] =
        ["uid", "resourceVersion", "creationTimestamp", "lastTransitionTime", "managedFields", "gitVersion"];
    match value {
        Value::Object(fields) => fields
            .into_iter()
            .filter(|(key, _)| !BY_NATURE.contains(&key.as_str()))
            .map(|(key, value)| (key, stripped(value)))
            .collect(),
        Value::Array(items) => items.into_iter().map(stripped).collect(),
        other => other,
    }
}

/// The text with identifiers and times replaced.
fn neutral(text: &str) -> String {
    let is_part = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | ':' | '.');
    let mut neutral = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(|letter: char| letter.is_ascii_alphanumeric()) {
        neutral.push_str(&rest[..start]);
        rest = &rest[start..];
        let end = rest.find(|letter| !is_part(letter)).unwrap_or(rest.len());
        neutral.push_str(named(&rest[..end]));
        rest = &rest[end..];
    }
    neutral.push_str(rest);
    neutral
}

fn named(word: &str) -> &str {
    let groups: Vec<_> = word.split('-').map(str::len).collect();
    let is_hexadecimal = word.bytes().all(|byte| byte == b'-' || byte.is_ascii_hexdigit());
    let is_time = word.len() >= 20 && word.as_bytes()[4] == b'-' && word.as_bytes()[10] == b'T' && word.ends_with('Z');
    match () {
        () if is_hexadecimal && groups == [8, 4, 4, 4, 12] => "UID",
        () if is_time => "TIME",
        () => word,
    }
}
