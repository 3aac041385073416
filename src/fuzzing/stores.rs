//! The credentials of every session in one file.

use serde_json::{Map, Value};

use super::text;
use crate::session::fuzzing::{OURS, both_ways, changed, entries, renewed};

const NEW: &str = "fuzz@example.com@auth.example";
/// The members of a credential that we know, at its three levels.
const KNOWN: [(&str, &[&str]); 3] = [
    (
        "",
        &[
            "hostname",
            "api_hostname",
            "client_id",
            "endpoint_auth_url",
            "endpoint_token_url",
            "scopes",
            "token",
            "user_name",
            "user_email",
            "subject",
            "credential_type",
            "service_account",
            "machine_account",
            "generation",
        ],
    ),
    ("token", &["access_token", "token_type", "refresh_token", "expiry", "expires_in"]),
    (
        "service_account",
        &["client_email", "client_id", "private_key_id", "private_key", "token_uri", "scope", "private_key_path"],
    ),
];

/// `data` is a `credentials.json`, or one stored credential.
///
/// After one entry is set, every other value of the file is what it was; a credential with a new token keeps what we
/// do not know of it; the short way to a token never finds another one than the ordinary way.
pub fn credentials_json(data: &[u8]) -> bool {
    let Some(entries) = entries(data) else { return text(data).is_some_and(renews) };
    let before = value(data.strip_prefix(b"\xef\xbb\xbf").unwrap_or(data));
    let set = changed(data, NEW, Some("<new>")).expect("it was read");
    let mut after = value(set.as_bytes());
    let ours = after[OURS].as_object_mut().expect("our entries");
    assert_eq!(ours.remove(NEW), Some("<new>".into()));
    if ours.is_empty() && before.get(OURS).is_none() {
        after.as_object_mut().expect("an object").remove(OURS);
    }
    let mut expected = before.clone();
    if let Some(ours) = expected.get_mut(OURS).and_then(Value::as_object_mut) {
        ours.remove(NEW);
    }
    assert_eq!(after, expected, "another entry changed");
    let removed = value(changed(set.as_bytes(), NEW, None).expect("we wrote it").as_bytes());
    assert_eq!(removed.as_object().map(Map::len), Some(count(&expected)), "set and taken out again");
    for (name, text) in &entries {
        let (short, ordinary) = both_ways(data, name, text);
        // The short way does not look at the rest of a credential, so it may be damaged there.
        assert!(
            short.is_none() || ordinary.is_none() || short == ordinary,
            "the short way finds another token of {name}"
        );
        renews(text);
    }
    true
}

/// The services that are left when ours goes with its last entry.
fn count(document: &Value) -> usize {
    let services = document.as_object().expect("an object").iter();
    services.filter(|(name, entries)| *name != OURS || entries.as_object().is_some_and(|ours| !ours.is_empty())).count()
}

fn renews(credential: &str) -> bool {
    let Some(after) = renewed(credential, "next") else { return false };
    assert_eq!(renewed(&after, "next").as_ref(), Some(&after), "written twice is written once");
    let (before, after) = (value(credential.as_bytes()), value(after.as_bytes()));
    assert_eq!(after["token"]["access_token"], "next");
    for (level, known) in KNOWN {
        let (old, new) = (members(&before, level), members(&after, level));
        if level == "service_account" && new.is_none() {
            continue;
        }
        for (name, value) in old.into_iter().flatten().filter(|(name, _)| !known.contains(&name.as_str())) {
            assert_eq!(new.and_then(|new| new.get(name)), Some(value), "{level}.{name} is lost");
        }
    }
    for field in ["hostname", "client_id", "subject", "user_email"] {
        assert_eq!(before[field].as_str().unwrap_or_default(), after[field], "{field}");
    }
    assert_eq!(before["token"]["refresh_token"].as_str(), after["token"]["refresh_token"].as_str());
    true
}

fn members<'a>(credential: &'a Value, level: &str) -> Option<&'a Map<String, Value>> {
    if level.is_empty() { credential.as_object() } else { credential.get(level)?.as_object() }
}

fn value(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).expect("JSON")
}
