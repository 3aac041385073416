//! The composition root: what a command needs, built when it first asks for it.

use std::cell::{Cell, OnceCell, RefCell};
use std::path::PathBuf;
use std::time::Duration;

use crate::api::{self, ControlPlane};
use crate::auth::{Account, AccountChoice, ApiAccess, Auth, Scope, ScopeChoice, SessionTokens};
use crate::config::ConfigFile;
use crate::error::Failure;
use crate::session::{Home, Sessions, StoreChoice};
use crate::sys::env;
use crate::ui::{Ui, sanitize};

/// The parts of the program, shared by all commands.
#[derive(Debug)]
pub(crate) struct App {
    choice: AccountChoice,
    scope: ScopeChoice,
    auth: OnceCell<Auth>,
    account: OnceCell<Account>,
    access: OnceCell<ApiAccess>,
    request_timeout: Cell<Option<Duration>>,
    plane: RefCell<Option<ControlPlane>>,
}

/// A control plane as the account of this command sees it.
pub(crate) type Cluster<'a> = api::Cluster<'a, SessionTokens<'a>>;

impl App {
    /// Remembers what the command line said before the command's name; opens nothing.
    pub(crate) fn new(choice: AccountChoice, scope: ScopeChoice) -> Self {
        Self {
            choice,
            scope,
            auth: OnceCell::new(),
            account: OnceCell::new(),
            access: OnceCell::new(),
            request_timeout: Cell::default(),
            plane: RefCell::default(),
        }
    }

    /// Limits every request to the API from now on; `None` leaves what holds already, zero the usual limits.
    pub(crate) fn limit_requests(&self, limit: Option<Duration>) {
        self.request_timeout.set(limit.or(self.request_timeout.get()));
    }

    /// The use cases over the stores of this home; needs no session.
    pub(crate) fn auth(&self) -> Result<&Auth, Failure> {
        if let Some(auth) = self.auth.get() {
            return Ok(auth);
        }
        let home = match Home::locate() {
            Some(home) => home,
            // An account from the environment keeps nothing that it cannot do without.
            None if env::var_os(env::DATUM_CREDENTIALS_FILE).is_some() => Home::nowhere(),
            None => {
                return Err(
                    Failure::usage("there is no home directory to keep sessions in").hint("set HOME or DATUMCTL_HOME")
                );
            }
        };
        let auth = Auth::new(ConfigFile::new(home.root()), Sessions::new(home, store_choice()?));
        Ok(self.auth.get_or_init(|| auth))
    }

    /// The account this command acts as; fails with "not logged in".
    pub(crate) fn account(&self) -> Result<Account, Failure> {
        Ok(Account::choose(self.auth()?, &self.choice)?)
    }

    /// The account this command acts as, for as long as the command runs.
    pub(crate) fn acting(&self) -> Result<&Account, Failure> {
        if let Some(account) = self.account.get() {
            return Ok(account);
        }
        let account = self.account()?;
        Ok(self.account.get_or_init(|| account))
    }

    /// The scope that the command line, the environment and the current context name together; `choice` is what the
    /// command line said after the command's name.
    pub(crate) fn scope(&self, choice: &ScopeChoice) -> Result<Scope, Failure> {
        Ok(Scope::settle(self.auth()?, self.acting()?, &choice.or(&self.scope))?)
    }

    /// Whether the command line says something about the scope, before or after the command's name.
    pub(crate) fn names_scope(&self, choice: &ScopeChoice) -> bool {
        !choice.or(&self.scope).is_empty()
    }

    /// Whether the command line names a namespace.
    pub(crate) fn names_namespace(&self, choice: &ScopeChoice) -> bool {
        choice.or(&self.scope).namespace.is_some()
    }

    /// The control plane of `scope`; its requests ask the session store for their tokens.
    pub(crate) fn cluster(&self, scope: &Scope) -> Result<Cluster<'_>, Failure> {
        *self.plane.borrow_mut() = Some(scope.plane.clone());
        let (auth, account) = (self.auth()?, self.acting()?);
        let tokens = SessionTokens::new(auth, account);
        let ApiAccess { host, client } = self.access()?;
        let connection = api::Connection::new(client, host.clone(), tokens)
            .with_time_limit(self.request_timeout.get().filter(|limit| !limit.is_zero()));
        let cache = Home::locate().map_or_else(PathBuf::new, |home| home.types());
        Ok(api::Cluster::new(connection, scope.plane.clone(), &cache, account.name()))
    }

    /// The way to the API server of the account that this command acts as.
    fn access(&self) -> Result<&ApiAccess, Failure> {
        if let Some(access) = self.access.get() {
            return Ok(access);
        }
        let access = self.acting()?.api_access(self.auth()?)?;
        Ok(self.access.get_or_init(|| access))
    }

    /// The control plane that was asked last.
    pub(crate) fn plane(&self) -> Option<ControlPlane> {
        self.plane.borrow().clone()
    }

    /// Tells what the stores and use cases noticed.
    pub(crate) fn show_notices(&self, ui: &Ui) {
        let Some(auth) = self.auth.get() else { return };
        auth.take_notices().iter().for_each(|notice| ui.warn(sanitize(notice)));
    }

    /// What the command line said about the account.
    pub(crate) fn choice(&self) -> &AccountChoice {
        &self.choice
    }
}

/// `DATUMCTL_CREDENTIAL_STORE`.
pub(crate) fn store_choice() -> Result<StoreChoice, Failure> {
    match env::var(env::DATUMCTL_CREDENTIAL_STORE).as_deref() {
        None | Some("auto") => Ok(StoreChoice::Auto),
        Some("keyring") => Ok(StoreChoice::Keyring),
        Some("file") => Ok(StoreChoice::File),
        Some(other) => Err(Failure::usage(format!("{}: unknown store {other:?}", env::DATUMCTL_CREDENTIAL_STORE))
            .hint("use auto, keyring or file")),
    }
}
