//! The person's editor, run without a shell, at the terminal that we run at.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

use super::{env, files, process, terminal};

/// What is opened where nobody named an editor.
const USUAL: &str = if cfg!(windows) { "notepad" } else { "vi" };
/// The largest edited file.
const LARGEST: u64 = 64 * 1024 * 1024;

/// A command that edits a file; the file's path comes last.
#[derive(Debug)]
pub(crate) struct Editor {
    words: Vec<String>,
}

/// Why a file was not edited.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The variable is not a command line.
    #[error("{variable} {problem}")]
    Unusable {
        /// Which variable.
        variable: &'static str,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// The program could not be started.
    #[error("the editor {program:?} could not be started")]
    NotStarted {
        /// What was to be started.
        program: String,
        /// The system's answer.
        #[source]
        source: io::Error,
    },
    /// The program ended with something else than success.
    #[error("the editor {program:?} ended with status {status}")]
    Failed {
        /// What was started.
        program: String,
        /// Its status, or 128 and the number of the signal that ended it.
        status: u8,
    },
}

impl Editor {
    /// The editor of `KUBE_EDITOR`, `VISUAL` or `EDITOR`, else the system's usual one.
    pub(crate) fn choose() -> Result<Self, Error> {
        let named = [env::KUBE_EDITOR, env::VISUAL, env::EDITOR];
        let Some((variable, text)) = named.into_iter().find_map(|name| Some((name, env::var(name)?))) else {
            return Ok(Self { words: vec![USUAL.to_owned()] });
        };
        // There a backslash is a separator, and nobody writes it twice.
        let text = if cfg!(windows) { text.replace('\\', "/") } else { text };
        let words =
            shell_words::split(&text).map_err(|_| Error::Unusable { variable, problem: "has an unclosed quote" })?;
        match words.is_empty() {
            true => Err(Error::Unusable { variable, problem: "is blank" }),
            false => Ok(Self { words }),
        }
    }

    /// Lets the person edit `path`; returns when the editor has ended. Ctrl-C is the editor's until then.
    pub(crate) fn open(&self, path: &Path) -> Result<(), Error> {
        let mut command: Vec<OsString> = self.words.iter().map(OsString::from).collect();
        command.push(path.into());
        let program = self.words[0].clone();
        match terminal::restored(|| process::supervise(&command, &[], &[])) {
            Ok(0) => Ok(()),
            Ok(status) => Err(Error::Failed { program, status }),
            Err(source) => Err(Error::NotStarted { program, source }),
        }
    }
}

/// A file that only its owner sees, in a directory of its own, where an editor's swap files are as private.
/// It is gone when dropped.
#[derive(Debug)]
pub(crate) struct Draft {
    directory: tempfile::TempDir,
    path: PathBuf,
}

impl Draft {
    /// An empty draft called `name`.
    pub(crate) fn new(name: &str) -> Result<Self, files::Error> {
        let directory = files::temporary_directory()?;
        let path = directory.path().join(name);
        Ok(Self { directory, path })
    }

    /// Where it lies.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Replaces its content, 0600.
    pub(crate) fn write(&self, text: &str) -> Result<(), files::Error> {
        files::write(&self.path, text.as_bytes())
    }

    /// Its content; empty when the editor removed it.
    pub(crate) fn read(&self) -> Result<String, files::Error> {
        let bytes = files::read(&self.path, LARGEST)?.unwrap_or_default();
        String::from_utf8(bytes).map_err(|error| {
            files::Error::io("read", &self.path, io::Error::new(io::ErrorKind::InvalidData, error.utf8_error()))
        })
    }

    /// Leaves it where it lies and answers where that is.
    pub(crate) fn keep(self) -> PathBuf {
        drop(self.directory.keep());
        self.path
    }
}
