//! The composition root: what a command needs, built when it first asks for it.

use std::cell::OnceCell;

use crate::auth::{Account, AccountChoice, Auth};
use crate::config::ConfigFile;
use crate::error::Failure;
use crate::session::{Home, Sessions, StoreChoice};
use crate::sys::env;
use crate::ui::{Ui, sanitize};

/// The parts of the program, shared by all commands.
#[derive(Debug)]
pub(crate) struct App {
    choice: AccountChoice,
    auth: OnceCell<Auth>,
}

impl App {
    /// Remembers what the command line said; opens nothing.
    pub(crate) fn new(choice: AccountChoice) -> Self {
        Self { choice, auth: OnceCell::new() }
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
