//! `describe`: everything about one object, for people.
//!
//! `generic` shows any object by its fields, `core` the types that have a look of their own, `events` what happened to
//! an object. The text is written with tabs and aligned by `sheet`.

mod core;
mod events;
mod generic;
mod label;
mod metadata;
mod quotas;
mod sheet;

use jiff::Timestamp;
use serde_json::Value;

use sheet::Sheet;

/// What belongs to an object and is not part of it. `None` is what was not asked for or does not exist.
#[derive(Clone, Debug, Default)]
pub(crate) struct Related {
    /// The events about it.
    pub(crate) events: Option<Vec<Value>>,
    /// The `ResourceQuota`s of a namespace.
    pub(crate) quotas: Option<Vec<Value>>,
    /// The `LimitRange`s of a namespace.
    pub(crate) limit_ranges: Option<Vec<Value>>,
}

/// The object as text, ending with a line feed. The data of a secret is never shown. Line feeds and tabs of values
/// stay, everything else that could move a terminal is escaped.
pub(crate) fn describe(object: &Value, related: &Related, now: Timestamp) -> String {
    let mut sheet = Sheet::default();
    match (text(object, "apiVersion"), text(object, "kind")) {
        ("v1", "Secret") => core::secret(&mut sheet, object),
        ("v1", "ConfigMap") => {
            core::config_map(&mut sheet, object);
            events::write(&mut sheet, related.events.as_deref(), now);
        }
        ("v1", "Namespace") => core::namespace(&mut sheet, object, related),
        _ => {
            generic::write(&mut sheet, object);
            events::write(&mut sheet, related.events.as_deref(), now);
        }
    }
    sheet.finish()
}

/// The text in `field`; empty where there is none.
fn text<'a>(object: &'a Value, field: &str) -> &'a str {
    object[field].as_str().unwrap_or_default()
}

#[cfg(test)]
mod tests;
