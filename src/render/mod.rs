//! How Kubernetes-style objects are shown, as kubectl shows them.
//!
//! Pure: from JSON to text. What came from a server passes `ui::sanitize` here.

mod age;
mod documents;
mod format;
mod go_text;
mod jsonpath;
mod table;

pub(crate) use age::age;
pub(crate) use documents::{DocumentOptions, Documents, document, with_type};
pub(crate) use format::{FormatError, OutputFormat};
pub(crate) use jsonpath::Template;
pub(crate) use table::{ObjectTable, TableOptions};
