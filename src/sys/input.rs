//! Input that a person names: a file, a pipe, a process substitution or standard input.

use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::sync::mpsc as channel;
use zeroize::Zeroizing;

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

/// [`read`], waiting for a pipe's writer as long as it takes; for a thread that may be left behind.
pub(crate) fn read_patiently(path: &Path, limit: u64) -> Result<Vec<u8>, Error> {
    bounded(path, limit, std::fs::File::open(path).and_then(|file| drain(file, limit)))
}

/// The files in `directory`, sorted by name, those of its directories among them if `recursive`; `None` if it is no
/// directory. Links to directories are not followed.
pub(crate) fn files_below(directory: &Path, recursive: bool) -> Result<Option<Vec<PathBuf>>, Error> {
    if !directory.is_dir() {
        return Ok(None);
    }
    let mut files = Vec::new();
    collect(directory, recursive, &mut files).map_err(|error| Error::io("read", directory, error))?;
    Ok(Some(files))
}

fn collect(directory: &Path, recursive: bool, files: &mut Vec<PathBuf>) -> io::Result<()> {
    let mut entries: Vec<_> = std::fs::read_dir(directory)?.collect::<Result<_, _>>()?;
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        match entry.file_type()?.is_dir() {
            true if recursive => collect(&entry.path(), recursive, files)?,
            true => {}
            false if entry.path().is_dir() => {}
            false => files.push(entry.path()),
        }
    }
    Ok(())
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

/// The lines that a person types, until dropped: from then on what is typed belongs to whoever asks next.
#[derive(Debug)]
pub(crate) struct TypedLines {
    lines: channel::Receiver<Zeroizing<String>>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl TypedLines {
    /// Starts to listen to standard input.
    pub(crate) fn start() -> Self {
        let (sender, lines) = channel::channel(1);
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let thread = std::thread::spawn(move || {
            while let Some(line) = next_line(&stopped) {
                if !line.trim().is_empty() && sender.blocking_send(line).is_err() {
                    return;
                }
            }
        });
        Self { lines, stop, thread: Some(thread) }
    }

    /// The next line that is not blank; `None` when the person ended the input.
    pub(crate) async fn next(&mut self) -> Option<Zeroizing<String>> {
        self.lines.recv().await
    }
}

impl Drop for TypedLines {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        self.lines.close();
        // Only where waiting for input can be given up; elsewhere the thread ends with the process.
        if let Some(thread) = self.thread.take().filter(|_| cfg!(unix)) {
            let _ = thread.join();
        }
    }
}

/// Waits for a line, or for `stop`; the terminal hands over whole lines, so reading one does not block.
fn next_line(stop: &AtomicBool) -> Option<Zeroizing<String>> {
    #[cfg(unix)]
    loop {
        use rustix::event::{PollFd, PollFlags, Timespec, poll};
        if stop.load(Ordering::Relaxed) {
            return None;
        }
        let pause = Timespec { tv_sec: 0, tv_nsec: 50_000_000 };
        match poll(&mut [PollFd::new(&rustix::stdio::stdin(), PollFlags::IN)], Some(&pause)) {
            Ok(0) | Err(rustix::io::Errno::INTR) => {}
            Ok(_) => break,
            Err(_) => return None,
        }
    }
    #[cfg(not(unix))]
    let _ = stop;
    let mut line = Zeroizing::new(String::new());
    match io::stdin().read_line(&mut line) {
        Ok(0) | Err(_) => None,
        Ok(_) => Some(line),
    }
}
