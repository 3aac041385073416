//! `~/.datumctl/config`: settings, sessions' metadata, contexts; never a secret.
//!
//! The file is shared with the original program and with people who edit it. It is read into [`Config`], a typed view,
//! and changed only through [`ConfigFile::update`]: lock, read again, change, write. What we do not understand stays,
//! comments and order included wherever the layout can be edited in place (`docs/decisions/0003-config-editing.md`).

mod change;
mod document;
mod error;
mod excerpt;
mod file;
mod lookup;
mod schema;

pub(crate) use change::{DiscoveredOrganization, DiscoveredProject, SessionDetails};
pub(crate) use error::{Error, Notice, Problem};
pub(crate) use file::ConfigFile;
pub(crate) use lookup::{ContextProblem, SessionProblem};
pub(crate) use schema::{Config, Context, Session};
