//! Which session is active, and what points at it.
//!
//! Three pointers say who is active: `active-session` and `current-context` in the config, and `active_user` in the
//! credential store, which the original's plugins follow. They are only ever moved together.

use super::{Auth, Error};
use crate::config::Config;

impl Auth {
    /// Makes `session` the active one and restores its last context.
    pub(crate) fn switch(&self, session: &str) -> Result<Config, Error> {
        self.update_config(|config| config.activate(session))??;
        self.align_active_user()?;
        self.load_config()
    }

    /// Makes a context current, and its session the active one.
    pub(crate) fn use_context(&self, name: &str) -> Result<(), Error> {
        self.update_config(|config| config.use_context(name))??;
        self.align_active_user()
    }

    /// Lets `active_user` follow the active session.
    pub(super) fn align_active_user(&self) -> Result<(), Error> {
        let config = self.load_config()?;
        match config.effective_session() {
            Ok(session) => self.sessions.set_active_user(&session.user_key)?,
            Err(_) => self.sessions.clear_active_user()?,
        }
        self.note_active_session();
        Ok(())
    }

    /// Removes every credential that is left, also those that no session points at any more, and damaged copies that
    /// were kept.
    pub(crate) fn forget_everything(&self) -> Result<(), Error> {
        for key in self.sessions.keys()? {
            self.sessions.remove(&key)?;
        }
        self.sessions.remove_kept_copies()?;
        self.update_config(Config::remove_all_sessions)?;
        self.align_active_user()
    }
}
