//! Kubeconfig files: found by kubectl's rules, locked as client-go locks them, changed entry by entry.
//!
//! [`Kubeconfig::change`] reads the files, lets a function change the [`Merged`] view, and writes what changed: other
//! people's entries, comments and order keep every byte. [`Access`] is what we put there, and [`Selection`] what we
//! take out again.

mod access;
mod document;
mod error;
mod files;
mod merged;
mod removal;

pub(crate) use access::{Access, Added, Plane, Trust};
pub(crate) use error::Error;
pub(crate) use files::{Kubeconfig, Outcome};
pub(crate) use merged::Merged;
pub(crate) use removal::{Removed, Selection};
