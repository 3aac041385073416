//! The result of a refresh, written down where it arrives and before anything else is done with it.
//!
//! Between the server's answer and the store lie a lock and several reads. Whoever dies there leaves the draft, which
//! `recover` turns into the session.

use crate::session::credential::Credential;
use crate::session::store::Change;
use crate::session::wire::{self, Document};
use crate::sys::files;

/// Reserved room and what goes into it around the credential. It can be taken to wherever the answer comes in.
pub(crate) struct Draft {
    pub(super) room: Option<files::Draft>,
    pub(super) key: String,
    pub(super) generation: u64,
    pub(super) form: Form,
}

/// What `recover` looks for.
pub(super) enum Form {
    /// The file store as it was when room was reserved, for a session in the file.
    File(Document),
    /// A journal, for a session in the keyring.
    Journal,
}

impl Draft {
    /// Writes the refreshed session down. It may fail: storing the session properly is still to come.
    pub(crate) fn write(self, refreshed: &Credential) {
        let generation = self.generation.max(refreshed.generation) + 1;
        let value = wire::write(&Credential { generation, ..refreshed.clone() });
        let text = match self.form {
            Form::File(mut document) => {
                document.apply(&[Change { entry: &self.key, value: Some(&value) }]);
                document.to_json()
            }
            Form::Journal => wire::journal(&self.key, &value),
        };
        let outcome = self.room.map(|room| room.write(text.expose().as_bytes()));
        tracing::debug!(written = matches!(outcome, Some(Ok(()))), "draft");
    }
}
