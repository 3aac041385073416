//! What is remembered of one signed-in identity.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::secret::Secret;

/// One identity's stored credential (the value of its entry in a store).
#[derive(Clone, Debug)]
pub(crate) struct Credential {
    /// Host of the identity server, e.g. `auth.datum.net`; empty in very old entries.
    pub(crate) hostname: String,
    /// Host of the API, e.g. `api.datum.net`.
    pub(crate) api_hostname: String,
    /// OAuth client id; for a service account its own client id.
    pub(crate) client_id: String,
    /// Authorization endpoint from discovery; empty for service accounts.
    pub(crate) endpoint_auth_url: String,
    /// Token endpoint from discovery.
    pub(crate) endpoint_token_url: String,
    /// Scopes that were asked for; `None` for service accounts.
    pub(crate) scopes: Option<Vec<String>>,
    /// The current tokens.
    pub(crate) token: Token,
    /// Display name; for a service account its email or client id.
    pub(crate) user_name: String,
    /// Email; may be empty for a service account.
    pub(crate) user_email: String,
    /// `sub` claim; for a service account its client id.
    pub(crate) subject: String,
    /// Person or machine.
    pub(crate) kind: Kind,
    /// Counts the writes of this session, so that of two copies the newer is known; 0 when another tool wrote it.
    pub(crate) generation: u64,
    /// Fields that we do not know and keep.
    pub(crate) extra: Extra,
}

impl Credential {
    /// Whether it is a machine's.
    pub(crate) fn is_service_account(&self) -> bool {
        matches!(self.kind, Kind::ServiceAccount(_))
    }
}

/// Who signs in.
#[derive(Clone, Debug)]
pub(crate) enum Kind {
    /// A person, with a refresh token.
    Interactive,
    /// A machine, with a private key.
    ServiceAccount(Box<ServiceAccount>),
}

/// What a service account needs to ask for its next token.
#[derive(Clone, Debug, Default)]
pub(crate) struct ServiceAccount {
    /// Email; may be empty.
    pub(crate) client_email: String,
    /// Issuer and subject of its assertions.
    pub(crate) client_id: String,
    /// `kid` of its assertions.
    pub(crate) private_key_id: String,
    /// The PEM key itself; only old entries hold it here.
    pub(crate) private_key: Option<Secret>,
    /// Token endpoint.
    pub(crate) token_uri: String,
    /// Scopes to ask for, separated by spaces.
    pub(crate) scope: Option<String>,
    /// Absolute path of the key file.
    pub(crate) private_key_path: Option<String>,
    /// Fields that we do not know and keep.
    pub(crate) extra: Extra,
}

/// The tokens of one answer of the token endpoint.
#[derive(Clone, Debug)]
pub(crate) struct Token {
    /// What the API accepts.
    pub(crate) access_token: Secret,
    /// Normally `Bearer`; may be empty.
    pub(crate) token_type: String,
    /// What the next access token costs.
    pub(crate) refresh_token: Option<Secret>,
    /// When the access token expires; `None` is never.
    pub(crate) expiry: Option<Timestamp>,
    /// The lifetime in seconds that the server announced; informative, but bounds what an expiry can be.
    pub(crate) expires_in: Option<i64>,
    /// Fields that we do not know and keep.
    pub(crate) extra: Extra,
    /// `expiry` as it was read, whose offset would be lost otherwise.
    pub(super) expiry_text: Option<String>,
}

impl Token {
    /// A token just issued; an empty `refresh_token` counts as none.
    pub(crate) fn new(access_token: Secret, token_type: String, refresh_token: Option<Secret>) -> Self {
        Self {
            access_token,
            token_type,
            refresh_token: refresh_token.filter(|token| !token.expose().is_empty()),
            expiry: None,
            expires_in: None,
            extra: Extra::default(),
            expiry_text: None,
        }
    }

    /// Whether the access token can be used at `now` for at least `min_ttl`.
    pub(crate) fn freshness(&self, now: Timestamp, min_ttl: Duration) -> Freshness {
        if self.access_token.expose().is_empty() {
            return Freshness::Expired;
        }
        let Some(expiry) = self.expiry else { return Freshness::Unending };
        let left = expiry.duration_since(now);
        match SignedDuration::try_from(min_ttl) {
            _ if left <= SignedDuration::ZERO => Freshness::Expired,
            _ if left > self.longest_life() => Freshness::Suspect,
            Ok(wanted) if left > wanted => Freshness::Fresh,
            _ => Freshness::Expiring,
        }
    }

    /// No token of ours has longer to live than this; a minute is allowed for clocks that are being adjusted.
    fn longest_life(&self) -> SignedDuration {
        match self.expires_in {
            Some(seconds) if seconds > 0 => SignedDuration::from_secs(seconds.saturating_add(60)),
            _ => SignedDuration::from_hours(30 * 24),
        }
    }
}

/// How long an access token can still be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Freshness {
    /// Not at all.
    Expired,
    /// Still valid, but for less than was asked.
    Expiring,
    /// For longer than was asked.
    Fresh,
    /// Its expiry is further away than any token lives: the clock was set back. It may have expired.
    Suspect,
    /// It names no expiry.
    Unending,
}

/// Unknown JSON fields, kept in their order; not printed, for they may be anything.
#[derive(Clone, Default, PartialEq)]
pub(crate) struct Extra(pub(super) serde_json::Map<String, serde_json::Value>);

impl Extra {
    /// A single field of ours that the original skips.
    pub(crate) fn with_integer(name: &str, value: i64) -> Self {
        Self(std::iter::once((name.to_owned(), value.into())).collect())
    }

    /// A field's value, if it is an integer.
    pub(crate) fn integer(&self, name: &str) -> Option<i64> {
        self.0.get(name)?.as_i64()
    }
}

impl std::fmt::Debug for Extra {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "[{} fields]", self.0.len())
    }
}

#[cfg(test)]
mod tests;
