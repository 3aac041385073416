//! What the config knows: sessions, contexts, organizations, projects. Nobody is asked.

use std::collections::BTreeSet;

use crate::app::App;
use crate::auth::{Account, AccountChoice, ScopeChoice};
use crate::config::{Config, Context, Session};
use crate::error::Failure;

/// The names of all sessions.
pub(super) fn sessions(_: &[String]) -> Vec<String> {
    let names = |app: &App| -> Result<Vec<String>, Failure> {
        Ok(app.auth()?.load_config()?.sessions.into_iter().map(|session| session.name).collect())
    };
    names(&app(&[])).unwrap_or_default()
}

/// The contexts of the acting session.
pub(super) fn contexts(typed: &[String]) -> Vec<String> {
    of_session(typed, |config, session| config.contexts_of(&session.name).map(Context::reference).collect())
}

/// The organizations of the acting session.
pub(super) fn organizations(typed: &[String]) -> Vec<String> {
    of_session(typed, |config, session| {
        config.contexts_of(&session.name).map(|context| context.organization_id.clone()).collect()
    })
}

/// The projects of the acting session.
pub(super) fn projects(typed: &[String]) -> Vec<String> {
    of_session(typed, |config, session| {
        config.contexts_of(&session.name).filter_map(|context| context.project_id.clone()).collect()
    })
}

fn of_session(typed: &[String], find: impl Fn(&Config, &Session) -> BTreeSet<String>) -> Vec<String> {
    let found = |app: &App| -> Result<BTreeSet<String>, Failure> {
        match app.acting()? {
            Account::Stored { session, .. } => Ok(find(&app.auth()?.load_config()?, session)),
            Account::Machine(_) => Ok(BTreeSet::new()),
        }
    };
    found(&app(typed)).unwrap_or_default().into_iter().collect()
}

/// The program as the words so far mean it: their `--session` and their scope.
pub(super) fn app(typed: &[String]) -> App {
    let value = |flag: &str| {
        let mut words = typed.iter();
        words
            .find_map(|word| match word.strip_prefix(flag)? {
                "" => Some(None),
                rest => rest.strip_prefix('=').map(|value| Some(value.to_owned())),
            })
            .and_then(|value| value.or_else(|| words.next().cloned()))
    };
    let scope = ScopeChoice {
        project: value("--project"),
        organization: value("--organization"),
        platform_wide: typed.iter().any(|word| word == "--platform-wide"),
        namespace: value("--namespace").or_else(|| value("-n")),
    };
    App::new(AccountChoice { session: value("--session") }, scope)
}
