//! What several identity commands say about an account, said once.

use crate::auth::{Account, ChosenBy};
use crate::config::{Config, Session};

/// `user` or `service_account`, as machine output calls it.
pub(crate) fn account_type(is_service_account: bool) -> &'static str {
    if is_service_account { "service_account" } else { "user" }
}

/// Whether the account is the active session, chosen by nothing else.
pub(crate) fn is_active(account: &Account) -> bool {
    matches!(account, Account::Stored { source: ChosenBy::Active, .. })
}

/// How the account was chosen, as machine output calls it.
pub(crate) fn source(account: &Account) -> &'static str {
    match account {
        Account::Machine(_) => "credentials_file",
        Account::Stored { source: ChosenBy::Active, .. } => "active_session",
        Account::Stored { source: ChosenBy::Environment, .. } => "environment",
        Account::Stored { source: ChosenBy::Flag, .. } => "flag",
    }
}

/// The address people know a session by.
pub(crate) fn email(session: &Session) -> &str {
    match (session.user_email.as_str(), &session.user_name) {
        ("", Some(name)) => name,
        ("", None) => &session.name,
        (email, _) => email,
    }
}

/// The sessions of an address: exactly as written if there are any, else whatever its case.
pub(crate) fn sessions_of<'a>(config: &'a Config, address: &str) -> Vec<&'a Session> {
    let exact: Vec<_> = config.sessions.iter().filter(|session| email(session) == address).collect();
    if exact.is_empty() { config.sessions_of(address) } else { exact }
}
