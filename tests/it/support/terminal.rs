//! A person's terminal around the binary: stdin and stderr are one, stdout stays a pipe.

use std::io::{Read, Write as _};
use std::process::{Command, Stdio};
use std::sync::Arc;

use pty_process::blocking::Pty;

use super::{Output, Running, World};

/// A run of the binary in a terminal of its own.
pub struct Terminal<'a> {
    pub running: Running<'a>,
    keyboard: Arc<Pty>,
}

/// The screen, as somebody reads it.
struct Screen(Arc<Pty>);

impl Read for Screen {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        (&*self.0).read(buffer)
    }
}

impl<'a> Terminal<'a> {
    /// Starts `command` with its arguments and its environment.
    pub fn start(world: &'a World, command: &Command) -> Self {
        let (pty, pts) = pty_process::blocking::open().expect("a terminal");
        pty.resize(pty_process::Size::new(40, 120)).expect("a size");
        let set = command.get_envs().filter_map(|(name, value)| Some((name, value?)));
        let child = pty_process::blocking::Command::new(command.get_program())
            .args(command.get_args())
            .env_clear()
            .envs(set)
            .env("TERM", "xterm")
            .env("NO_COLOR", "1")
            .current_dir(command.get_current_dir().expect("a directory"))
            .stdout(Stdio::piped())
            .spawn(pts)
            .expect("the binary runs");
        let keyboard = Arc::new(pty);
        let running = Running::listening(world, child, Screen(Arc::clone(&keyboard)));
        Self { running, keyboard }
    }

    /// Presses keys: text, `\r` for Enter, `\x03` for Ctrl-C, `\x04` for Ctrl-D.
    pub fn press(&self, keys: &str) {
        (&*self.keyboard).write_all(keys.as_bytes()).expect("a keyboard");
    }

    /// Waits for the end.
    pub fn finish(self) -> Output {
        self.running.finish()
    }
}
