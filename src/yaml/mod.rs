//! YAML files that people edit and other programs read: parsed within strict limits, changed in place.
//!
//! [`Node::parse`] reads a document into a plain tree. [`edit`] changes the lines of a text where two trees differ and
//! leaves every other byte alone; [`Node::render`] writes what YAML 1.1 and 1.2 read alike
//! (`docs/decisions/0003-config-editing.md`).

mod defect;
mod document;
mod edit;
mod flow;
mod node;
mod plain;

pub(crate) use defect::Defect;
pub(crate) use document::document;
pub(crate) use edit::{Lists, edit};
pub(crate) use node::{Fields, Node, field};
