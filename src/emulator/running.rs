//! [`Emulator`]: a running one, and the levers on it.

use std::ffi::OsString;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};
use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use serde::Serialize;
use serde_json::{Value, json};
use tokio::sync::oneshot;

use crate::secret::Secret;
use crate::sys::env;

use super::api::{Filling, Refused};
use super::server;
use super::shared::Shared;
use super::{Fault, JournalEntry, Options, State};

/// A running emulator. Dropping it closes every connection and frees the port.
pub struct Emulator {
    url: String,
    client_id: String,
    shared: Arc<Shared>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// Somebody who can sign in by browser.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Account {
    /// Address.
    pub email: String,
    /// Full name.
    pub name: String,
}

/// What `emulator exec` changes in the environment of its command.
#[derive(Clone, Debug, Default)]
pub struct ChildEnvironment {
    /// Variables to set.
    pub set: Vec<(&'static str, OsString)>,
    /// Variables that would lead away from the emulator.
    pub remove: Vec<&'static str>,
}

/// Why an emulator could not be started.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Neither 127.0.0.1 nor [::1] could be listened on.
    #[error("could not listen on port {port} of the loopback address")]
    Listen {
        /// The port asked for; 0 is any.
        port: u16,
        /// The operating system's answer.
        #[source]
        source: std::io::Error,
    },
    /// The event loop could not be made.
    #[error("could not start the emulator's event loop")]
    Runtime(#[source] std::io::Error),
}

/// There is no such account.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("the emulator has no account {0:?}")]
pub struct Unknown(pub String);

impl Emulator {
    /// Starts one on a thread of its own and returns when it accepts connections.
    pub fn start(options: Options) -> Result<Self, StartError> {
        let (listener, address) = listen(options.port)?;
        let url = format!("http://{address}");
        let client_id = options.seed.client.id.clone();
        let shared = Arc::new(Shared::new(State::new(url.clone(), options)));
        let runtime = crate::sys::process::runtime().map_err(StartError::Runtime)?;
        let listener = {
            let _inside = runtime.enter();
            tokio::net::TcpListener::from_std(listener).map_err(StartError::Runtime)?
        };
        let (stop, stopped) = oneshot::channel();
        let served = Arc::clone(&shared);
        let thread = std::thread::Builder::new()
            .name("emulator".to_owned())
            .spawn(move || runtime.block_on(server::serve(listener, served, stopped)))
            .map_err(StartError::Runtime)?;
        Ok(Self { url, client_id, shared, stop: Some(stop), thread: Some(thread) })
    }

    /// `http://127.0.0.1:PORT`: the issuer, and the origin of the API.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The OAuth client to sign in with.
    pub fn client_id(&self) -> &str {
        &self.client_id
    }

    /// The people of the seed.
    pub fn accounts(&self) -> Vec<Account> {
        let account = |person: &super::Person| Account { email: person.email.clone(), name: person.name() };
        self.shared.state().seed.people.iter().map(account).collect()
    }

    /// The credentials file of the first service account; `{}` when the seed has none. Waits for its key.
    pub fn credentials_json(&self) -> String {
        let first = self.shared.state().seed.service_accounts.first().map(|account| account.email.clone());
        first.and_then(|email| self.credentials_json_of(&email).ok()).unwrap_or_else(|| "{}".to_owned())
    }

    /// The credentials file of the service account with this email, wherever it was made. Waits for its key.
    pub fn credentials_json_of(&self, email: &str) -> Result<String, Unknown> {
        let unknown = || Unknown(email.to_owned());
        let mut state = self.shared.state();
        let id = state.machines.by_email(email).map(|machine| machine.id.clone()).ok_or_else(unknown)?;
        let key = state.machines.file_key(&id).ok_or_else(unknown)?;
        // Making the key can take a second; the server goes on meanwhile.
        drop(state);
        let pem = key.pem();
        state = self.shared.state();
        state.mint.remember_key(&pem);
        let file = state.credentials(&id, &key.id, &pem).ok_or_else(unknown)?;
        Ok(format!("{file:#}\n"))
    }

    /// The line `emulator start` prints when it serves.
    pub fn ready_line(&self, credentials_file: &Path) -> Value {
        json!({"url": self.url, "client_id": self.client_id, "accounts": self.accounts(),
               "credentials_file": credentials_file.to_string_lossy()})
    }

    /// The environment in which a command line talks to this emulator and to nothing else.
    pub fn child_environment(&self, home: &Path, credentials_file: &Path, browser: &str) -> ChildEnvironment {
        ChildEnvironment {
            set: vec![
                (env::DATUM_AUTH_HOSTNAME, self.url.clone().into()),
                (env::DATUM_API_HOSTNAME, self.url.clone().into()),
                (env::DATUM_CLIENT_ID, self.client_id.clone().into()),
                (env::DATUMCTL_HOME, home.into()),
                (env::DATUMCTL_CREDENTIAL_STORE, "file".into()),
                (env::BROWSER, browser.into()),
                ("EMULATOR_URL", self.url.clone().into()),
                ("EMULATOR_CREDENTIALS_FILE", credentials_file.into()),
            ],
            remove: vec![
                env::DATUM_CREDENTIALS_FILE,
                env::DATUM_SESSION,
                env::DATUM_PROJECT,
                env::DATUM_ORGANIZATION,
                env::KUBERNETES_EXEC_INFO,
            ],
        }
    }

    /// Every request so far, without secrets.
    pub fn journal(&self) -> Vec<JournalEntry> {
        self.shared.state().journal.since(0).to_vec()
    }

    /// Waits until the journal satisfies `condition`, at most for `patience`; tells whether it does.
    pub fn wait_for(&self, patience: Duration, condition: impl Fn(&[JournalEntry]) -> bool) -> bool {
        self.shared.wait(patience, condition)
    }

    /// Every token, code, device code and private key handed out so far.
    pub fn minted_secrets(&self) -> Vec<String> {
        self.shared.state().mint.all()
    }

    /// How often a spent refresh token was presented.
    pub fn refresh_reuse_count(&self) -> u64 {
        self.shared.state().ledger.reuse_count()
    }

    /// Adds a fault behind those in force.
    pub fn add_fault(&self, fault: Fault) {
        self.shared.state().faults.add(fault);
    }

    /// Ends all faults.
    pub fn clear_faults(&self) {
        self.shared.state().faults.clear();
    }

    /// Ends every session of a person or service account: all its tokens are dead at once.
    pub fn revoke_sessions(&self, email: &str) -> Result<(), Unknown> {
        self.shared.state().revoke_sessions(email)
    }

    /// Forbids (or allows again) a service account to sign in, as its `spec.state` does, but at once; forbidding kills
    /// its tokens.
    pub fn disable_service_account(&self, email: &str, disabled: bool) -> Result<(), Unknown> {
        self.shared.state().disable_service_account(email, disabled)
    }

    /// Revokes every key of a service account: their ids are unknown from now on, and asking for its credentials gives
    /// a new one. Access tokens live on.
    pub fn revoke_service_account_key(&self, email: &str) -> Result<(), Unknown> {
        self.shared.state().revoke_service_account_key(email)
    }

    /// Life of access tokens issued from now on.
    pub fn set_access_token_ttl(&self, life: Duration) {
        self.shared.state().settings.access_token_ttl = life;
    }

    /// Whether a refresh replaces the refresh token (the default) or leaves it good and answers without one.
    pub fn set_refresh_rotation(&self, rotates: bool) {
        self.shared.state().ledger.set_rotation(rotates);
    }

    /// Signs ID tokens with a new key under a new id from now on.
    pub fn rotate_signing_key(&self) {
        self.shared.state().keys.rotate();
    }

    /// Makes the API and userinfo refuse every access token handed out so far. Refresh tokens live on.
    pub fn expire_access_tokens(&self) {
        self.shared.state().ledger.expire_access_tokens();
    }

    /// Breaks every running watch off, in the middle of its body.
    pub fn drop_watches(&self) {
        self.shared.state().world.store.cut_watches();
    }

    /// Sends a bookmark to every running watch that allows them.
    pub fn send_bookmarks(&self) {
        self.shared.state().world.store.nudge_watches();
    }

    /// Forgets every change so far: a watch or a list that goes on from an earlier version is answered 410.
    pub fn compact_history(&self) {
        self.shared.state().world.store.compact();
    }

    /// Stores an object as it is, status included, past every rule. `project` is empty for what is no project's.
    pub fn put_object(&self, project: &str, object: Value) -> Result<(), Refused> {
        self.shared.state().world.put_directly(project, object)
    }

    /// Removes an object at once; `object` needs `apiVersion`, `kind`, name and namespace.
    pub fn delete_object(&self, project: &str, object: &Value) -> Result<(), Refused> {
        self.shared.state().world.delete_directly(project, object)
    }

    /// Puts `count` objects of a type (`dnszones.dns.networking.miloapis.com`) into a project's `default` namespace.
    pub fn fill_project(&self, project: &str, r#type: &str, count: usize) -> Result<(), Refused> {
        self.fill(&Filling::Objects { project: project.to_owned(), r#type: r#type.to_owned(), count })
    }

    /// Makes so many organizations, each with so many projects, owned by an account of the seed.
    pub fn fill_organizations(&self, organizations: usize, projects: usize, member: &str) -> Result<(), Refused> {
        self.fill(&Filling::Organizations { organizations, projects, member: member.to_owned() })
    }

    fn fill(&self, filling: &Filling) -> Result<(), Refused> {
        let state = &mut *self.shared.state();
        state.world.fill_directly(&state.seed, filling)
    }

    /// Stops serving and waits until the port is free.
    pub async fn shutdown(mut self) {
        self.halt();
    }

    fn halt(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            // A panic of the server thread has printed itself already.
            let _ = thread.join();
        }
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        self.halt();
    }
}

impl std::fmt::Debug for Emulator {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Emulator").field("url", &self.url).finish_non_exhaustive()
    }
}

impl State {
    pub(crate) fn revoke_sessions(&mut self, email: &str) -> Result<(), Unknown> {
        let id = self.id_of(email).ok_or_else(|| Unknown(email.to_owned()))?.to_owned();
        self.ledger.kill_subject(&id);
        Ok(())
    }

    pub(crate) fn disable_service_account(&mut self, email: &str, disabled: bool) -> Result<(), Unknown> {
        let id = self.machine_id(email)?;
        let Some(machine) = self.machines.get_mut(&id) else { return Ok(()) };
        machine.active = !disabled;
        if let Some(project) = machine.project.clone() {
            self.world.set_account_state(&project, &machine.name, !disabled);
        }
        if disabled {
            self.ledger.kill_subject(&id);
        }
        Ok(())
    }

    pub(crate) fn revoke_service_account_key(&mut self, email: &str) -> Result<(), Unknown> {
        let id = self.machine_id(email)?;
        self.machines.get_mut(&id).into_iter().for_each(|machine| machine.keys.clear());
        Ok(())
    }

    fn machine_id(&self, email: &str) -> Result<String, Unknown> {
        let machine = self.machines.by_email(email).ok_or_else(|| Unknown(email.to_owned()))?;
        Ok(machine.id.clone())
    }

    /// The credentials file of a machine with one of its keys.
    pub(crate) fn credentials(&self, id: &str, key: &str, pem: &Secret) -> Option<Value> {
        let machine = self.machines.get(id)?;
        let audience = format!("urn:zitadel:iam:org:project:id:{}:aud", self.seed.client.project_id);
        Some(json!({"type": self.machines.generation.credentials_type(), "client_id": machine.id,
            "private_key_id": key, "private_key": pem.expose(), "client_email": machine.email,
            "scope": format!("openid profile email offline_access {audience}")}))
    }
}

/// Listens on 127.0.0.1, or on [::1] where there is no IPv4.
fn listen(port: u16) -> Result<(TcpListener, SocketAddr), StartError> {
    let failed = |source| StartError::Listen { port, source };
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))
        .or_else(|error| match error.kind() {
            std::io::ErrorKind::AddrInUse | std::io::ErrorKind::PermissionDenied => Err(error),
            _ => TcpListener::bind((Ipv6Addr::LOCALHOST, port)),
        })
        .map_err(failed)?;
    listener.set_nonblocking(true).map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    Ok((listener, address))
}
