//! `metadata`: what the server puts into it, and what it accepts there.

use jiff::{Timestamp, Unit};
use serde_json::{Value, json};

use super::catalog::Resource;
use super::status::Cause;
use crate::sys::{clock, random};

/// The letters of generated names: no vowels, so no words.
const LETTERS: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";
/// How long a generated name's prefix can be.
const LONGEST_PREFIX: usize = 58;

/// Seconds are as fine as API times get.
pub(super) fn time(moment: Timestamp) -> String {
    moment.round(Unit::Second).unwrap_or(moment).to_string()
}

/// A random UUID.
fn uid() -> String {
    let bytes = random::bytes::<16>();
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{}-{}-4{}-8{}-{}", &hex[..8], &hex[8..12], &hex[13..16], &hex[17..20], &hex[20..32])
}

/// Metadata of something the server makes itself.
pub(super) fn fresh(resource: &Resource, name: &str, namespace: Option<&str>) -> Value {
    let mut metadata = json!({"name": name});
    if let Some(namespace) = namespace {
        metadata["namespace"] = namespace.into();
    }
    stamp(resource, &mut metadata);
    metadata
}

/// Puts in what only the server decides.
pub(super) fn stamp(resource: &Resource, metadata: &mut Value) {
    metadata["uid"] = uid().into();
    metadata["creationTimestamp"] = time(clock::now()).into();
    match resource.has_status {
        true => metadata["generation"] = 1.into(),
        false => forget(metadata, "generation"),
    }
    for member in ["resourceVersion", "deletionTimestamp", "deletionGracePeriodSeconds", "selfLink"] {
        forget(metadata, member);
    }
}

/// Removes a member of an object.
pub(super) fn forget(object: &mut Value, member: &str) {
    if let Some(members) = object.as_object_mut() {
        members.shift_remove(member);
    }
}

/// The prefix and five random letters.
pub(super) fn generated_name(prefix: &str) -> String {
    let letters = random::bytes::<5>().map(|byte| char::from(LETTERS[usize::from(byte) % LETTERS.len()]));
    let prefix: String = prefix.chars().take(LONGEST_PREFIX).collect();
    prefix + &String::from_iter(letters)
}

/// What is wrong with names, labels and annotations.
pub(super) fn problems(resource: &Resource, object: &Value) -> Vec<Cause> {
    let metadata = &object["metadata"];
    let invalid = |field: String, value: &str, why: &str| {
        Cause::new("FieldValueInvalid", field, format!("Invalid value: {value:?}: {why}"))
    };
    let mut causes = Vec::new();
    let name = metadata["name"].as_str().unwrap_or_default();
    // Organizations, projects and namespaces are also label values.
    let is_label = matches!(resource.kind, "Organization" | "Project" | "Namespace");
    if name.is_empty() {
        let why = "Required value: name or generateName is required";
        causes.push(Cause::new("FieldValueRequired", "metadata.name", why));
    } else if is_label && !is_dns_label(name) {
        causes.push(invalid("metadata.name".to_owned(), name, LABEL_RULE));
    } else if name.len() > 253 || !name.split('.').all(is_dns_part) {
        causes.push(invalid("metadata.name".to_owned(), name, SUBDOMAIN_RULE));
    }
    for (label, value) in metadata["labels"].as_object().into_iter().flatten() {
        let value = value.as_str().unwrap_or_default();
        if !is_label_value(value) {
            causes.push(invalid("metadata.labels".to_owned(), value, VALUE_RULE));
        }
        let name = label.rsplit('/').next().unwrap_or_default();
        if name.is_empty() || !is_label_value(name) {
            causes.push(invalid("metadata.labels".to_owned(), label, NAME_RULE));
        }
    }
    causes
}

const SUBDOMAIN_RULE: &str = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or \
    '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is \
    '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const LABEL_RULE: &str = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must \
    start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is \
    '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const VALUE_RULE: &str = "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', \
    and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for \
    validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
const NAME_RULE: &str = "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with \
    an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is \
    '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";

fn is_dns_part(text: &str) -> bool {
    let inner = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-';
    !text.is_empty() && text.chars().all(inner) && !text.starts_with('-') && !text.ends_with('-')
}

fn is_dns_label(text: &str) -> bool {
    text.len() <= 63 && is_dns_part(text)
}

fn is_label_value(text: &str) -> bool {
    let ends = |letter: Option<char>| letter.is_none_or(|letter| letter.is_ascii_alphanumeric());
    let inner = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
    text.len() <= 63 && text.chars().all(inner) && ends(text.chars().next()) && ends(text.chars().last())
}
