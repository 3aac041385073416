//! Which codes, tokens and token families live.
//!
//! A family is everything that grew from one sign-in. Presenting a spent refresh token or code kills the family.

use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

use jiff::Timestamp;

use crate::emulator::state::Mint;
use crate::sys::clock;

/// What somebody agreed to.
#[derive(Clone)]
pub(crate) struct Grant {
    pub(crate) subject: String,
    pub(crate) client_id: String,
    pub(crate) scopes: Vec<String>,
    pub(crate) auth_time: Timestamp,
    pub(crate) nonce: Option<String>,
    /// Whether its access tokens are meant for the API.
    pub(crate) for_api: bool,
}

impl Grant {
    pub(crate) fn has(&self, scope: &str) -> bool {
        self.scopes.iter().any(|one| one == scope)
    }
}

/// A live access token.
pub(crate) struct Access {
    pub(crate) grant: Grant,
    pub(crate) expires_at: Timestamp,
    family: Option<usize>,
}

/// An authorization code and what redeeming it must match.
pub(crate) struct Code {
    pub(crate) grant: Grant,
    pub(crate) redirect_uri: String,
    pub(crate) challenge: String,
    pub(crate) issued: Instant,
    pub(crate) spent: bool,
    pub(crate) family: Option<usize>,
}

struct Family {
    grant: Grant,
    dead: bool,
}

struct Refresh {
    family: usize,
    spent: bool,
}

/// What a token answer hands out.
pub(crate) struct Issued {
    pub(crate) access: String,
    pub(crate) refresh: Option<String>,
    pub(crate) grant: Grant,
    pub(crate) family: Option<usize>,
}

/// Why a refresh token was refused.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum RefreshError {
    Unknown,
    /// It belongs to another client.
    Foreign,
    /// It was used before; its family is dead now.
    Reused,
    /// Its session was ended.
    Ended,
}

#[derive(Default)]
pub(crate) struct Ledger {
    codes: HashMap<String, Code>,
    families: Vec<Family>,
    access: HashMap<String, Access>,
    refresh: HashMap<String, Refresh>,
    assertions: HashSet<(String, String)>,
    reuse_count: u64,
    /// Whether refresh tokens may be used again, as some providers let them.
    keeps_refresh_tokens: bool,
}

impl Ledger {
    pub(crate) fn store_code(&mut self, code: String, details: Code) {
        self.codes.insert(code, details);
    }

    pub(crate) fn code(&mut self, code: &str) -> Option<&mut Code> {
        self.codes.get_mut(code)
    }

    /// Remembers an assertion's `jti`; `false` when it was seen before.
    pub(crate) fn first_use(&mut self, client_id: &str, jti: &str) -> bool {
        self.assertions.insert((client_id.to_owned(), jti.to_owned()))
    }

    /// An access token, and with `offline_access` a refresh token that starts a family.
    pub(crate) fn open(&mut self, mint: &mut Mint, grant: Grant, life: Duration) -> Issued {
        let family = self.families.len();
        self.families.push(Family { grant: grant.clone(), dead: false });
        self.issue(mint, grant, life, family)
    }

    /// An access token that belongs to no family and cannot be refreshed.
    pub(crate) fn open_single(&mut self, mint: &mut Mint, grant: Grant, life: Duration) -> Issued {
        let access = self.issue_access(mint, &grant, life, None);
        Issued { access, refresh: None, grant, family: None }
    }

    /// Spends `token`, kills the family's access tokens and issues the next pair.
    pub(crate) fn rotate(
        &mut self,
        mint: &mut Mint,
        token: &str,
        client_id: &str,
        life: Duration,
    ) -> Result<Issued, (RefreshError, Option<String>)> {
        let refresh = self.refresh.get_mut(token).ok_or((RefreshError::Unknown, None))?;
        let number = refresh.family;
        let family = &mut self.families[number];
        let subject = Some(family.grant.subject.clone());
        if family.grant.client_id != client_id {
            return Err((RefreshError::Foreign, subject));
        }
        if refresh.spent {
            self.reuse_count += 1;
            self.kill_family(number);
            return Err((RefreshError::Reused, subject));
        }
        if family.dead {
            return Err((RefreshError::Ended, subject));
        }
        refresh.spent = !self.keeps_refresh_tokens;
        let grant = family.grant.clone();
        self.access.retain(|_, access| access.family != Some(number));
        if self.keeps_refresh_tokens {
            let access = self.issue_access(mint, &grant, life, Some(number));
            return Ok(Issued { access, refresh: None, grant, family: Some(number) });
        }
        Ok(self.issue(mint, grant, life, number))
    }

    fn issue(&mut self, mint: &mut Mint, grant: Grant, life: Duration, family: usize) -> Issued {
        let access = self.issue_access(mint, &grant, life, Some(family));
        let refresh = grant.has("offline_access").then(|| mint.token("emulator-refresh-"));
        if let Some(refresh) = &refresh {
            self.refresh.insert(refresh.clone(), Refresh { family, spent: false });
        }
        Issued { access, refresh, grant, family: Some(family) }
    }

    fn issue_access(&mut self, mint: &mut Mint, grant: &Grant, life: Duration, family: Option<usize>) -> String {
        let token = mint.token("emulator-access-");
        let expires_at = clock::now().saturating_add(life).unwrap_or(Timestamp::MAX);
        self.access.insert(token.clone(), Access { grant: grant.clone(), expires_at, family });
        token
    }

    /// The token if it is neither unknown, killed nor expired.
    pub(crate) fn access(&self, token: &str) -> Option<&Access> {
        self.access.get(token).filter(|access| access.expires_at > clock::now())
    }

    pub(crate) fn kill_family(&mut self, number: usize) {
        self.families[number].dead = true;
        self.access.retain(|_, access| access.family != Some(number));
    }

    /// Kills everything a subject holds.
    pub(crate) fn kill_subject(&mut self, subject: &str) {
        self.families.iter_mut().filter(|one| one.grant.subject == subject).for_each(|one| one.dead = true);
        self.access.retain(|_, access| access.grant.subject != subject);
        self.codes.retain(|_, code| code.grant.subject != subject);
    }

    pub(crate) fn expire_access_tokens(&mut self) {
        self.access.clear();
    }

    /// Whose token it is, live or spent: client id and subject.
    pub(crate) fn owner(&self, token: &str) -> Option<&Grant> {
        let refresh = self.refresh.get(token).map(|refresh| &self.families[refresh.family].grant);
        refresh.or_else(|| self.access.get(token).map(|access| &access.grant))
    }

    /// RFC 7009: a refresh token takes its family with it, an access token goes alone.
    pub(crate) fn revoke(&mut self, token: &str) {
        match self.refresh.get(token) {
            Some(refresh) => self.kill_family(refresh.family),
            None => {
                self.access.remove(token);
            }
        }
    }

    /// With `false`, refresh tokens stay good and answers to a refresh carry none.
    pub(crate) fn set_rotation(&mut self, rotates: bool) {
        self.keeps_refresh_tokens = !rotates;
    }

    pub(crate) fn reuse_count(&self) -> u64 {
        self.reuse_count
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Grant, Ledger, RefreshError};
    use crate::emulator::state::Mint;
    use crate::sys::clock;

    fn grant() -> Grant {
        Grant {
            subject: "1".to_owned(),
            client_id: "c".to_owned(),
            scopes: vec!["openid".to_owned(), "offline_access".to_owned()],
            auth_time: clock::now(),
            nonce: None,
            for_api: true,
        }
    }

    #[test]
    fn a_refresh_kills_the_old_access_token_and_reuse_kills_the_family() {
        let (mut ledger, mut mint, life) = (Ledger::default(), Mint::default(), Duration::from_secs(60));
        let first = ledger.open(&mut mint, grant(), life);
        let spent = first.refresh.unwrap();
        let second = ledger.rotate(&mut mint, &spent, "c", life).unwrap_or_else(|(error, _)| panic!("{error:?}"));
        assert!(ledger.access(&first.access).is_none());
        assert!(ledger.access(&second.access).is_some());
        let refused = |ledger: &mut Ledger, mint: &mut Mint, token: &str| {
            ledger.rotate(mint, token, "c", life).err().map(|(error, _)| error)
        };
        assert_eq!(refused(&mut ledger, &mut mint, &spent), Some(RefreshError::Reused));
        assert!(ledger.access(&second.access).is_none());
        assert_eq!(refused(&mut ledger, &mut mint, &second.refresh.unwrap()), Some(RefreshError::Ended));
        assert_eq!(ledger.reuse_count(), 1);
    }

    #[test]
    fn a_token_of_no_life_is_never_valid() {
        let (mut ledger, mut mint) = (Ledger::default(), Mint::default());
        let issued = ledger.open(&mut mint, grant(), Duration::ZERO);
        assert!(ledger.access(&issued.access).is_none());
    }
}
