//! Lines that a person types at the terminal on standard input.
//!
//! Waiting for a line can be given up at any time, and then nothing goes on reading: a thread that still did would
//! take the first key of whatever asks next.

#[cfg(unix)]
pub(crate) use unix::Keyboard;
#[cfg(not(unix))]
pub(crate) use waiting_thread::Keyboard;

#[cfg(unix)]
mod unix {
    use std::time::Duration;

    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    use zeroize::Zeroizing;

    /// How often the terminal is looked at: too short for a person to notice.
    const PAUSE: Duration = Duration::from_millis(50);
    const NO_TIME: Timespec = Timespec { tv_sec: 0, tv_nsec: 0 };

    /// The terminal's input.
    #[derive(Debug, Default)]
    pub(crate) struct Keyboard {
        typed: Zeroizing<Vec<u8>>,
    }

    impl Keyboard {
        /// The next line without its end; `None` at the end of input. Needs a runtime.
        pub(crate) async fn line(&mut self) -> Option<String> {
            loop {
                if let Some(end) = self.typed.iter().position(|byte| *byte == b'\n') {
                    let line = Zeroizing::new(self.typed.drain(..=end).collect::<Vec<u8>>());
                    return Some(String::from_utf8_lossy(&line[..end]).into_owned());
                }
                if !has_input() {
                    tokio::time::sleep(PAUSE).await;
                } else if !self.read() {
                    return None;
                }
            }
        }

        /// Whether there was something other than the end.
        fn read(&mut self) -> bool {
            let mut buffer = Zeroizing::new([0; 4096]);
            let read = rustix::io::read(std::io::stdin(), &mut *buffer).unwrap_or(0);
            self.typed.extend_from_slice(&buffer[..read]);
            read > 0
        }
    }

    fn has_input() -> bool {
        let stdin = std::io::stdin();
        let mut asked = [PollFd::new(&stdin, PollFlags::IN)];
        poll(&mut asked, Some(&NO_TIME)).is_ok_and(|ready| ready > 0)
    }
}

#[cfg(not(unix))]
mod waiting_thread {
    use std::io::{self, BufRead as _};

    use tokio::sync::mpsc;

    /// The terminal's input, read by a thread that is left behind.
    #[derive(Debug, Default)]
    pub(crate) struct Keyboard {
        lines: Option<mpsc::Receiver<String>>,
    }

    impl Keyboard {
        /// The next line without its end; `None` at the end of input.
        pub(crate) async fn line(&mut self) -> Option<String> {
            self.lines.get_or_insert_with(listen).recv().await
        }
    }

    fn listen() -> mpsc::Receiver<String> {
        let (sender, receiver) = mpsc::channel(1);
        std::thread::spawn(move || {
            let mut lines = io::stdin().lock().lines();
            while let Some(Ok(line)) = lines.next() {
                if sender.blocking_send(line).is_err() {
                    return;
                }
            }
        });
        receiver
    }
}
