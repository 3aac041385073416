//! How Kubernetes-style objects are shown, as kubectl shows them.
//!
//! Pure: from JSON to text. What came from a server passes `ui::sanitize` here.

mod access;
mod age;
mod custom_columns;
mod describe;
mod documents;
mod explain;
mod format;
mod harmless;
mod jsonpath;
mod order;
mod table;
mod tabs;
mod value;

pub(crate) use access::access_list;
pub(crate) use age::age;
pub(crate) use custom_columns::CustomTable;
pub(crate) use describe::{Related, describe};
pub(crate) use documents::{DocumentOptions, Documents, document, with_type, without_managed_fields};
pub(crate) use explain::{ExplainError, Explanation, explain};
pub(crate) use format::{FormatError, OutputFormat};
pub(crate) use jsonpath::{EvaluationError, JsonPath, ServerText, TemplateError};
pub(crate) use order::{Order, OrderError};
pub(crate) use table::{ObjectTable, TableOptions};
