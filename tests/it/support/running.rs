//! A run of the binary that is still going on: its stderr can be awaited, its end collected.

use std::io::Read;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use url::Url;

use super::{Output, World, processes};

/// Longer than anything that is waited for, even on a slow machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// What a process has written so far.
#[derive(Default)]
struct Heard {
    text: Mutex<(Vec<u8>, bool)>,
    news: Condvar,
}

/// A process that writes while we watch.
pub struct Running<'a> {
    world: &'a World,
    pub child: Child,
    heard: Arc<Heard>,
    listener: JoinHandle<()>,
}

impl<'a> Running<'a> {
    /// Starts `command` and listens to its stderr.
    pub fn start(world: &'a World, command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the binary runs");
        processes::look_at(child.id());
        let source = child.stderr.take().expect("a pipe");
        Self::listening(world, child, source)
    }

    /// Watches a process that runs already and writes to `source`.
    pub fn listening(world: &'a World, child: Child, mut source: impl Read + Send + 'static) -> Self {
        let heard = Arc::new(Heard::default());
        let ear = Arc::clone(&heard);
        let listener = std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            loop {
                // A terminal whose last process has gone reads as an error.
                let read = source.read(&mut buffer).unwrap_or(0);
                let mut text = ear.text.lock().unwrap_or_else(PoisonError::into_inner);
                text.0.extend_from_slice(&buffer[..read]);
                text.1 = read == 0;
                ear.news.notify_all();
                if read == 0 {
                    return;
                }
            }
        });
        Self { world, child, heard, listener }
    }

    /// Waits until `find` finds something in what was written, or the process has closed its end.
    pub fn find<T>(&self, find: impl Fn(&str) -> Option<T>) -> Option<T> {
        let until = Instant::now() + PATIENCE;
        let mut text = self.heard.text.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            let so_far = String::from_utf8_lossy(&text.0);
            if let Some(found) = find(&so_far) {
                return Some(found);
            }
            let left = until.saturating_duration_since(Instant::now());
            if text.1 || left.is_zero() {
                return None;
            }
            text = self.heard.news.wait_timeout(text, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Waits until `words` are written.
    #[track_caller]
    pub fn says(&self, words: &str) {
        assert!(
            self.find(|text| text.contains(words).then_some(())).is_some(),
            "never said {words:?}:\n{}",
            self.text()
        );
    }

    /// What was written so far.
    pub fn text(&self) -> String {
        self.find(|text| Some(text.to_owned())).expect("always found")
    }

    /// The address a login wants the person to open; `None` when the process ends before it names one.
    pub fn login_url(&self) -> Option<Url> {
        self.find(|text| {
            let line = text.split_inclusive('\n').find(|line| line.contains("code_challenge="))?;
            line.ends_with('\n').then(|| line.trim().parse().expect("a URL"))
        })
    }

    /// Sends a signal.
    #[cfg(unix)]
    pub fn signal(&self, signal: rustix::process::Signal) {
        let pid = rustix::process::Pid::from_raw(self.child.id().cast_signed()).expect("a process id");
        rustix::process::kill_process(pid, signal).expect("a living process");
    }

    /// Waits for the end.
    pub fn finish(mut self) -> Output {
        let mut stdout = Vec::new();
        if let Some(mut pipe) = self.child.stdout.take() {
            pipe.read_to_end(&mut stdout).expect("readable output");
        }
        let status = wait(&mut self.child);
        self.listener.join().expect("a listener");
        let stderr = self.heard.text.lock().unwrap_or_else(PoisonError::into_inner).0.clone();
        self.world.finish(&std::process::Output { status, stdout, stderr }, false)
    }
}

fn wait(child: &mut Child) -> ExitStatus {
    let until = Instant::now() + PATIENCE;
    loop {
        if let Some(status) = child.try_wait().expect("a child") {
            return status;
        }
        if Instant::now() > until {
            let _ = child.kill();
            panic!("the process did not end");
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}
