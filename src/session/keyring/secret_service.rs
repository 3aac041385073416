//! The Secret Service of Linux desktops (gnome-keyring, KWallet, KeePassXC) over D-Bus.
//!
//! Like the original: the collection `login`, else the one that is the default; a plain session, which costs a quarter
//! of an encrypted one and hides as much from other programs of the same user: nothing.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use secret_service::{Collection, EncryptionType, Error as ServiceError, Item, SecretService};
use tokio::runtime::Runtime;

use super::{Backend, Error};
use crate::secret::Secret;
use crate::session::store::SERVICE;
use crate::sys::env;

/// A connection with an open session.
pub(super) struct Service {
    runtime: Runtime,
    service: SecretService<'static>,
    prompting: Arc<AtomicBool>,
}

impl Service {
    /// Connects to the session bus, if there is one; never starts one.
    pub(super) fn connect(prompting: Arc<AtomicBool>) -> Result<Self, Error> {
        if !has_session_bus() {
            return Err(Error::Absent { reason: "no D-Bus session".to_owned() });
        }
        let runtime = crate::sys::process::runtime();
        let runtime = runtime.map_err(|error| Error::Other { reason: error.to_string() })?;
        match runtime.block_on(SecretService::connect(EncryptionType::Plain)) {
            Ok(service) => Ok(Self { runtime, service, prompting }),
            Err(error) => match classify(&error) {
                Error::Denied => Err(Error::Denied),
                _ => Err(Error::Absent { reason: error.to_string() }),
            },
        }
    }
}

impl Backend for Service {
    fn read(&mut self, entry: &str) -> Result<Option<Secret<Vec<u8>>>, Error> {
        self.runtime.block_on(async {
            let Some(login) = self.collection(LOGIN).await? else { return self.read_from_default(entry, None).await };
            match self.find(&login, entry).await?.first() {
                Some(item) => self.secret(item).await.map(Some),
                None => self.read_from_default(entry, Some(&login)).await,
            }
        })
    }

    fn write(&mut self, entry: &str, secret: &Secret<Vec<u8>>) -> Result<(), Error> {
        self.runtime.block_on(async {
            let collection = match self.collection(LOGIN).await? {
                Some(login) => login,
                None => self.collection(DEFAULT).await?.ok_or_else(no_collection)?,
            };
            let label = format!("Password for '{entry}' on '{SERVICE}'");
            let create = || collection.create_item(&label, attributes(entry), secret.expose(), true, CONTENT_TYPE);
            match create().await {
                Ok(_) => Ok(()),
                Err(error) if is_locked(&error) => {
                    self.unlock(&collection).await?;
                    create().await.map(drop).map_err(|error| classify(&error))
                }
                Err(error) => Err(classify(&error)),
            }
        })
    }

    fn delete(&mut self, entry: &str) -> Result<(), Error> {
        self.runtime.block_on(async {
            for alias in [LOGIN, DEFAULT] {
                let Some(collection) = self.collection(alias).await? else { continue };
                for item in self.find(&collection, entry).await? {
                    match item.delete().await {
                        Ok(()) => {}
                        Err(error) if is_locked(&error) => {
                            self.unlock(&collection).await?;
                            item.delete().await.map_err(|error| classify(&error))?;
                        }
                        Err(error) => return Err(classify(&error)),
                    }
                }
            }
            Ok(())
        })
    }
}

impl Service {
    /// The collection of this alias; `None` when there is none.
    async fn collection(&self, alias: &str) -> Result<Option<Collection<'_>>, Error> {
        match self.service.get_collection_by_alias(alias).await {
            Ok(collection) => Ok(Some(collection)),
            Err(ServiceError::NoResult) => Ok(None),
            Err(error) => Err(classify(&error)),
        }
    }

    async fn read_from_default(
        &self,
        entry: &str,
        seen: Option<&Collection<'_>>,
    ) -> Result<Option<Secret<Vec<u8>>>, Error> {
        let Some(default) = self.collection(DEFAULT).await? else { return Ok(None) };
        if seen.is_some_and(|seen| seen.collection_path == default.collection_path) {
            return Ok(None);
        }
        match self.find(&default, entry).await?.first() {
            Some(item) => self.secret(item).await.map(Some),
            None => Ok(None),
        }
    }

    /// The items of an entry. Some services find nothing in a locked collection, which is not the same as having
    /// nothing.
    async fn find<'a>(&self, collection: &'a Collection<'_>, entry: &str) -> Result<Vec<Item<'a>>, Error> {
        let search = || async { collection.search_items(attributes(entry)).await.map_err(|error| classify(&error)) };
        let items = search().await?;
        if items.is_empty() && collection.is_locked().await.map_err(|error| classify(&error))? {
            self.unlock(collection).await?;
            return search().await;
        }
        Ok(items)
    }

    async fn secret(&self, item: &Item<'_>) -> Result<Secret<Vec<u8>>, Error> {
        match item.get_secret().await {
            Ok(secret) => Ok(Secret::new(secret)),
            Err(error) if is_locked(&error) => {
                self.prompted(item.unlock()).await?;
                item.get_secret().await.map(Secret::new).map_err(|error| classify(&error))
            }
            Err(error) => Err(classify(&error)),
        }
    }

    async fn unlock(&self, collection: &Collection<'_>) -> Result<(), Error> {
        self.prompted(collection.unlock()).await
    }

    /// Asks for something that may wait for a person.
    async fn prompted(&self, unlocking: impl Future<Output = Result<(), ServiceError>>) -> Result<(), Error> {
        let started = Instant::now();
        self.prompting.store(true, Ordering::Relaxed);
        let result = unlocking.await;
        self.prompting.store(false, Ordering::Relaxed);
        match result {
            Ok(()) => Ok(()),
            Err(ServiceError::Prompt) if started.elapsed() > QUICKEST_PERSON => Err(Error::Denied),
            Err(ServiceError::Prompt | ServiceError::PromptDisconnected) => Err(Error::Locked),
            Err(error) => Err(classify(&error)),
        }
    }
}

/// What the original searches for and writes.
fn attributes(entry: &str) -> HashMap<&str, &str> {
    HashMap::from([("username", entry), ("service", SERVICE)])
}

fn no_collection() -> Error {
    Error::Absent { reason: "it has no collection to write to".to_owned() }
}

fn has_session_bus() -> bool {
    env::var_os(env::DBUS_SESSION_BUS_ADDRESS).is_some()
        || env::var_os(env::XDG_RUNTIME_DIR)
            .is_some_and(|directory| std::path::Path::new(&directory).join("bus").exists())
}

fn is_locked(error: &ServiceError) -> bool {
    matches!(classify(error), Error::Locked)
}

/// Tells refusals apart by the D-Bus names that begin their texts.
fn classify(error: &ServiceError) -> Error {
    let reason = error.to_string();
    let says = |names: &[&str]| names.iter().any(|name| reason.contains(name));
    match error {
        ServiceError::Locked => Error::Locked,
        ServiceError::Unavailable => Error::Absent { reason },
        _ if says(&["org.freedesktop.Secret.Error.IsLocked"]) => Error::Locked,
        _ if says(&["org.freedesktop.DBus.Error.AccessDenied"]) => Error::Denied,
        _ if says(&["DBus.Error.ServiceUnknown", "DBus.Error.NameHasNoOwner", "DBus.Error.Spawn."]) => {
            Error::Absent { reason }
        }
        _ => Error::Other { reason },
    }
}

const LOGIN: &str = "login";
const DEFAULT: &str = "default";
const CONTENT_TYPE: &str = "text/plain; charset=utf-8";
/// A prompt that is dismissed sooner was never seen: there is no display, or no program to show it.
const QUICKEST_PERSON: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests {
    use super::{Error, ServiceError, classify, is_locked};

    #[test]
    fn what_a_service_answers_is_told_apart() {
        let other = |text: &'static str| classify(&ServiceError::Crypto(text));
        assert!(matches!(classify(&ServiceError::Locked), Error::Locked));
        assert!(matches!(classify(&ServiceError::Unavailable), Error::Absent { .. }));
        assert!(matches!(other("org.freedesktop.Secret.Error.IsLocked: x"), Error::Locked));
        assert!(matches!(other("org.freedesktop.DBus.Error.AccessDenied: x"), Error::Denied));
        for absent in ["ServiceUnknown", "NameHasNoOwner", "Spawn.ChildExited"] {
            let text: &'static str = format!("org.freedesktop.DBus.Error.{absent}: x").leak();
            assert!(matches!(other(text), Error::Absent { .. }), "{absent}");
        }
        assert!(matches!(other("something else"), Error::Other { .. }));
        assert!(is_locked(&ServiceError::Locked) && !is_locked(&ServiceError::Unavailable));
    }
}
