//! The forms in which a secret can leak.

use std::sync::atomic::{AtomicUsize, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

use super::figure::figure;

/// How many texts were searched: outputs, processes, files.
static SCANS: AtomicUsize = AtomicUsize::new(0);

/// The number of scans between two lines that say so.
const STEP: usize = 10_000;

/// Counts searched texts, and now and then shows how many there were in all.
pub fn count(scans: usize) {
    let before = SCANS.fetch_add(scans, Ordering::Relaxed);
    let steps = (before + scans) / STEP;
    if steps > before / STEP {
        figure(&format!("{} scans of outputs, processes and files so far: 0 secrets", steps * STEP));
    }
}

/// The first of `secrets` that is in `text`: as it is, base64, base64url, percent-encoded or with JSON's escapes.
pub fn find<'a>(secrets: &'a [String], text: &str) -> Option<&'a String> {
    secrets.iter().find(|secret| forms(secret).iter().any(|form| text.contains(form.as_str())))
}

fn forms(secret: &str) -> Vec<String> {
    let percent = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect::<String>();
    let json = serde_json::to_string(secret).unwrap_or_default().trim_matches('"').to_owned();
    let mut forms = vec![secret.to_owned(), percent, json];
    // An encoding of the middle of a longer text begins at any of three offsets.
    for offset in 0..3.min(secret.len()) {
        for encoded in
            [STANDARD.encode(&secret.as_bytes()[offset..]), URL_SAFE_NO_PAD.encode(&secret.as_bytes()[offset..])]
        {
            let whole = encoded.trim_end_matches('=');
            forms.push(whole[..whole.len().saturating_sub(4).max(8).min(whole.len())].to_owned());
        }
    }
    forms
}

#[test]
fn every_form_of_a_secret_is_found() {
    let secrets = vec!["CNRY-a+secret/of\nsome length".to_owned()];
    let hidden = |text: String| find(&secrets, &text).is_some();
    for shift in ["", "x", "xy"] {
        assert!(hidden(STANDARD.encode(format!("{shift}{}tail", secrets[0]))));
        assert!(hidden(URL_SAFE_NO_PAD.encode(format!("{shift}{}", secrets[0]))));
    }
    assert!(hidden(url::form_urlencoded::byte_serialize(secrets[0].as_bytes()).collect()));
    assert!(hidden(serde_json::to_string(&secrets[0]).expect("JSON")));
    assert!(!hidden("CNRY-another+secret".to_owned()));
}
