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
mod tests;
