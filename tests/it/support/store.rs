//! What lies in the file store, read and changed by hand as another program would.

use std::path::Path;
use std::time::Duration;

use serde_json::Value;

use super::World;

impl World {
    /// The stored credential of an account of this world's emulator.
    #[track_caller]
    pub fn credential(&self, email: &str) -> Value {
        read(&self.path("credentials.json"), &self.user_key(email))
    }

    /// The stored credential with this key.
    #[track_caller]
    pub fn stored(&self, key: &str) -> Value {
        read(&self.path("credentials.json"), key)
    }

    /// The credential of another login of the same account, in another home.
    pub fn credential_of_another_login(&self, email: &str) -> Value {
        let elsewhere = self.scratch("elsewhere");
        let mut login = self.login_command(email, &["login", "--no-context"]);
        let _ =
            self.finish(&login.env("DATUMCTL_HOME", &elsewhere).output().expect("the binary runs"), false).success();
        read(&elsewhere.join("credentials.json"), &self.user_key(email))
    }

    /// Changes the stored credential of an account in place.
    #[track_caller]
    pub fn edit_credential(&self, email: &str, edit: impl FnOnce(&mut Value)) {
        let path = self.path("credentials.json");
        let mut store: Value = serde_json::from_slice(&std::fs::read(&path).expect("a file store")).expect("JSON");
        let entry = &mut store["datumctl-auth"][self.user_key(email)];
        let mut credential = serde_json::from_str(entry.as_str().expect("an entry")).expect("JSON");
        edit(&mut credential);
        *entry = credential.to_string().into();
        overwrite(&path, store.to_string().as_bytes());
    }

    /// Leaves the stored access token of `email` this many seconds to live.
    #[track_caller]
    pub fn expires_in(&self, email: &str, seconds: i64) {
        let expiry = jiff::Timestamp::now() + jiff::SignedDuration::from_secs(seconds);
        self.edit_credential(email, |credential| credential["token"]["expiry"] = expiry.to_string().into());
    }

    /// Makes the stored access token of `email` look expired.
    #[track_caller]
    pub fn expire(&self, email: &str) {
        self.expires_in(email, -1);
    }

    /// How often the emulator was asked on this route (`token.refresh`, ...), whatever it answered.
    pub fn requests(&self, route: &str) -> usize {
        self.emulator().journal().iter().filter(|entry| entry.route == route).count()
    }

    /// Waits until the emulator has acted on this many requests on this route.
    #[track_caller]
    pub fn await_requests(&self, route: &str, number: usize) {
        let arrived = self.emulator().wait_for(Duration::from_secs(30), |journal| {
            journal.iter().filter(|entry| entry.route == route).count() >= number
        });
        assert!(arrived, "{number} requests on {route}");
    }

    /// Adds a fault to those of the emulator.
    #[track_caller]
    pub fn fault(&self, specification: &str) {
        self.emulator().add_fault(specification.parse().unwrap_or_else(|error| panic!("{specification}: {error}")));
    }

    /// Panics unless the server saw this many refreshes that worked, and no spent refresh token.
    #[track_caller]
    pub fn assert_refreshed(&self, times: usize) {
        assert_eq!(self.refreshes(), (times, 0), "refreshes, reuses");
        assert_eq!(self.emulator().refresh_reuse_count(), 0);
    }

    /// The name of the account's entry: `<email>@<auth host>`.
    pub fn user_key(&self, email: &str) -> String {
        format!("{email}@{}", self.emulator().url())
    }
}

fn read(store: &Path, key: &str) -> Value {
    let store: Value = serde_json::from_slice(&std::fs::read(store).expect("a file store")).expect("JSON");
    serde_json::from_str(store["datumctl-auth"][key].as_str().expect("an entry")).expect("JSON")
}

/// Replaces a file's content and keeps its mode.
pub fn overwrite(path: &Path, content: &[u8]) {
    std::fs::write(path, content).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
}
