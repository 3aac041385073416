//! Input that a person names: a file, a pipe, a process substitution or standard input.

use std::io::{self, Read};
use std::path::Path;
use std::sync::mpsc;
use std::time::Duration;

use super::files::Error;

/// How long a pipe that nobody writes to is waited for.
const PATIENCE: Duration = Duration::from_secs(2);

/// Reads at most `limit` bytes of whatever `path` is. A pipe without a writer is given up after two seconds.
pub(crate) fn read(path: &Path, limit: u64) -> Result<Vec<u8>, Error> {
    let opened = path.to_owned();
    let read = move || std::fs::File::open(opened).and_then(|file| drain(file, limit));
    // Opening and reading a pipe may block for ever; the thread is left behind and ends with the process.
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || sender.send(read()));
    let outcome = receiver.recv_timeout(PATIENCE).unwrap_or_else(|_| Err(io::Error::from(io::ErrorKind::TimedOut)));
    bounded(path, limit, outcome)
}

/// Reads at most `limit` bytes of standard input, waiting as long as it takes.
pub(crate) fn read_standard_input(limit: u64) -> Result<Vec<u8>, Error> {
    bounded(Path::new("standard input"), limit, drain(io::stdin().lock(), limit))
}

fn drain(source: impl Read, limit: u64) -> io::Result<Vec<u8>> {
    let mut content = Vec::new();
    source.take(limit + 1).read_to_end(&mut content)?;
    Ok(content)
}

fn bounded(path: &Path, limit: u64, outcome: io::Result<Vec<u8>>) -> Result<Vec<u8>, Error> {
    match outcome {
        Ok(content) if content.len() as u64 > limit => Err(Error::TooLarge { path: path.to_owned(), limit }),
        Ok(content) => Ok(content),
        Err(error) if error.kind() == io::ErrorKind::IsADirectory => Err(Error::NotAFile { path: path.to_owned() }),
        Err(error) => Err(Error::io("read", path, error)),
    }
}
