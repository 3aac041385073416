//! Why something could not be remembered or recalled.

use std::path::PathBuf;

use super::keyring;
use super::store::StoreKind;
use super::wire::ParseError;
use crate::sys::{files, lock};

/// A store's refusal. Names entries and files, never their content.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// One entry cannot be read; the others can.
    #[error("the entry {entry:?} is damaged: {at}")]
    BrokenEntry {
        /// The entry's name.
        entry: String,
        /// Where it lies.
        store: StoreKind,
        /// Where and how its text is broken.
        at: ParseError,
    },
    /// The file store cannot be read at all.
    #[error("{} is damaged: {at}", path.display())]
    BrokenFile {
        /// The file.
        path: PathBuf,
        /// Where and how its text is broken.
        at: ParseError,
    },
    /// A file or directory refused.
    #[error(transparent)]
    File(#[from] files::Error),
    /// The keyring refused.
    #[error(transparent)]
    Keyring(#[from] keyring::Error),
    /// Somebody else kept a lock for too long.
    #[error(transparent)]
    Lock(#[from] lock::Error),
    /// The keyring accepted an entry and then returned something else.
    #[error("the keyring did not keep what it was given for {entry:?}")]
    NotKept {
        /// The entry's name.
        entry: String,
    },
    /// Both stores hold different tokens of a session and none is known to be newer, so none can replace the other.
    #[error("the keyring and the file hold different tokens for {entry:?}")]
    Undecided {
        /// The entry's name.
        entry: String,
    },
}

/// What the user should be told although the work went on.
#[derive(Debug)]
pub(crate) enum Notice {
    /// A damaged entry was passed over; the other store had a good one.
    BrokenEntry {
        /// The entry's name.
        entry: String,
        /// Where the damaged one lies.
        store: StoreKind,
    },
    /// The file store was damaged or empty and has been moved aside.
    BrokenFile {
        /// The file.
        path: PathBuf,
        /// Where it is now; `None` if it could not be moved.
        kept: Option<PathBuf>,
        /// Where and how its text is broken.
        at: ParseError,
    },
    /// Permissions.
    File(files::Notice),
    /// There is no keyring, so the file was used.
    KeptInFile {
        /// The file.
        path: PathBuf,
        /// Why the keyring could not be used.
        because: keyring::Error,
    },
    /// Neither store took a new token; it waits in the journal for the next command.
    KeptInJournal {
        /// Why not.
        because: Box<Error>,
    },
    /// A store refused a new token and the other one has it now.
    KeptInOtherStore {
        /// The store that has it.
        store: StoreKind,
        /// Why not where it was.
        because: Box<Error>,
    },
    /// Entries of the file store were moved to the keyring, and the file is gone.
    MovedToKeyring {
        /// How many.
        entries: usize,
    },
    /// Both stores hold different tokens of this session and none is known to be newer.
    TwoCopies {
        /// The entry's name.
        entry: String,
        /// The store whose copy is used.
        used: StoreKind,
    },
}
