//! The two patch formats of RFCs.

use serde_json::Value;

use super::Error;

/// `application/json-patch+json`: the object after a list of operations.
///
/// # Errors
///
/// `Malformed` if the patch is no list of operations, `Unprocessable` if one of them fails.
pub(in crate::emulator::api) fn json(object: &Value, patch: &[u8]) -> Result<Value, Error> {
    let patch: json_patch::Patch =
        serde_json::from_slice(patch).map_err(|error| Error::Malformed(format!("error decoding patch: {error}")))?;
    let mut patched = object.clone();
    json_patch::patch(&mut patched, &patch).map_err(|error| Error::Unprocessable(error.to_string()))?;
    Ok(patched)
}

/// `application/merge-patch+json`: the object with the fields of the patch, without those that are null in it.
pub(in crate::emulator::api) fn merge(object: &Value, patch: &Value) -> Value {
    let mut patched = object.clone();
    json_patch::merge(&mut patched, patch);
    patched
}
