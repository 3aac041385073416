//! Use cases: log in, hand out a fresh token, act as a service account, switch, log out.
//!
//! This is where the protocol (`oauth`) and the store (`session`, `config`) meet. It speaks to a person only through
//! [`LoginPrompt`], writes nothing on a terminal and knows no exit codes.

mod account;
mod contexts;
mod credentials_file;
mod error;
mod examination;
mod kubectl;
mod legacy;
mod login;
mod logout;
mod prompt;
mod refresh;
mod renewal;
mod repeat;
mod scope;
mod service_account;
mod switch;
mod target;
mod token;
mod valid;

use std::cell::{OnceCell, RefCell};

pub(crate) use account::{Account, AccountChoice, ApiAccess, ChosenBy};
pub(crate) use contexts::{ContextWish, forget_project, learn_project, look_up, pick_context, refresh_contexts};
pub(crate) use credentials_file::{CredentialsFile, Error as CredentialsFileError, Source as CredentialsSource};
pub(crate) use error::Error;
pub(crate) use examination::look_at_issuer;
pub(crate) use kubectl::{KubectlRequest, connect_kubectl};
pub(crate) use login::{CLOCK_TOLERANCE_SECONDS, LoggedIn, LoginRequest, Method, login};
pub(crate) use logout::{LoggedOut, Revocation, logout};
pub(crate) use prompt::{ContextItem, LoginPrompt, Pasted};
pub(crate) use refresh::{Failure as RefreshFailure, WORKER_COMMAND, run_worker};
pub(crate) use scope::{Scope, ScopeChoice};
pub(crate) use service_account::IdentityServer;
pub(crate) use target::{Target, TargetFlags};
pub(crate) use token::{FreshToken, SessionTokens, TokenRequest, token};
pub(crate) use valid::valid_token;

use crate::config::{Config, ConfigFile};
use crate::http::{Client, Host};
use crate::session::{Credential, Sessions};

/// Everything the use cases work on.
#[derive(Debug)]
pub(crate) struct Auth {
    /// Settings, sessions' metadata, contexts.
    pub(crate) config: ConfigFile,
    /// Credentials.
    pub(crate) sessions: Sessions,
    client: OnceCell<Client>,
    notices: RefCell<Vec<String>>,
}

impl Auth {
    /// Joins the stores; opens nothing yet.
    pub(crate) fn new(config: ConfigFile, sessions: Sessions) -> Self {
        Self { config, sessions, client: OnceCell::new(), notices: RefCell::new(Vec::new()) }
    }

    /// The HTTP client, built when first needed.
    pub(crate) fn client(&self) -> Result<&Client, Error> {
        if let Some(client) = self.client.get() {
            return Ok(client);
        }
        let client = Client::new()?;
        Ok(self.client.get_or_init(|| client))
    }

    /// The config as it is now.
    pub(crate) fn load_config(&self) -> Result<Config, Error> {
        let config = self.config.load()?;
        self.modernize(config)
    }

    /// The config as it is now, perhaps without the contexts that no session acts in.
    pub(crate) fn load_active_config(&self) -> Result<Config, Error> {
        let config = self.config.load_active()?;
        self.modernize(config)
    }

    /// Changes the config under its lock; what the file says now counts, not what we read earlier.
    fn update_config<R>(&self, change: impl FnOnce(&mut Config) -> R) -> Result<R, Error> {
        Ok(self.config.update(change)?)
    }

    /// The credential of a user key, if any store has it.
    pub(crate) fn load_credential(&self, key: &str) -> Result<Option<Credential>, Error> {
        Ok(self.sessions.load(key)?.map(|stored| stored.credential))
    }

    /// Keeps something a person should know although nothing failed.
    pub(crate) fn notice(&self, text: impl std::fmt::Display) {
        let text = text.to_string();
        let mut notices = self.notices.borrow_mut();
        if !notices.contains(&text) {
            notices.push(text);
        }
    }

    /// Hands over what [`Auth::notice`] and the stores kept.
    pub(crate) fn take_notices(&self) -> Vec<String> {
        self.config.take_notices().iter().for_each(|notice| self.notice(notice));
        self.sessions.take_notices().iter().for_each(|notice| self.notice(notice));
        self.notices.take()
    }

    /// Finds out before a person is bothered whether a login could be stored: home, config and credential store.
    fn prepare_to_store(&self) -> Result<(), Error> {
        self.sessions.check_writable()?;
        match self.config.check_writable() {
            // A config that nobody can read any more must not keep anybody out.
            Err(error @ crate::config::Error::Unreadable { .. }) => {
                let kept = self.config.set_aside()?.map(|path| format!("; it is kept as {}", path.display()));
                self.notice(format_args!("{error}{}", kept.unwrap_or_default()));
                Ok(())
            }
            outcome => Ok(outcome?),
        }
    }
}

impl Credential {
    /// The identity server that it belongs to.
    fn issuer(&self) -> Result<Host, Error> {
        target::parse_host("the session's identity server", &self.hostname)
    }
}

/// Runs `future` to its end on a thread of its own, so that it works inside and outside of a runtime.
///
/// It needs a client of its own: a pooled connection belongs to the runtime that made it, and that one may be waiting
/// for us.
///
/// # Errors
/// The system gives no more descriptors; nothing was begun.
fn run_to_end<T: Send>(future: impl Future<Output = T> + Send) -> std::io::Result<T> {
    let run = || Ok(crate::sys::process::runtime()?.block_on(future));
    if tokio::runtime::Handle::try_current().is_err() {
        return run();
    }
    std::thread::scope(|scope| scope.spawn(run).join()).unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}
