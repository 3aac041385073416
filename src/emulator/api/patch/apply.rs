//! Server-side apply: an object is what all who apply want of it.

use serde_json::{Value, json};

use super::Error;
use super::fields::Fields;
use super::owners::{Owner, Write, ownable_fields, owners, set_owners};
use super::walk::{compare, fields, merge, remove, typed};

const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// The object after somebody has applied what they want of it. `current` is `None` if there is no object yet.
///
/// What the same manager applied before and no longer does is removed, unless somebody else owns it too. If nothing
/// changes, the answer equals `current`.
///
/// # Errors
///
/// `Malformed` if it names owners itself, `Untyped` if it does not fit the type, `Conflict` if a field would change that
/// somebody else owns and `force` is not set.
pub(in crate::emulator::api) fn apply(
    write: &Write<'_>,
    current: Option<&Value>,
    applied: &Value,
    force: bool,
) -> Result<Value, Error> {
    let schema = write.schema();
    if applied["metadata"].get("managedFields").is_some_and(|owners| !owners.is_null()) {
        return Err(Error::Malformed("metadata.managedFields must be nil".to_owned()));
    }
    typed(schema, applied, "").map_err(|error| Error::Untyped(format!("{}: {error}", untyped(write, applied))))?;
    let nothing = json!({"apiVersion": applied["apiVersion"], "kind": applied["kind"], "metadata": {}});
    let live = current.unwrap_or(&nothing);
    let mut own = write.owner("Apply");
    own.fields = ownable_fields(write, applied);
    let before = owners_before(write, current);
    let last = before.iter().find(|owner| owner.is(&own));
    let mut others: Vec<_> = before.iter().filter(|owner| !owner.is(&own)).cloned().collect();

    let mut object = merge(schema, live, applied);
    if let Some(last) = last {
        let claimed = others.iter().fold(fields(schema, applied), |all, other| all.union(&other.fields));
        let gone = last.fields.with_parents().difference(&claimed.with_parents());
        object = remove(schema, &object, &gone);
    }
    let difference = compare(schema, live, &object);
    let conflicts = |other: &Owner| other.fields.intersection(&difference.changed);
    if !force {
        let allowed = carried_over(write, live);
        refuse(others.iter().map(|other| (other, conflicts(other).difference(&allowed))).collect())?;
    }
    for other in &mut others {
        let taken = conflicts(other);
        other.fields = other.fields.difference(&taken).difference_with_contents(&difference.removed);
    }
    let is_same = current == Some(&object) && last.is_some_and(|last| last.fields == own.fields);
    if let (true, Some(last)) = (is_same, last) {
        own = last.clone();
    }
    others.push(own);
    set_owners(&mut object, others);
    Ok(object)
}

/// The owners of an object. One that was written before anybody was tracked has an owner for all of it.
fn owners_before(write: &Write<'_>, current: Option<&Value>) -> Vec<Owner> {
    let Some(current) = current else { return Vec::new() };
    let before = owners(current);
    if !before.is_empty() {
        return before;
    }
    let mut first = write.owner("Update");
    first.manager = "before-first-apply".to_owned();
    first.subresource = None;
    first.fields = ownable_fields(write, current);
    vec![first]
}

/// Fields that kubectl applied from its side before and may take over without a conflict.
fn carried_over(write: &Write<'_>, live: &Value) -> Fields {
    let last = live["metadata"]["annotations"][LAST_APPLIED].as_str().filter(|_| write.manager == "kubectl");
    let Some(Ok(last)) = last.map(serde_json::from_str::<Value>) else { return Fields::default() };
    let changed = compare(write.schema(), live, &last).changed;
    ownable_fields(write, &last).difference(&changed)
}

/// # Errors
///
/// `Conflict` if there is one.
fn refuse(conflicts: Vec<(&Owner, Fields)>) -> Result<(), Error> {
    let mut each: Vec<_> = conflicts.into_iter().map(|(owner, fields)| (owner.shown(), fields.paths())).collect();
    each.retain(|(_, paths)| !paths.is_empty());
    each.sort();
    let cause = |owner: &str, path: &str| json!({"reason": "FieldManagerConflict", "message": format!("conflict with {owner}"), "field": path});
    let causes: Vec<_> =
        each.iter().flat_map(|(owner, paths)| paths.iter().map(move |path| cause(owner, path))).collect();
    let message = match (each.as_slice(), causes.len()) {
        (_, 0) => return Ok(()),
        ([(owner, paths)], 1) => format!("Apply failed with 1 conflict: conflict with {owner}: {}", paths.concat()),
        (_, count) => {
            let lines = each.iter().flat_map(|(owner, paths)| {
                let paths = paths.iter().map(|path| format!("- {path}"));
                std::iter::once(format!("conflicts with {owner}:")).chain(paths)
            });
            format!("Apply failed with {count} conflicts: {}", lines.collect::<Vec<_>>().join("\n"))
        }
    };
    Err(Error::Conflict { message, causes })
}

/// How a server begins to say that something does not fit its type.
fn untyped(write: &Write<'_>, applied: &Value) -> String {
    let text = |name: &str| applied["metadata"][name].as_str().unwrap_or_default();
    let (namespace, name) = (text("namespace"), text("name"));
    let place = format!("{namespace}/{name}; {}, Kind={}", write.of.api_version(), write.of.kind);
    format!("failed to create typed patch object ({place})")
}
