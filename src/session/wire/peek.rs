//! One token out of a stored text, and nothing else: what the short way to a valid token reads.
//!
//! It builds no tree and keeps no other account's secrets in memory. It is deliberately blunt: anything unusual is
//! `None`, and the ordinary reader decides what that means.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};

use super::NEVER;
use crate::secret::Secret;
use crate::session::credential::Token;
use crate::session::store::SERVICE;

/// The token of `entry` in the bytes of `credentials.json`; without its refresh token.
pub(in crate::session) fn token_in_file(bytes: &[u8], entry: &str) -> Option<Token> {
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let value: Member<'_, Member<'_, Text>> = Member { name: SERVICE, inner: Member { name: entry, inner: Text } };
    let text = value.deserialize(&mut json).ok()??;
    json.end().ok()?;
    token(&text?)
}

/// The token of a stored credential; without its refresh token.
pub(in crate::session) fn token(text: &Secret) -> Option<Token> {
    let stored: Stored<'_> = serde_json::from_str(text.expose()).ok()?;
    let Tokens { access_token, token_type, expiry, expires_in } = stored.token;
    let mut token = Token::new(Secret::new(access_token.into_owned()), token_type.into_owned(), None);
    token.expiry = match expiry.as_ref() {
        NEVER => None,
        time => Some(time.parse().ok()?),
    };
    token.expires_in = expires_in;
    Some(token)
}

#[derive(Deserialize)]
struct Stored<'a> {
    #[serde(borrow)]
    token: Tokens<'a>,
}

#[derive(Deserialize)]
struct Tokens<'a> {
    #[serde(borrow)]
    access_token: Cow<'a, str>,
    #[serde(borrow)]
    token_type: Cow<'a, str>,
    #[serde(borrow)]
    expiry: Cow<'a, str>,
    expires_in: Option<i64>,
}

#[derive(Deserialize)]
struct Key<'a>(#[serde(borrow)] Cow<'a, str>);

/// A text, taken into custody.
#[derive(Clone, Copy)]
struct Text;

impl<'de> DeserializeSeed<'de> for Text {
    type Value = Secret;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Secret, D::Error> {
        Secret::deserialize(deserializer)
    }
}

/// The member `name` of an object, read by `inner`; all others are skipped. The last one of that name counts.
#[derive(Clone, Copy)]
struct Member<'k, S> {
    name: &'k str,
    inner: S,
}

impl<'de, S: DeserializeSeed<'de> + Copy> DeserializeSeed<'de> for Member<'_, S> {
    type Value = Option<S::Value>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(Members { member: self, lifetime: PhantomData })
    }
}

struct Members<'k, 'de, S> {
    member: Member<'k, S>,
    lifetime: PhantomData<&'de ()>,
}

impl<'de, S: DeserializeSeed<'de> + Copy> Visitor<'de> for Members<'_, 'de, S> {
    type Value = Option<S::Value>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut found = None;
        while let Some(Key(name)) = map.next_key()? {
            if name == self.member.name {
                found = Some(map.next_value_seed(self.member.inner)?);
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::{token, token_in_file};
    use crate::secret::Secret;
    use crate::session::wire;

    const FILE: &str = include_str!("../../../tests/fixtures/original-home/credentials.json");
    const ADA: &str = "ada@example.com@auth.datum.net";

    fn text(entry: &str) -> Secret {
        let document = wire::Document::parse(FILE.as_bytes()).expect("the fixture");
        match document.entry(entry) {
            Some(wire::Slot::Text(text)) => text.clone(),
            _ => panic!("{entry} is not in the fixture"),
        }
    }

    #[test]
    fn it_reads_what_the_ordinary_reader_reads() {
        for entry in [ADA, "ci@web-x1.iam.datum.net@auth.staging.env.datum.net"] {
            let whole = wire::parse(&text(entry)).expect("the fixture").token;
            for peeked in [token_in_file(FILE.as_bytes(), entry), token(&text(entry))] {
                let peeked = peeked.expect("a token");
                assert_eq!(peeked.access_token, whole.access_token);
                assert_eq!((peeked.token_type, peeked.expiry), (whole.token_type.clone(), whole.expiry));
                assert_eq!(peeked.expires_in, whole.expires_in);
            }
        }
    }

    #[test]
    fn whatever_is_unusual_is_left_to_the_ordinary_reader() {
        assert!(token_in_file(FILE.as_bytes(), "nobody").is_none());
        for broken in [&FILE[..FILE.len() - 1], &format!("{FILE}x"), "{}", "[]", "", r#"{"datumctl-auth":{"a":7}}"#] {
            assert!(token_in_file(broken.as_bytes(), ADA).is_none(), "{broken}");
        }
        for broken in ["{}", r#"{"token":{}}"#, r#"{"token":{"access_token":"a","token_type":"","expiry":"soon"}}"#] {
            assert!(token(&Secret::new(broken.to_owned())).is_none(), "{broken}");
        }
    }
}
