//! What a person should hear although the command went on.

use std::fmt;
use std::path::Path;

use crate::session::StoreKind;
use crate::sys::files;
use crate::{config, session};

fn kept_aside(formatter: &mut fmt::Formatter<'_>, kept: Option<&Path>) -> fmt::Result {
    match kept {
        Some(kept) => write!(formatter, "; it is kept as {}", kept.display()),
        None => Ok(()),
    }
}

/// A store's name in a sentence.
pub(crate) struct StoreName(pub(crate) StoreKind);

impl fmt::Display for StoreName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self.0 {
            StoreKind::File => "the credentials file",
            StoreKind::Keyring => "the keyring",
        })
    }
}

impl fmt::Display for session::Notice {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BrokenEntry { entry, store } => {
                write!(formatter, "the entry {entry:?} in {} is damaged and was passed over", StoreName(*store))
            }
            Self::BrokenFile { path, kept, at } => {
                write!(formatter, "{} was damaged ({at})", path.display())?;
                kept_aside(formatter, kept.as_deref())
            }
            Self::File(notice) => notice.fmt(formatter),
            Self::KeptInFile { path, because } => {
                write!(formatter, "credentials are kept in {} (only you can read it): {because}", path.display())
            }
            Self::KeptInJournal { because } => {
                write!(formatter, "the new token waits to be stored by the next command: {because}")
            }
            Self::KeptInOtherStore { store, because } => {
                write!(formatter, "the new token is kept in {}: {because}", StoreName(*store))
            }
            Self::MovedToKeyring { entries } => {
                write!(formatter, "{entries} entries were moved from the credentials file to the keyring")
            }
            Self::TwoCopies { entry, used } => write!(
                formatter,
                "both stores hold different tokens for {entry:?}; those in {} are used",
                StoreName(*used)
            ),
        }
    }
}

impl fmt::Display for files::Notice {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Loose { path, mode } => {
                write!(formatter, "{} is open to others (mode {mode:o}); it should be yours alone", path.display())
            }
            Self::Tightened { path, mode } => {
                write!(formatter, "{} was open to others (mode {mode:o}) and is yours alone now", path.display())
            }
            Self::RootInUsersDirectory { path } => write!(
                formatter,
                "running as root in {}, which belongs to somebody else: they may not be able to read what is written",
                path.display()
            ),
        }
    }
}

impl fmt::Display for config::Notice {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::WasEmpty { path, kept } => {
                write!(formatter, "{} was empty and counts as new", path.display())?;
                kept_aside(formatter, kept.as_deref())
            }
            Self::WrittenAnew { path, kept } => {
                write!(formatter, "{} had to be written anew, without its comments", path.display())?;
                kept_aside(formatter, kept.as_deref())
            }
        }
    }
}

impl fmt::Display for config::Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BrokenContext { position, key } => {
                write!(formatter, "context {position} in the configuration has no usable {key} and is left alone")
            }
            Self::BrokenSession { position, key } => {
                write!(formatter, "session {position} in the configuration has no usable {key} and is left alone")
            }
            Self::DanglingActiveSession { name } => {
                write!(formatter, "the active session {name:?} is not in the configuration")
            }
            Self::DanglingCurrentContext { name } => {
                write!(formatter, "the current context {name:?} is not in the configuration")
            }
            Self::DuplicateSession { name } => {
                write!(formatter, "several sessions are named {name:?}, so none of them can be picked")
            }
            Self::OrphanContext { name } => {
                write!(formatter, "the context {name:?} belongs to a session that is not in the configuration")
            }
            Self::SlashInSessionName { name } => {
                write!(formatter, "the session name {name:?} has a slash and may be confused with a context")
            }
        }
    }
}
