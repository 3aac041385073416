//! The flags of the table.

use crate::render::{Order, TableOptions, TemplateError};

/// How the table looks.
#[derive(Debug, clap::Args)]
pub(super) struct TableFlags {
    /// No headings
    #[arg(long, help_heading = "Table")]
    pub(super) no_headers: bool,
    /// A last column with all labels
    #[arg(long, help_heading = "Table")]
    pub(super) show_labels: bool,
    /// A column for each of these labels
    #[arg(short = 'L', long, value_name = "KEY,...", value_delimiter = ',', help_heading = "Table")]
    pub(super) label_columns: Vec<String>,
    /// Names with their type in front
    #[arg(long, help_heading = "Table")]
    pub(super) show_kind: bool,
    /// Sort by this field, such as .metadata.name
    #[arg(long, value_name = "PATH")]
    pub(super) sort_by: Option<String>,
}

impl TableFlags {
    /// The order that was asked for.
    pub(super) fn order(&self) -> Result<Option<Order>, TemplateError> {
        self.sort_by.as_deref().filter(|path| !path.is_empty()).map(Order::parse).transpose()
    }

    /// What they say; `kind` is put in front of names where that is asked for or `among_others`.
    pub(super) fn options(&self, wide: bool, with_namespace: bool, kind: &str, among_others: bool) -> TableOptions {
        TableOptions {
            wide,
            no_headers: self.no_headers,
            show_labels: self.show_labels,
            label_columns: self.label_columns.clone(),
            with_namespace,
            with_kind: (self.show_kind || among_others).then(|| kind.to_owned()),
            order: None,
        }
    }
}
