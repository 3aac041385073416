//! Which account a command acts as: `--session`, `DATUM_CREDENTIALS_FILE`, `DATUM_SESSION`, the active session.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use url::Url;

use super::service_account::MachineAccount;
use super::target::{TargetFlags, parse_host};
use super::{Auth, Error, Target};
use crate::config::{Config, Session, SessionProblem};
use crate::http::{Client, Host, Trust};
use crate::session::{Credential, Kind};
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

/// The API server that an account's token may go to.
#[derive(Debug)]
pub(crate) struct ApiAccess {
    /// Which one.
    pub(crate) host: Host,
    /// What reaches it.
    pub(crate) client: Client,
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
            let machine = MachineAccount::read(path.into(), Target::resolve(&TargetFlags::default())?)?;
            return Ok(Self::Machine(Box::new(machine)));
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
            Self::Stored { session, .. } => Ok(self.credential(auth, session)?.subject),
        }
    }

    /// The identity server that the account's tokens come from.
    pub(crate) fn issuer(&self, auth: &Auth) -> Result<Host, Error> {
        match self {
            Self::Machine(machine) => Ok(machine.target.auth.clone()),
            Self::Stored { session, .. } => self.credential(auth, session)?.issuer(),
        }
    }

    /// The scope that a service account asks for; `None` for people.
    pub(crate) fn machine_scope(&self, auth: &Auth) -> Result<Option<String>, Error> {
        match self {
            Self::Machine(machine) => Ok(machine.file.scope.clone()),
            Self::Stored { session, .. } => Ok(match self.credential(auth, session)?.kind {
                Kind::ServiceAccount(machine) => machine.scope,
                Kind::Interactive => None,
            }),
        }
    }

    fn credential(&self, auth: &Auth, session: &Session) -> Result<Credential, Error> {
        let gone = || Error::CredentialGone { account: session.name.clone() };
        auth.load_credential(&session.user_key)?.ok_or_else(gone)
    }

    /// Refuses a URL that is not on the account's own API server.
    pub(crate) fn check_server(&self, auth: &Auth, url: &str) -> Result<(), Error> {
        let own = self.api_host(auth)?;
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
    ///
    /// The credential says which one it is, as the login settled it; a config that says otherwise was changed since.
    ///
    /// # Errors
    /// [`Error::ForeignHost`] where the two differ.
    pub(crate) fn api_host(&self, auth: &Auth) -> Result<Host, Error> {
        let session = match self {
            Self::Stored { session, .. } => session,
            Self::Machine(machine) => return Ok(machine.target.api.clone()),
        };
        let host = parse_host("the session's server", &session.endpoint.server)?;
        let credential = auth.load_credential(&session.user_key)?;
        // Very old entries do not say where they belong.
        let settled = credential.map(|credential| credential.api_hostname).filter(|settled| !settled.is_empty());
        match settled {
            Some(settled) if settled.parse::<Host>().ok().as_ref() != Some(&host) => {
                Err(Error::ForeignHost { host: host.to_string(), account: session.name.clone() })
            }
            _ => Ok(host),
        }
    }

    /// The way to the account's API server: the config may say how that server, and no other, proves who it is.
    ///
    /// # Errors
    /// Those of [`Account::api_host`], and [`Error::Trust`] when the config says what cannot be done.
    pub(crate) fn api_access(&self, auth: &Auth) -> Result<ApiAccess, Error> {
        let (host, client) = (self.api_host(auth)?, auth.client()?);
        let trust = match self {
            Self::Stored { session, .. } => trust(session)?,
            Self::Machine(_) => None,
        };
        if trust == Some(Trust::Anything) {
            auth.notice(format_args!("the certificate of {host} is not checked (insecure-skip-tls-verify)"));
        }
        let client = match trust {
            Some(trust) => client.trusting(host.clone(), &trust)?,
            None => client.clone(),
        };
        Ok(ApiAccess { host, client })
    }
}

/// What the config says about the certificate of the session's API server.
fn trust(session: &Session) -> Result<Option<Trust>, Error> {
    let refused = |problem| Error::Trust { account: session.name.clone(), problem };
    match (&session.endpoint.certificate_authority_data, session.endpoint.insecure_skip_tls_verify) {
        (None, false) => Ok(None),
        (None, true) => Ok(Some(Trust::Anything)),
        (Some(_), true) => Err(refused("certificate-authority-data and insecure-skip-tls-verify exclude each other")),
        (Some(data), false) => match STANDARD.decode(data.split_whitespace().collect::<String>()) {
            Ok(pem) if !pem.is_empty() => Ok(Some(Trust::Authorities(pem))),
            _ => Err(refused("certificate-authority-data is not base64")),
        },
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
