//! Which account a command acts as: `--session`, `DATUM_CREDENTIALS_FILE`, `DATUM_SESSION`, the active session.

use url::Url;

use super::credentials_file::{CredentialsFile, Source};
use super::service_account::MachineAccount;
use super::target::TargetFlags;
use super::{Auth, Error, Target};
use crate::config::{Config, Session, SessionProblem};
use crate::http::Host;
use crate::sys::env;

/// How the acting account was chosen; machine output calls it `source`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ChosenBy {
    /// `--session`
    Flag,
    /// `DATUM_SESSION`
    Environment,
    /// The active session.
    Active,
}

/// Who acts.
#[derive(Debug)]
pub(crate) enum Account {
    /// A stored session.
    Stored {
        /// Its metadata.
        session: Box<Session>,
        /// How it was chosen.
        source: ChosenBy,
    },
    /// The service account of `DATUM_CREDENTIALS_FILE`; nothing is stored for it but a cached token.
    Machine(Box<MachineAccount>),
}

/// What the command line said about the account.
#[derive(Clone, Debug, Default)]
pub(crate) struct AccountChoice {
    /// `--session`
    pub(crate) session: Option<String>,
}

impl Account {
    /// Decides who acts.
    ///
    /// # Errors
    /// [`Error::UnknownSession`], [`Error::NotLoggedIn`], or what is wrong with the credentials file.
    pub(crate) fn choose(auth: &Auth, choice: &AccountChoice) -> Result<Self, Error> {
        if let Some(name) = &choice.session {
            return named(&auth.load_active_config()?, name, "--session", ChosenBy::Flag);
        }
        if let Some(path) = env::var_os(env::DATUM_CREDENTIALS_FILE) {
            let file = CredentialsFile::read(&Source::Path(path.into()))?;
            return Ok(Self::Machine(Box::new(MachineAccount::new(file, Target::resolve(&TargetFlags::default())?))));
        }
        let config = auth.load_active_config()?;
        if let Some(name) = env::var(env::DATUM_SESSION) {
            return named(&config, &name, env::DATUM_SESSION, ChosenBy::Environment);
        }
        match config.effective_session() {
            Ok(active) => Ok(Self::Stored { session: Box::new(active.clone()), source: ChosenBy::Active }),
            Err(SessionProblem::NoneActive) if config.sessions.is_empty() => Err(Error::NotLoggedIn),
            Err(SessionProblem::NoneActive) => Err(Error::NoneActive),
            Err(problem) => Err(problem.into()),
        }
    }

    /// The name that errors and lists use.
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Stored { session, .. } => &session.name,
            Self::Machine(machine) => machine.name(),
        }
    }

    /// The account's subject at the identity server: its user id in the API's paths.
    pub(crate) fn subject(&self, auth: &Auth) -> Result<String, Error> {
        match self {
            Self::Machine(machine) => Ok(machine.file.client_id.clone()),
            Self::Stored { session, .. } => match auth.load_credential(&session.user_key)? {
                Some(credential) => Ok(credential.subject),
                None => Err(Error::CredentialGone { account: session.name.clone() }),
            },
        }
    }

    /// Refuses a URL that is not on the account's own API server.
    pub(crate) fn check_server(&self, url: &str) -> Result<(), Error> {
        let own = self.api_host()?;
        match Url::parse(url) {
            Ok(url) if own.is_origin_of(&url) => Ok(()),
            other => {
                let host = other.ok().and_then(|url| url.host_str().map(str::to_owned));
                let host = host.unwrap_or_else(|| "the cluster's server".to_owned());
                Err(Error::ForeignHost { host, account: self.name().to_owned() })
            }
        }
    }

    /// The API server that the account's token may go to, and no other.
    pub(crate) fn api_host(&self) -> Result<Host, Error> {
        match self {
            Self::Stored { session, .. } => {
                let text = &session.endpoint.server;
                text.parse().map_err(|source| Error::Host {
                    origin: "the session's server",
                    text: text.clone(),
                    source,
                })
            }
            Self::Machine(machine) => Ok(machine.target.api.clone()),
        }
    }
}

fn named(config: &Config, name: &str, origin: &'static str, source: ChosenBy) -> Result<Account, Error> {
    match config.find_session(name) {
        Ok(session) => Ok(Account::Stored { session: Box::new(session.clone()), source }),
        Err(SessionProblem::Unknown { .. }) => Err(Error::UnknownSession {
            name: name.to_owned(),
            origin,
            known: config.sessions.iter().map(|session| session.name.clone()).collect(),
        }),
        Err(problem) => Err(problem.into()),
    }
}
