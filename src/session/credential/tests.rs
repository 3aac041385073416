//! Tests of `credential`.

use super::{Extra, Freshness, Token};
use crate::secret::Secret;
use jiff::Timestamp;
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);

fn freshness(expiry: Option<&str>, expires_in: Option<i64>) -> Freshness {
    let now: Timestamp = "2026-07-16T12:00:00Z".parse().unwrap();
    let mut token = Token::new(Secret::new("AT".to_owned()), "Bearer".to_owned(), None);
    token.expiry = expiry.map(|expiry| expiry.parse().unwrap());
    token.expires_in = expires_in;
    token.freshness(now, MINUTE)
}

#[test]
fn a_token_is_fresh_until_the_time_asked_for_is_no_longer_left() {
    assert_eq!(freshness(Some("2026-07-16T12:01:01Z"), None), Freshness::Fresh);
    assert_eq!(freshness(Some("2026-07-16T12:01:00Z"), None), Freshness::Expiring);
    assert_eq!(freshness(Some("2026-07-16T12:00:01Z"), None), Freshness::Expiring);
    assert_eq!(freshness(Some("2026-07-16T12:00:00Z"), None), Freshness::Expired);
    assert_eq!(freshness(Some("2020-07-16T12:00:00Z"), None), Freshness::Expired);
    assert_eq!(freshness(None, None), Freshness::Unending);
}

#[test]
fn an_expiry_beyond_any_lifetime_is_suspect_as_after_a_clock_set_back() {
    // RFR-29
    assert_eq!(freshness(Some("2026-07-17T00:00:00Z"), Some(43_200)), Freshness::Fresh);
    assert_eq!(freshness(Some("2026-07-18T00:00:00Z"), Some(43_200)), Freshness::Suspect);
    assert_eq!(freshness(Some("2026-08-14T12:00:00Z"), None), Freshness::Fresh);
    assert_eq!(freshness(Some("2027-07-16T12:00:00Z"), None), Freshness::Suspect);
    assert_eq!(freshness(Some("2026-07-16T13:00:00Z"), Some(i64::MAX)), Freshness::Fresh);
    // A minute more than it was given is the last that is believed; a lifetime that is none says nothing.
    assert_eq!(freshness(Some("2026-07-16T13:01:00Z"), Some(3600)), Freshness::Fresh);
    assert_eq!(freshness(Some("2026-07-16T13:01:01Z"), Some(3600)), Freshness::Suspect);
    assert_eq!(freshness(Some("2026-07-16T13:00:00Z"), Some(0)), Freshness::Fresh);
    assert_eq!(freshness(Some("2026-07-16T13:00:00Z"), Some(-5)), Freshness::Fresh);
}

#[test]
fn what_is_unknown_is_kept_and_not_shown() {
    let extra = Extra::with_integer("auth_time", 1000);
    assert_eq!((extra.integer("auth_time"), extra.integer("other")), (Some(1000), None));
    assert_eq!(format!("{extra:?}"), "[1 fields]");
}

#[test]
fn an_empty_access_token_is_expired_and_an_empty_refresh_token_is_none() {
    // RFR-06
    let token = Token::new(Secret::new(String::new()), String::new(), Some(Secret::new(String::new())));
    assert_eq!(token.freshness(Timestamp::UNIX_EPOCH, MINUTE), Freshness::Expired);
    assert!(token.refresh_token.is_none());
}

#[test]
fn debug_shows_no_token_and_no_unknown_field() {
    // OUT-11
    let mut token =
        Token::new(Secret::new("canary".to_owned()), "Bearer".to_owned(), Some(Secret::new("canary".to_owned())));
    token.extra.0.insert("id_token".to_owned(), "canary".into());
    assert!(!format!("{token:?}").contains("canary"));
}
