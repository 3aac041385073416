//! Where the credentials of a new key go: a file that only its owner can read, or a pipe. Never a terminal.

use std::path::{Path, PathBuf};

use crate::error::Failure;
use crate::machine::{self, Document, ROOM};
use crate::sys::files::{self, Present, Reservation};
use crate::sys::lock::Hold;
use crate::ui::{OutputError, Ui, standard_output_is_pipe};

/// A place that takes credentials; found good before anything is asked of the server.
pub(super) enum Destination {
    /// Standard output, which is a pipe.
    Pipe,
    /// A file, with room reserved beside it; one that is to be replaced is held, for a rotation may be at it.
    File { path: PathBuf, room: Reservation, _hold: Option<Hold> },
}

impl Destination {
    /// The place that `path` names.
    ///
    /// # Errors
    /// It cannot take a secret, or is not free.
    pub(super) fn open(path: &Path, force: bool) -> Result<Self, Failure> {
        if path.as_os_str() == "-" {
            return match standard_output_is_pipe() {
                true => Ok(Self::Pipe),
                false => Err(Failure::usage(
                    "--output-file - writes the private key into a pipe, and standard output is none",
                )
                .hint("name a file, or pipe it on: ... --output-file - | gh secret set DATUM_CREDENTIALS")),
            };
        }
        let present = if force { Present::Replaced } else { Present::Refused };
        let room = files::reserve_named(path, ROOM, present).map_err(machine::Error::from)?;
        let hold = if force && path.exists() { Some(Hold::of(path)?) } else { None };
        Ok(Self::File { path: path.to_owned(), room, _hold: hold })
    }

    /// Delivers, durably; tells where to, if that is a file.
    ///
    /// # Errors
    /// The credentials reached nobody.
    pub(super) fn deliver(self, ui: &Ui, document: &Document) -> Result<Option<PathBuf>, Failure> {
        match self {
            Self::Pipe => match ui.print_secret(&document.bytes()) {
                Ok(()) => Ok(None),
                // Quiet elsewhere; here the reader was the point of it all.
                Err(OutputError::ReaderGone) => Err(Failure::lost_reader()),
                Err(error) => Err(error.into()),
            },
            Self::File { path, room, _hold } => {
                room.commit(&document.bytes()).map_err(machine::Error::from)?;
                Ok(Some(path))
            }
        }
    }
}
