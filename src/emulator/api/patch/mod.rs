//! Changing objects: the four patch formats, and who owns which field.
//!
//! Everything here is a pure function over JSON and a schema. `json` and `merge` are RFC 6902 and RFC 7386, `strategic`
//! is what core types have in their place, `apply` is server-side apply. `owners` keeps `metadata.managedFields` through
//! every kind of write; `fields` is the set of fields that it consists of, `walk` finds the fields of an object.

mod apply;
mod fields;
mod formats;
mod owners;
mod strategic;
#[cfg(test)]
mod tests;
mod walk;

pub(super) use self::apply::apply;
pub(super) use self::formats::{json, merge};
pub(super) use self::owners::{Write, manager, track};
pub(super) use self::strategic::strategic;

use serde_json::Value;

/// Why a patch cannot be applied.
#[derive(Debug, thiserror::Error)]
pub(super) enum Error {
    /// The patch is none: 400 `BadRequest`.
    #[error("{0}")]
    Malformed(String),
    /// The patch does not fit the object: 422 without a reason.
    #[error("{0}")]
    Unprocessable(String),
    /// What is applied does not fit the type: 500, as a real server has it.
    #[error("{0}")]
    Untyped(String),
    /// Others own fields that would change: 409 `Conflict`.
    #[error("{message}")]
    Conflict {
        message: String,
        /// `details.causes` of the `Status`.
        causes: Vec<Value>,
    },
}
