//! Rotation: a new key takes the place of the old one in a credentials file that works at every moment.
//!
//! Room is reserved, the key is made, a token is obtained with it, the file is swapped in, and only then the keys before
//! it are revoked. The file itself remembers which ones those are, so that whoever is killed in between can be followed
//! up by the next rotation.

use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::sleep;

use super::{CreatedKey, Document, Error, Key, Machines, NewKey, ROOM, Superseded};
use crate::auth::{self, Auth, CredentialsFile, IdentityServer};
use crate::http::TokenProvider;
use crate::oauth::KeyPair;
use crate::sys::files::{self, Present, Reservation};
use crate::sys::lock::Hold;
use crate::sys::{clock, input};

/// What a rotation works with.
pub(crate) struct Rotation<'a, T> {
    pub(crate) machines: &'a Machines<'a, T>,
    pub(crate) server: &'a IdentityServer<'a>,
    pub(crate) auth: &'a Auth,
    /// The account's email.
    pub(crate) account: &'a str,
    /// Whether somebody wants the command to end: a step that only waits is given up then.
    pub(crate) is_asked_to_end: &'a dyn Fn() -> bool,
}

/// What a rotation did.
#[derive(Debug)]
pub(crate) struct Rotated {
    /// The new key.
    pub(crate) key: Key,
    /// Stored sessions of this home that sign with it from now on.
    pub(crate) sessions: Vec<String>,
    /// What became of the keys before it.
    pub(crate) settled: Settled,
}

/// What became of superseded keys.
#[derive(Debug, Default)]
pub(crate) struct Settled {
    /// They are revoked.
    pub(crate) revoked: Vec<String>,
    /// Their time has not come.
    pub(crate) kept: Vec<Superseded>,
    /// They should be revoked and are not.
    pub(crate) failed: Vec<(String, Error)>,
}

/// A credentials file of an account that is to be renewed, with room beside it for its next content.
#[derive(Debug)]
pub(crate) struct Renewal {
    document: Document,
    file: CredentialsFile,
    room: Reservation,
    /// Two rotations of one file would each leave a key that is in no file.
    _hold: Hold,
}

/// How long a new key may take to be known to the identity server.
const PATIENCE: Duration = Duration::from_secs(20);
const PAUSE: Duration = Duration::from_millis(250);
/// As for every reader of such files.
const LIMIT: u64 = 1024 * 1024;

impl Renewal {
    /// Reads the credentials file at `path`, which has to be of this account, and reserves room beside it.
    ///
    /// # Errors
    /// What is wrong with the file, its place or its owner; [`Error::OtherAccount`]; [`Error::Lock`] while somebody else
    /// renews it.
    pub(crate) fn prepare(path: &Path, client_id: &str, email: &str) -> Result<Self, Error> {
        let room = files::reserve_named(path, ROOM, Present::Renewed)?;
        let hold = Hold::of(path)?;
        let document = read(path)?;
        let file = document.credentials()?;
        if file.client_id != client_id && file.client_email.as_deref() != Some(email) {
            return Err(Error::OtherAccount { path: path.to_owned(), found: file.identity().to_owned() });
        }
        Ok(Self { document, file, room, _hold: hold })
    }

    /// The scope that its tokens are asked for.
    pub(crate) fn scope(&self) -> Option<&str> {
        self.file.scope.as_deref()
    }
}

fn read(path: &Path) -> Result<Document, Error> {
    let text = zeroize::Zeroizing::new(input::read(path, LIMIT)?);
    Document::parse(&text)
}

/// Whether the credentials file at `path` signs with key `id`.
pub(crate) fn has_key(path: &Path, id: &str) -> bool {
    read(path).and_then(|document| document.credentials()).is_ok_and(|file| file.private_key_id == id)
}

impl<T: TokenProvider> Rotation<'_, T> {
    /// Rotates. `complete` makes the credentials file of the new key.
    ///
    /// # Errors
    /// Whatever failed before the file was swapped in: the new key is revoked again, and everything is as it was.
    pub(crate) async fn run(
        &self,
        path: &Path,
        renewal: Renewal,
        new: &NewKey<'_>,
        keep_old: Duration,
        complete: impl FnOnce(CreatedKey) -> Result<(Key, Document), Error>,
    ) -> Result<Rotated, Error> {
        let before = self.machines.keys(Some(self.account)).await?;
        let superseded = superseded(&renewal, &before, keep_old);
        let created = self.machines.create_key(new, &before).await?;
        let (id, old) = (created.key.id.clone(), renewal.file.private_key_id.clone());
        let swapped = async {
            let (key, document) = complete(created)?;
            let document = document.supersedes(&superseded);
            self.prove(&document.credentials()?).await?;
            let committed = renewal.room.commit(&document.bytes());
            // What every reader will find, not what we meant to write.
            let written = read(path).and_then(|document| document.credentials());
            let is_kept = written.as_ref().is_ok_and(|written| written.private_key_id == key.id);
            match (committed, written) {
                (Ok(()), Ok(written)) if is_kept => Ok((key, Ok(written))),
                (Ok(()), Ok(_)) => Err(Error::NotKept { path: path.to_owned() }),
                // It is in place, or may be: the key that the file has is revoked by no means.
                (Err(error), Ok(_)) if is_kept => Ok((key, Err(error.into()))),
                (Ok(()), Err(error)) => Ok((key, Err(error))),
                (Err(error), _) => Err(error.into()),
            }
        };
        let (key, written) = match swapped.await {
            Ok(swapped) => swapped,
            Err(error) => {
                let key = self.machines.take_back(&id, self.account).await;
                return Err(Error::TakenBack { key, source: Box::new(error) });
            }
        };
        let written = written.map_err(|error| Error::Unsettled { key: key.id.clone(), source: Box::new(error) })?;
        let sessions = self.renew_sessions(&superseded, Some(&old), &written)?;
        Ok(Rotated { key, sessions, settled: self.settle(&superseded).await })
    }

    /// Obtains a token with the file and revokes the keys before it whose time has come; returns also which sessions
    /// still signed with them.
    pub(crate) async fn finish(&self, renewal: Renewal) -> Result<(Vec<String>, Settled), Error> {
        self.prove(&renewal.file).await?;
        let superseded = remembered(&renewal, &self.machines.keys(Some(self.account)).await?);
        let sessions = self.renew_sessions(&superseded, None, &renewal.file)?;
        Ok((sessions, self.settle(&superseded).await))
    }

    /// Gives the key of `file` to sessions that sign with one before it, also to those that an earlier rotation did not
    /// come to.
    fn renew_sessions(
        &self,
        superseded: &[Superseded],
        old: Option<&str>,
        file: &CredentialsFile,
    ) -> Result<Vec<String>, Error> {
        let old: Vec<&str> = superseded.iter().map(|key| key.private_key_id.as_str()).chain(old).collect();
        self.auth.renew_key(&old, file).map_err(|error| Error::SessionsNotRenewed(Box::new(error)))
    }

    /// Obtains a token; a key that was made a moment ago may not be known everywhere yet.
    async fn prove(&self, file: &CredentialsFile) -> Result<(), Error> {
        let begun = std::time::Instant::now();
        loop {
            match self.server.prove(file).await {
                Err(auth::Error::KeyRejected { .. }) if begun.elapsed() < PATIENCE && !(self.is_asked_to_end)() => {
                    sleep(PAUSE).await
                }
                outcome => return outcome.map_err(|error| Error::NotProven(Box::new(error))),
            }
        }
    }

    async fn settle(&self, superseded: &[Superseded]) -> Settled {
        let mut settled = Settled::default();
        for key in superseded {
            if key.revoke_after > clock::now() {
                settled.kept.push(key.clone());
                continue;
            }
            match self.machines.revoke_key(&key.private_key_id).await {
                Ok(true) => settled.revoked.push(key.private_key_id.clone()),
                // Somebody was here before us.
                Ok(false) => {}
                Err(error) => settled.failed.push((key.private_key_id.clone(), error)),
            }
        }
        settled
    }
}

/// The keys before that of the file, as far as they are among those that the account has.
fn remembered(renewal: &Renewal, existing: &[Key]) -> Vec<Superseded> {
    let mut keys = renewal.document.superseded();
    keys.retain(|one| one.private_key_id != renewal.file.private_key_id && is_among(existing, one));
    keys
}

/// [`remembered`], and the key of the file.
fn superseded(renewal: &Renewal, existing: &[Key], keep_old: Duration) -> Vec<Superseded> {
    // Whole seconds: a key that is kept, is kept for at least as long as was asked for.
    let seconds = if keep_old.is_zero() {
        0
    } else {
        i64::try_from(keep_old.as_secs()).map_or(i64::MAX, |some| some.saturating_add(1))
    };
    let revoke_after =
        Timestamp::from_second(clock::now().as_second().saturating_add(seconds)).unwrap_or(Timestamp::MAX);
    let own = Superseded { private_key_id: renewal.file.private_key_id.clone(), revoke_after };
    let mut keys = remembered(renewal, existing);
    keys.extend(Some(own).filter(|own| is_among(existing, own)));
    keys
}

fn is_among(existing: &[Key], one: &Superseded) -> bool {
    existing.iter().any(|key| key.id == one.private_key_id)
}

/// Where an account is found, for whoever is told what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Home {
    /// The account's name.
    pub(crate) name: String,
    /// Its project.
    pub(crate) project: String,
}

impl<T> Machines<'_, T> {
    /// Where the account with this email is found; its name is the part before the at sign.
    pub(super) fn home(&self, email: &str) -> Home {
        Home { name: email.split('@').next().unwrap_or_default().to_owned(), project: self.project.clone() }
    }
}

/// A key that was revoked again, because its credentials could not be delivered.
#[derive(Debug)]
pub(crate) struct TakenBack {
    /// The name and the project of its account.
    pub(crate) home: Home,
    /// The key.
    pub(crate) id: String,
    /// Why it is still there, if even that failed.
    pub(crate) left: Option<Box<Error>>,
}

impl<T: TokenProvider> Machines<'_, T> {
    /// Revokes a key whose credentials reached nobody.
    pub(crate) async fn take_back(&self, id: &str, account: &str) -> TakenBack {
        let left = self.revoke_key(id).await.err().map(Box::new);
        TakenBack { home: self.home(account), id: id.to_owned(), left }
    }
}

impl CreatedKey {
    /// The credentials file of the key: the platform's, or one for the pair that was made here.
    ///
    /// # Errors
    /// [`Error::NoPrivateHalf`] where there is neither.
    pub(crate) fn document(
        self,
        pair: Option<KeyPair>,
        account: (&str, &str),
        scope: &str,
    ) -> Result<(Key, Document), Error> {
        let document = match (self.credentials, pair) {
            (_, Some(pair)) => Document::assemble(account, &self.key.id, pair.private_key, scope),
            (Some(text), None) => Document::of_platform(&text)?,
            (None, None) => return Err(Error::NoPrivateHalf { id: self.key.id }),
        };
        match document.credentials()?.private_key_id == self.key.id {
            true => Ok((self.key, document)),
            false => Err(Error::UnreadableAnswer),
        }
    }
}
