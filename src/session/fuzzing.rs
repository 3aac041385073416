//! For `crate::fuzzing`: the text of the file store and of one credential, read and written back.

use super::store::{Change, SERVICE};
use super::wire::{Document, Slot, parse, peek_token_in_file, write};
use crate::secret::Secret;

/// The service under which our entries stand.
pub(crate) const OURS: &str = SERVICE;

/// The text of a file store after one change; `None` when it cannot be read.
pub(crate) fn changed(file: &[u8], entry: &str, value: Option<&str>) -> Option<String> {
    let mut document = Document::parse(file).ok()?;
    let value = value.map(|value| Secret::new(value.to_owned()));
    document.apply(&[Change { entry, value: value.as_ref() }]);
    Some(document.to_json().expose().clone())
}

/// Our entries that are texts.
pub(crate) fn entries(file: &[u8]) -> Option<Vec<(String, String)>> {
    let document = Document::parse(file).ok()?;
    let texts = document.entries().filter_map(|(name, slot)| match slot {
        Slot::Text(text) => Some((name.to_owned(), text.expose().clone())),
        Slot::Other(_) => None,
    });
    Some(texts.collect())
}

/// A credential with the next access token, as it is stored.
pub(crate) fn renewed(credential: &str, access_token: &str) -> Option<String> {
    let mut credential = parse(&Secret::new(credential.to_owned())).ok()?;
    credential.token.access_token = Secret::new(access_token.to_owned());
    Some(write(&credential).expose().clone())
}

/// Access token and expiry of an entry, by the short way and by the ordinary one.
pub(crate) fn both_ways(file: &[u8], entry: &str, text: &str) -> (Option<[String; 2]>, Option<[String; 2]>) {
    let told = |token: &super::Token| [token.access_token.expose().clone(), format!("{:?}", token.expiry)];
    let ordinary = parse(&Secret::new(text.to_owned())).ok();
    (peek_token_in_file(file, entry).as_ref().map(told), ordinary.map(|credential| told(&credential.token)))
}
