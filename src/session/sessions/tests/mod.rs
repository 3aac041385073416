//! Both stores together: a real file store in a temporary home, and a keyring in memory that can be told to refuse.
//! The real keyring has its own tests; here it is the rules between the two that count.

mod damage;
mod migration;
mod recovery;
mod two_stores;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::{Committed, Sessions};
use crate::secret::Secret;
use crate::session::credential::{Credential, Token};
use crate::session::error::{Error, Notice};
use crate::session::home::{Held, Home};
use crate::session::keyring;
use crate::session::store::{Change, Store, StoreChoice, StoreKind};
use crate::session::wire;

/// The user key of the session under test.
const ADA: &str = "ada@example.com@auth.datum.net";
/// Another one.
const BOB: &str = "bob@example.com@auth.datum.net";

/// What the keyring in memory holds and how it behaves; shared by several [`Sessions`] as by several processes.
#[derive(Clone, Default)]
struct Ring(Arc<Mutex<RingState>>);

#[derive(Default)]
struct RingState {
    entries: BTreeMap<String, Secret>,
    refusal: Option<keyring::Error>,
    refuses_writes: bool,
    forgets: bool,
}

impl Ring {
    fn absent() -> Self {
        let ring = Self::default();
        ring.refuse(keyring::Error::Absent { reason: "none here".to_owned() });
        ring
    }

    fn refuse(&self, refusal: impl Into<Option<keyring::Error>>) {
        self.0.lock().unwrap().refusal = refusal.into();
    }

    fn refuse_writes(&self, refuses: bool) {
        self.0.lock().unwrap().refuses_writes = refuses;
    }

    fn put(&self, entry: &str, text: &str) {
        self.0.lock().unwrap().entries.insert(entry.to_owned(), Secret::new(text.to_owned()));
    }

    fn text(&self, entry: &str) -> Option<String> {
        self.0.lock().unwrap().entries.get(entry).map(|text| text.expose().clone())
    }

    fn credential(&self, entry: &str) -> Option<Credential> {
        self.text(entry).map(|text| wire::parse(&Secret::new(text)).unwrap())
    }
}

impl Store for Ring {
    fn read(&self, entry: &str) -> Result<Option<Secret>, Error> {
        let state = self.0.lock().unwrap();
        match &state.refusal {
            Some(refusal) => Err(refusal.clone().into()),
            None => Ok(state.entries.get(entry).cloned()),
        }
    }

    fn apply(&self, changes: &[Change<'_>], _held: &Held) -> Result<(), Error> {
        let mut state = self.0.lock().unwrap();
        if let Some(refusal) = &state.refusal {
            return Err(refusal.clone().into());
        }
        if state.refuses_writes {
            return Err(keyring::Error::Other { reason: "no writes today".to_owned() }.into());
        }
        for change in changes {
            match change.value {
                Some(_) if state.forgets => {}
                Some(value) => drop(state.entries.insert(change.entry.to_owned(), value.clone())),
                None => drop(state.entries.remove(change.entry)),
            }
        }
        Ok(())
    }
}

/// A home in a temporary directory and its keyring.
struct World {
    directory: tempfile::TempDir,
    ring: Ring,
}

impl World {
    fn new(ring: Ring) -> Self {
        Self { directory: crate::sys::files::temporary_home(), ring }
    }

    fn home(&self) -> Home {
        Home::own(self.directory.path().join("home"))
    }

    /// A fresh look at the home, as of a new process.
    fn sessions(&self) -> Sessions {
        self.sessions_in(StoreChoice::Auto)
    }

    fn sessions_in(&self, choice: StoreChoice) -> Sessions {
        Sessions::with_keyring(self.home(), choice, Box::new(self.ring.clone()))
    }

    fn file_text(&self) -> Option<String> {
        std::fs::read_to_string(self.home().credentials()).ok()
    }

    fn put_file(&self, content: impl AsRef<[u8]>) {
        crate::sys::files::create_private_directory(self.home().root()).unwrap();
        crate::sys::files::write(&self.home().credentials(), content.as_ref()).unwrap();
    }

    /// Puts sessions into the file as the original would.
    fn put_file_entries(&self, entries: &[(&str, &str)]) {
        let entries: BTreeMap<_, _> = entries.iter().copied().collect();
        self.put_file(serde_json::to_string(&BTreeMap::from([("datumctl-auth", entries)])).unwrap());
    }

    fn token(&self, key: &str) -> Option<String> {
        self.sessions().load(key).unwrap().map(|stored| stored.credential.token.access_token.expose().clone())
    }

    /// The names of everything in the home but locks.
    fn leftovers(&self) -> Vec<String> {
        let mut names: Vec<_> = std::fs::read_dir(self.home().root())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name != "locks")
            .collect();
        names.sort();
        names
    }
}

fn credential(access_token: &str) -> Credential {
    wire::parse(&Secret::new(text(access_token, 0, "2026-07-16T00:00:00Z"))).unwrap()
}

/// The stored text of a session; generation 0 writes none, like the original.
fn text(access_token: &str, generation: u64, expiry: &str) -> String {
    let generation = if generation == 0 { String::new() } else { format!(r#","generation":{generation}"#) };
    format!(
        r#"{{"hostname":"auth.datum.net","api_hostname":"api.datum.net","client_id":"c","endpoint_auth_url":"https://auth.datum.net/a","endpoint_token_url":"https://auth.datum.net/t","scopes":["openid"],"token":{{"access_token":"{access_token}","token_type":"Bearer","refresh_token":"R-{access_token}","expiry":"{expiry}"}},"user_name":"Ada","user_email":"ada@example.com","subject":"331"{generation}}}"#
    )
}

fn refreshed(credential: &Credential, access_token: &str) -> Credential {
    let refresh_token = Secret::new(format!("R-{access_token}"));
    let mut token = Token::new(Secret::new(access_token.to_owned()), "Bearer".to_owned(), Some(refresh_token));
    token.expiry = Some("2026-07-17T00:00:00Z".parse().unwrap());
    Credential { token, ..credential.clone() }
}

const PATIENT: Duration = Duration::from_secs(20);

#[test]
fn a_saved_session_is_found_again_with_its_key_among_the_known() {
    let world = World::new(Ring::absent());
    let saved = world.sessions().save(ADA, &credential("a1")).unwrap();
    assert_eq!((saved.store, saved.generation), (StoreKind::File, 1));
    assert_eq!(world.sessions().save(ADA, &credential("a2")).unwrap().generation, 2);
    world.sessions().save(BOB, &credential("b1")).unwrap();
    assert_eq!(world.token(ADA).unwrap(), "a2");
    assert_eq!(world.sessions().known_users().unwrap(), [ADA, BOB]);
    assert_eq!(world.leftovers(), ["credentials.json"]);
}

#[test]
fn a_machine_without_a_keyring_uses_a_private_file_and_says_so() {
    // KRG-01, STO-01
    let world = World::new(Ring::absent());
    let sessions = world.sessions();
    sessions.save(ADA, &credential("a1")).unwrap();
    assert!(matches!(sessions.take_notices()[..], [Notice::KeptInFile { .. }]));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = |path: &std::path::Path| path.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&world.home().credentials()), mode(world.home().root())), (0o600, 0o700));
    }
}

#[test]
fn the_file_of_the_original_is_used_as_it_is_and_its_unknown_parts_survive() {
    // STO-35
    let world = World::new(Ring::absent());
    let ada = text("a1", 0, "2026-07-16T00:00:00Z").replace(r#""subject""#, r#""theme":"dark","subject""#);
    world.put_file_entries(&[(ADA, &ada), ("active_user", ADA), ("known_users", &format!("[\"{ADA}\"]"))]);
    assert_eq!(world.token(ADA).unwrap(), "a1");
    assert_eq!(world.sessions().active_user().unwrap().unwrap(), ADA);
    let stored = world.sessions().load(ADA).unwrap().unwrap();
    world.sessions().save(ADA, &refreshed(&stored.credential, "a2")).unwrap();
    let file = world.file_text().unwrap();
    assert!(file.contains(r#"\"theme\":\"dark\""#) && file.contains(r#""active_user""#) && file.contains("a2"));
}

#[test]
fn fifty_logins_at_once_lose_nobody() {
    // STO-32
    let world = World::new(Ring::absent());
    std::thread::scope(|scope| {
        for number in 0..50 {
            let world = &world;
            scope.spawn(move || world.sessions().save(&format!("u{number}@auth"), &credential("t")).unwrap());
        }
    });
    assert_eq!(world.sessions().known_users().unwrap().len(), 50);
    assert_eq!(world.sessions().keys().unwrap().len(), 50);
    assert!((0..50).all(|number| world.token(&format!("u{number}@auth")).is_some()));
}

#[test]
fn the_active_user_is_remembered_and_forgotten_with_its_session() {
    let world = World::new(Ring::absent());
    world.sessions().save(ADA, &credential("a1")).unwrap();
    world.sessions().save(BOB, &credential("b1")).unwrap();
    world.sessions().set_active_user(ADA).unwrap();
    world.sessions().remove(ADA).unwrap();
    assert_eq!(world.sessions().active_user().unwrap(), None);
    assert_eq!(world.sessions().known_users().unwrap(), [BOB]);
    assert_eq!((world.token(ADA), world.token(BOB).unwrap().as_str()), (None, "b1"));
}

#[test]
fn removing_the_last_session_removes_the_file_that_would_bind_the_original_to_it() {
    let world = World::new(Ring::absent());
    world.sessions().save(ADA, &credential("a1")).unwrap();
    world.sessions().set_active_user(ADA).unwrap();
    world.sessions().remove(ADA).unwrap();
    assert_eq!(world.file_text(), None);
    world.sessions().remove(ADA).unwrap();
}

#[test]
fn removing_a_session_takes_copies_under_older_keys_along() {
    // LGO-01
    let world = World::new(Ring::default());
    for key in [ADA, "ada@example.com", "331@auth.datum.net"] {
        world.ring.put(key, &text("a1", 0, "2026-07-16T00:00:00Z"));
    }
    world.ring.put("known_users", &format!("[\"331@auth.datum.net\",\"{ADA}\"]"));
    world.sessions().remove(ADA).unwrap();
    assert!(world.ring.0.lock().unwrap().entries.is_empty());
}

#[test]
fn tokens_that_belong_to_no_session_are_kept_apart() {
    let world = World::new(Ring::absent());
    let key = Sessions::cache_key("/etc/ci.json 6f1f0e5e");
    world.sessions().save(&key, &credential("c1")).unwrap();
    assert_eq!(world.token(&key).unwrap(), "c1");
    assert!(world.sessions().keys().unwrap().is_empty());
    world.sessions().remove(&key).unwrap();
    assert_eq!(world.file_text(), None);
}

#[test]
fn odd_identities_make_distinct_safe_file_names() {
    // STO-38, LGO-09
    let home = Home::own("/h".into());
    let long = "x".repeat(300);
    let names = ["a/b\\c:*?\"\n\u{1b}@h", "A@h", "a@h", "\u{e9}@h", "e\u{301}@h", &long];
    let paths: std::collections::HashSet<_> = names.iter().map(|name| home.refresh_lock(name)).collect();
    assert_eq!(paths.len(), names.len());
    assert!(paths.iter().all(|path| path.parent().unwrap() == std::path::Path::new("/h/locks")));
}
