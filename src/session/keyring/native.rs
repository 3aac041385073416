//! The keychain of macOS and the Credential Manager of Windows.

use std::collections::HashMap;

use keyring_core::Error as NativeError;

use super::{Backend, Error};
use crate::secret::Secret;
use crate::session::store::SERVICE;

/// This system's keyring; opened once per process.
pub(super) struct Native;

impl Native {
    /// Opens it.
    pub(super) fn connect() -> Result<Self, Error> {
        match keyring::Entry::store_status() {
            Ok(()) => Ok(Self),
            Err(error) => Err(Error::Absent { reason: error.to_string() }),
        }
    }
}

impl Backend for Native {
    fn read(&mut self, entry: &str) -> Result<Option<Secret<Vec<u8>>>, Error> {
        match native(entry).and_then(|entry| entry.get_secret()) {
            Ok(secret) => Ok(Some(Secret::new(secret))),
            Err(NativeError::NoEntry) => Ok(None),
            Err(error) => Err(classify(&error)),
        }
    }

    fn write(&mut self, entry: &str, secret: &Secret<Vec<u8>>) -> Result<(), Error> {
        let written = native(entry).and_then(|entry| entry.set_secret(secret.expose()));
        written.map_err(|error| match error {
            NativeError::TooLong(..) => Error::TooLarge { size: secret.expose().len() },
            other => classify(&other),
        })
    }

    fn delete(&mut self, entry: &str) -> Result<(), Error> {
        match native(entry).and_then(|entry| entry.delete_credential()) {
            Ok(()) | Err(NativeError::NoEntry) => Ok(()),
            Err(error) => Err(classify(&error)),
        }
    }
}

/// The entry under the original's name: on Windows it calls the target `service:user` and keeps it on this machine.
fn native(entry: &str) -> keyring_core::Result<keyring_core::Entry> {
    if cfg!(windows) {
        let target = format!("{SERVICE}:{entry}");
        let modifiers = HashMap::from([("target", target.as_str()), ("persistence", "Local")]);
        return keyring_core::Entry::new_with_modifiers(SERVICE, entry, &modifiers);
    }
    keyring_core::Entry::new(SERVICE, entry)
}

fn classify(error: &NativeError) -> Error {
    let reason = error.to_string();
    let code = |number: &str| reason.contains(number);
    match error {
        NativeError::NoDefaultStore | NativeError::NotSupportedByStore(_) => Error::Absent { reason },
        NativeError::NoStorageAccess(_) if cfg!(windows) => Error::Absent { reason },
        NativeError::PlatformFailure(_) | NativeError::NoStorageAccess(_) => match () {
            // errSecInteractionNotAllowed: locked, and nobody there to unlock it (SSH).
            () if code("-25308") || code("interaction is not allowed") => Error::Locked,
            // errSecUserCanceled, errSecAuthFailed
            () if code("-128") || code("-25293") || code("canceled") => Error::Denied,
            () => Error::Other { reason },
        },
        // The variants that carry what was stored must not be printed.
        NativeError::BadEncoding(_) | NativeError::BadDataFormat(..) => {
            Error::Other { reason: "unreadable".to_owned() }
        }
        _ => Error::Other { reason },
    }
}
