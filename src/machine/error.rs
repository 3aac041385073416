//! Why something with a service account did not work. `src/error/` says it to people.

use std::path::PathBuf;
use std::time::Duration;

use super::rotation::{Home, TakenBack};
use crate::sys::{files, lock};
use crate::{api, auth, oauth};

/// Why something with a service account did not work.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The answer about a new key was lost, and with it the private half if the server made one.
    #[error("the answer was lost: whether a key was made is not known ({reason})")]
    AnswerLost {
        /// Whose key it would be.
        home: Home,
        /// Keys that were not there before; `None` when nobody could be asked.
        appeared: Option<Vec<String>>,
        /// What happened, with the server's words unsanitised.
        reason: String,
    },
    /// The API refused or was out of reach.
    #[error(transparent)]
    Api(#[from] api::Error),
    /// A use case of signing in failed.
    #[error(transparent)]
    Auth(#[from] auth::Error),
    /// The platform does not act on a new binding.
    #[error("the binding {binding} is made, but the platform does not act on it: {reason}")]
    BindingNotReady {
        /// Its name.
        binding: String,
        /// The platform's words, unsanitised.
        reason: String,
    },
    /// A credentials file cannot be used.
    #[error(transparent)]
    Credentials(#[from] auth::CredentialsFileError),
    /// A file could not be read or written.
    #[error(transparent)]
    File(#[from] files::Error),
    /// A credentials file is being renewed by somebody else.
    #[error(transparent)]
    Lock(#[from] lock::Error),
    /// A public key cannot be used.
    #[error("the public key {path} cannot be used: {source}", path = path.display())]
    PublicKey {
        /// Where it lies.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        source: oauth::KeyError,
    },
    /// A key belongs to another account than was said.
    #[error("key {id} belongs to {owner}, not to {account}")]
    ForeignKey {
        /// The key.
        id: String,
        /// Whose it is.
        owner: String,
        /// Whose it was said to be.
        account: String,
    },
    /// This deployment has accounts, but no keys that could be used.
    #[error("this deployment does not serve {plural}.identity.miloapis.com: keys cannot be made here")]
    KeysNotServed {
        /// The type looked for.
        plural: &'static str,
    },
    /// There is no such account.
    #[error("there is no service account {name:?} in project {project}")]
    NoAccount {
        /// What was asked for.
        name: String,
        /// Where.
        project: String,
        /// What may have been meant.
        similar: Vec<String>,
    },
    /// The platform has not made the account's identity yet.
    #[error("the service account {name} has no address yet")]
    NoEmail {
        /// The account.
        name: String,
    },
    /// There is no such key.
    #[error("there is no key {id:?} in project {project}")]
    NoKey {
        /// What was asked for.
        id: String,
        /// Where.
        project: String,
    },
    /// The server made a key and did not hand out its private half.
    #[error("the server did not hand out the private half of key {id}")]
    NoPrivateHalf {
        /// The key.
        id: String,
    },
    /// No project was named.
    #[error("which project? service accounts live in projects")]
    NoProject,
    /// There is no such role.
    #[error("there is no role {asked:?}")]
    NoRole {
        /// What was asked for.
        asked: String,
        /// The names there are, the nearest first.
        similar: Vec<String>,
    },
    /// What was written is not what is there.
    #[error("{} does not hold what was written to it", path.display())]
    NotKept {
        /// The file.
        path: PathBuf,
    },
    /// No token could be obtained with a new key.
    #[error("no token could be obtained with the new key")]
    NotProven(#[source] Box<auth::Error>),
    /// The platform's own credentials name no scope.
    #[error("the scope that this environment asks for is not known")]
    NoScope,
    /// A key could not be made here.
    #[error("the key could not be made: {0}")]
    Made(#[source] oauth::KeyError),
    /// This control plane has neither generation of the types.
    #[error("this control plane serves no service accounts")]
    NotServed,
    /// The credentials file is another account's.
    #[error("{} holds the credentials of {found}", path.display())]
    OtherAccount {
        /// The file.
        path: PathBuf,
        /// Whose credentials they are.
        found: String,
    },
    /// What was waited for did not come.
    #[error("{name} {what} after {} s", patience.as_secs())]
    Patience {
        /// The account.
        name: String,
        /// Its project.
        project: String,
        /// What it still is, or is not.
        what: &'static str,
        /// How long it was waited for.
        patience: Duration,
    },
    /// The file has the new key, but a session of this home has not.
    #[error("the file has the new key, but a session stored here could not be given it")]
    SessionsNotRenewed(#[source] Box<auth::Error>),
    /// The file has a new key, or may have it, but nobody can be sure that it stays.
    #[error("{source}")]
    Unsettled {
        /// The new key.
        key: String,
        /// What went wrong.
        source: Box<Error>,
    },
    /// A new key was revoked again, because its credentials could not be delivered.
    #[error("{source}")]
    TakenBack {
        /// The key.
        key: TakenBack,
        /// What went wrong first.
        source: Box<Error>,
    },
    /// The server's answer is not what the API promises; not shown, because it may hold a secret.
    #[error("the server's answer about the new key is not understood")]
    UnreadableAnswer,
}
