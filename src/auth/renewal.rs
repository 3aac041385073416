//! Sessions whose service account got another key.

use super::{Auth, CredentialsFile, Error, refresh};
use crate::session::{Credential, Kind, ServiceAccount, key_file};

impl Auth {
    /// Gives every stored session that signs with one of the keys `old` of the account of `file` the key of `file`;
    /// returns their names. Their tokens stay: they were issued to the account, not to the key.
    pub(crate) fn renew_key(&self, old: &[&str], file: &CredentialsFile) -> Result<Vec<String>, Error> {
        let mut renewed = Vec::new();
        for session in self.load_config()?.sessions {
            let load = || -> Result<Option<Credential>, Error> {
                Ok(self.load_credential(&session.user_key)?.filter(|found| signs_with(found, old, &file.client_id)))
            };
            if load()?.is_none() {
                continue;
            }
            let _lock = self.sessions.lock_refresh(&session.user_key, refresh::LOCK_PATIENCE)?;
            let Some(mut credential) = load()? else { continue };
            if let Kind::ServiceAccount(machine) = &mut credential.kind {
                let path = key_file::write(self.sessions.home(), &session.user_key, &file.private_key)?;
                **machine = ServiceAccount {
                    private_key_path: Some(path.to_string_lossy().into_owned()),
                    private_key: None,
                    private_key_id: file.private_key_id.clone(),
                    scope: file.scope.clone().or_else(|| machine.scope.clone()),
                    ..ServiceAccount::clone(machine)
                };
            }
            self.sessions.save(&session.user_key, &credential)?;
            renewed.push(session.name);
        }
        Ok(renewed)
    }
}

fn signs_with(credential: &Credential, key_ids: &[&str], client_id: &str) -> bool {
    match &credential.kind {
        Kind::ServiceAccount(machine) => {
            machine.client_id == client_id && key_ids.contains(&machine.private_key_id.as_str())
        }
        Kind::Interactive => false,
    }
}
