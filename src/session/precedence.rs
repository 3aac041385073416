//! Which of two copies of a session counts.
//!
//! The higher generation does. The original drops that number when it writes; then the later expiry does.

use std::cmp::Ordering;

use super::credential::{Credential, Token};

/// How one copy relates to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Precedence {
    /// It is newer.
    Newer,
    /// It is older.
    Older,
    /// Both hold the same tokens.
    Same,
    /// They hold different tokens and nothing tells which is newer.
    Unknown,
}

/// How `one` relates to `other`.
pub(super) fn compare(one: &Credential, other: &Credential) -> Precedence {
    let by_generation = match (one.generation, other.generation) {
        (0, _) | (_, 0) => Ordering::Equal,
        (one, other) => one.cmp(&other),
    };
    let known = one.generation > 0 && one.generation == other.generation;
    match by_generation {
        Ordering::Greater => Precedence::Newer,
        Ordering::Less => Precedence::Older,
        Ordering::Equal if has_same_tokens(&one.token, &other.token) => Precedence::Same,
        Ordering::Equal if known => Precedence::Unknown,
        Ordering::Equal => match by_expiry(&one.token, &other.token) {
            Ordering::Greater => Precedence::Newer,
            Ordering::Less => Precedence::Older,
            Ordering::Equal => Precedence::Unknown,
        },
    }
}

/// Whether `current` was written after `base` was read.
pub(super) fn is_newer(current: &Credential, base: &Credential) -> bool {
    compare(current, base) == Precedence::Newer
}

/// Orders by expiry; a token that never expires comes last.
pub(super) fn by_expiry(one: &Token, other: &Token) -> Ordering {
    (one.expiry.is_none(), one.expiry).cmp(&(other.expiry.is_none(), other.expiry))
}

fn has_same_tokens(one: &Token, other: &Token) -> bool {
    one.access_token == other.access_token && one.refresh_token == other.refresh_token
}

#[cfg(test)]
mod tests {
    use super::{Precedence, compare};
    use crate::secret::Secret;
    use crate::session::credential::Credential;
    use crate::session::wire;

    fn copy(generation: u64, token: &str, expiry: &str) -> Credential {
        let text = format!(r#"{{"token":{{"access_token":"{token}","expiry":"{expiry}"}},"generation":{generation}}}"#);
        wire::parse(&Secret::new(text)).unwrap()
    }

    const EARLY: &str = "2026-01-01T00:00:00Z";
    const LATE: &str = "2026-06-01T00:00:00Z";
    const NEVER: &str = "0001-01-01T00:00:00Z";

    #[test]
    fn the_higher_generation_wins_whatever_the_expiry_says() {
        // KRG-12
        assert_eq!(compare(&copy(3, "a", EARLY), &copy(2, "b", LATE)), Precedence::Newer);
        assert_eq!(compare(&copy(2, "b", LATE), &copy(3, "a", EARLY)), Precedence::Older);
    }

    #[test]
    fn without_a_generation_the_later_expiry_wins() {
        // KRG-14
        assert_eq!(compare(&copy(0, "a", LATE), &copy(7, "b", EARLY)), Precedence::Newer);
        assert_eq!(compare(&copy(0, "a", EARLY), &copy(0, "b", LATE)), Precedence::Older);
        assert_eq!(compare(&copy(0, "a", NEVER), &copy(0, "b", LATE)), Precedence::Newer);
    }

    #[test]
    fn the_same_tokens_are_the_same_copy_and_different_ones_of_one_generation_are_undecided() {
        // KRG-13
        assert_eq!(compare(&copy(2, "a", EARLY), &copy(2, "a", LATE)), Precedence::Same);
        assert_eq!(compare(&copy(2, "a", EARLY), &copy(2, "b", LATE)), Precedence::Unknown);
        assert_eq!(compare(&copy(0, "a", EARLY), &copy(0, "b", EARLY)), Precedence::Unknown);
    }
}
