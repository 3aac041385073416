//! Servers and wires at their worst, swept case by case: answers cut at every byte, wires that lie about where an
//! answer ends, redirects to everywhere.
//!
//! A sweep runs many small cases at once, each in surroundings that one worker keeps to itself.

pub mod cuts;
mod redirects;
mod toxic;

use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

use jsonwebtoken::Algorithm;
use serde_json::json;

use crate::login::Ambush;
use crate::support::Answer;
use crate::support::hostile::keys;

/// The path at which the hostile provider lists a person's organizations.
const MEMBERSHIPS: &str = "/apis/iam.miloapis.com/v1alpha1/users/person-1/control-plane/apis/\
                           resourcemanager.miloapis.com/v1alpha1/organizationmemberships";

/// Runs `case` for every number below `count`, at most `workers` at once.
///
/// Most cases wait for something, so there are more workers than processors; how many is the caller's to say.
pub fn sweep<S>(count: usize, workers: usize, stage: impl Fn() -> S + Sync, case: impl Fn(&S, usize) + Sync) {
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..workers.min(count) {
            scope.spawn(|| {
                let surroundings = stage();
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= count {
                        return;
                    }
                    case(&surroundings, number);
                }
            });
        }
    });
}

impl Ambush {
    /// Forgets every misdeed, and mints ID tokens as short as they may be.
    pub fn terse(&self) {
        self.provider.behave();
        self.provider.id_token(|draft| {
            draft.sign_with(Algorithm::EdDSA);
            draft.claims["email"] = json!("m@x.io");
            draft.claims.as_object_mut().expect("claims").remove("name");
        });
        self.provider.jwks(json!({"keys": [keys::all_jwks().pop()]}));
    }

    /// Mallory is signed in, with a token that is good for nothing but a refresh.
    pub fn signed_in() -> Self {
        let ambush = Self::new();
        ambush.terse();
        ambush.provider.token_answer(|answer| answer["expires_in"] = json!(0));
        let _ = ambush.login().success();
        ambush
    }
}

/// How many bytes the answer to `path` has when `run` asks for it; counters in it may make it a little longer later.
pub fn length_of(ambush: &Ambush, path: &str, run: impl Fn(&Ambush)) -> usize {
    let length = std::sync::Arc::new(AtomicUsize::new(0));
    let seen = std::sync::Arc::clone(&length);
    ambush.provider.damage(path, move |bytes, _| {
        seen.store(bytes.len(), Ordering::Relaxed);
        Answer::Bytes(bytes)
    });
    run(ambush);
    length.load(Ordering::Relaxed)
}

/// The first `at` bytes of an answer and never the last one, then the end or, every other time, a reset.
pub fn cut(mut bytes: Vec<u8>, at: usize) -> Answer {
    bytes.truncate(at.min(bytes.len() - 1));
    if at.is_multiple_of(2) { Answer::Bytes(bytes) } else { Answer::BytesThenReset(bytes) }
}

/// The files that are new, gone or other than before, but for the locks, which say who held them last.
pub fn changed(before: &[(PathBuf, Vec<u8>)], now: &[(PathBuf, Vec<u8>)]) -> Vec<PathBuf> {
    let differs = |one: &[(PathBuf, Vec<u8>)], other: &[(PathBuf, Vec<u8>)]| -> Vec<PathBuf> {
        one.iter().filter(|file| !other.contains(file)).map(|(path, _)| path.clone()).collect()
    };
    let mut changed = [differs(before, now), differs(now, before)].concat();
    changed.retain(|path| path.extension().is_none_or(|extension| extension != "lock"));
    changed.sort();
    changed.dedup();
    changed
}
