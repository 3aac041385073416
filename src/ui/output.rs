//! Views, formats and the writer of stdout.

use std::io;

use serde::Serialize;

use super::sanitize::{escape_json, escape_json_for_yaml, needs_escapes};

/// What a command answers: one machine form (its keys are a contract) and one form for people.
pub(crate) trait View: erased::SerializeView {
    /// The form for people: complete lines, each ending in a line feed. Nothing where the status says it all.
    fn text(&self) -> String {
        String::new()
    }

    /// The form of `-o wide`; the same as for people unless there is more to tell.
    fn wide(&self) -> String {
        self.text()
    }

    /// The names alone, one a line; lists answer `-o name` with it.
    fn names(&self) -> Vec<String> {
        Vec::new()
    }
}

mod erased {
    use serde::Serialize;

    /// The object-safe half of `Serialize`.
    pub(crate) trait SerializeView {
        fn to_json(&self) -> serde_json::Result<serde_json::Value>;
    }

    impl<T: Serialize> SerializeView for T {
        fn to_json(&self) -> serde_json::Result<serde_json::Value> {
            serde_json::to_value(self)
        }
    }
}

/// The formats that any view can take.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Format {
    /// JSON, two spaces, one trailing line feed.
    Json,
    /// One name a line.
    Name,
    /// Lines or a table for people.
    #[default]
    Text,
    /// The table with more columns.
    Wide,
    /// YAML.
    Yaml,
}

/// Why the answer did not reach stdout.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OutputError {
    /// The reader of our pipe went away: a quiet end, not a failure.
    #[error("the reader of standard output went away")]
    ReaderGone,
    /// Standard output was closed before we started.
    #[error("standard output is closed")]
    Closed,
    /// The answer could not be turned into the format; a bug.
    #[error("the answer cannot be written in this format")]
    Format(#[source] anyhow::Error),
    /// Disk full or an input/output error.
    #[error("could not write to standard output")]
    Io(#[source] io::Error),
}

pub(super) fn render(view: &dyn View, format: Format) -> Result<String, OutputError> {
    let json = || view.to_json().map_err(|error| OutputError::Format(error.into()));
    match format {
        Format::Json => self::json(&json()?),
        Format::Name => Ok(view.names().iter().map(|name| format!("{}\n", super::sanitize(name))).collect()),
        Format::Text => Ok(view.text()),
        Format::Wide => Ok(view.wide()),
        Format::Yaml => yaml(&json()?),
    }
}

/// JSON with four spaces a level, as kubectl writes it, harmless on a terminal; no line feed at the end.
pub(crate) fn json_four_spaces(value: &serde_json::Value) -> Result<String, OutputError> {
    let mut bytes = Vec::new();
    let formatter = serde_json::ser::PrettyFormatter::with_indent(b"    ");
    let mut writer = serde_json::Serializer::with_formatter(&mut bytes, formatter);
    value.serialize(&mut writer).map_err(|error| OutputError::Format(error.into()))?;
    let text = String::from_utf8(bytes).map_err(|error| OutputError::Format(error.into()))?;
    Ok(escape_json(&text))
}

/// JSON on one line, harmless on a terminal.
pub(crate) fn json_line(value: &serde_json::Value) -> String {
    format!("{}\n", escape_json(&value.to_string()))
}

/// JSON of several lines, harmless on a terminal.
pub(crate) fn json(value: &impl Serialize) -> Result<String, OutputError> {
    let text = serde_json::to_string_pretty(value).map_err(|error| OutputError::Format(error.into()))?;
    Ok(format!("{}\n", escape_json(&text)))
}

/// YAML, harmless on a terminal. The writer leaves some letters as they are that hide others; a document with one of
/// them is written in the form that YAML shares with JSON, where every letter can be escaped.
pub(crate) fn yaml(value: &serde_json::Value) -> Result<String, OutputError> {
    let text = serde_saphyr::to_string(value).map_err(|error| OutputError::Format(anyhow::anyhow!("{error}")))?;
    if !needs_escapes(&text) {
        return Ok(text);
    }
    let text = serde_json::to_string_pretty(value).map_err(|error| OutputError::Format(error.into()))?;
    Ok(format!("{}\n", escape_json_for_yaml(&text)))
}

/// What a person can read of `body`: JSON over several lines, everything else line by line.
pub(super) fn readable(body: &[u8]) -> Result<String, OutputError> {
    if let Ok(value) = serde_json::from_slice::<serde_json::Value>(body) {
        return json(&value);
    }
    let text = String::from_utf8_lossy(body);
    Ok(text.lines().map(|line| format!("{}\n", super::sanitize(line))).collect())
}

/// Writes `text` to stdout and makes sure that it left the process.
pub(crate) fn write_out(text: &str) -> Result<(), OutputError> {
    write_bytes(text.as_bytes())
}

/// Writes `bytes` to stdout and makes sure that they left the process.
pub(super) fn write_bytes(bytes: &[u8]) -> Result<(), OutputError> {
    write_all(bytes).map_err(|error| match error.kind() {
        io::ErrorKind::BrokenPipe => OutputError::ReaderGone,
        _ => OutputError::Io(error),
    })
}

/// A long answer: kept back until it is complete, so that a failure on the way leaves nothing that looks like one; only
/// what is too large to keep goes out before.
#[derive(Debug, Default)]
pub(crate) struct LongAnswer {
    kept: String,
}

/// More than anybody reads, less than anybody's memory.
const KEPT_BYTES: usize = 32 * 1024 * 1024;

impl LongAnswer {
    /// Adds text.
    pub(crate) fn push(&mut self, text: &str) -> Result<(), OutputError> {
        self.kept.push_str(text);
        if self.kept.len() > KEPT_BYTES {
            write_out(&std::mem::take(&mut self.kept))?;
        }
        Ok(())
    }

    /// Writes what is left.
    pub(crate) fn finish(self) -> Result<(), OutputError> {
        write_out(&self.kept)
    }
}

/// Unbuffered: everything is said at once, and a secret leaves no copy behind.
#[cfg(unix)]
fn write_all(mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        match rustix::io::write(rustix::stdio::stdout(), bytes) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(written) => bytes = &bytes[written..],
            Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

#[cfg(not(unix))]
fn write_all(bytes: &[u8]) -> io::Result<()> {
    use std::io::Write as _;
    let mut stdout = io::stdout().lock();
    stdout.write_all(bytes).and_then(|()| stdout.flush())
}

/// Whether stdout was closed when the process started.
///
/// The Rust runtime puts `/dev/null`, opened for reading and writing, in its place; a shell's `>/dev/null` is
/// write-only, so the two can be told apart.
#[cfg(unix)]
pub(crate) fn standard_output_is_closed() -> bool {
    use rustix::fs::{OFlags, fcntl_getfl, fstat, stat};
    let stdout = rustix::stdio::stdout();
    let both_ways = fcntl_getfl(stdout).is_ok_and(|flags| flags & OFlags::ACCMODE == OFlags::RDWR);
    both_ways
        && match (fstat(stdout), stat("/dev/null")) {
            (Ok(ours), Ok(null)) => {
                ours.st_rdev == null.st_rdev && ours.st_ino == null.st_ino && ours.st_dev == null.st_dev
            }
            _ => false,
        }
}

/// Whether a program reads what we print: a pipe or a socket, neither a terminal nor a file nor the void.
#[cfg(unix)]
pub(crate) fn standard_output_is_pipe() -> bool {
    use rustix::fs::{FileType, fstat};
    let kind = fstat(rustix::stdio::stdout()).map(|status| FileType::from_raw_mode(status.st_mode));
    matches!(kind, Ok(FileType::Fifo | FileType::Socket))
}

/// Elsewhere everything but a terminal may be one.
#[cfg(not(unix))]
pub(crate) fn standard_output_is_pipe() -> bool {
    use std::io::IsTerminal as _;
    !io::stdout().is_terminal()
}

/// Elsewhere a closed stdout makes the write fail by itself.
#[cfg(not(unix))]
pub(crate) fn standard_output_is_closed() -> bool {
    false
}
