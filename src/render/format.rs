//! [`OutputFormat`]: what `-o` says.

/// How objects are shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum OutputFormat {
    /// A table for people.
    #[default]
    Table,
    /// The table with all its columns.
    Wide,
    /// JSON, four spaces a level.
    Json,
    /// YAML.
    Yaml,
    /// `TYPE/NAME`, one a line.
    Name,
}

/// Why `-o` names no format.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FormatError {
    /// Nothing like it.
    #[error("there is no output format {asked:?}")]
    Unknown {
        /// What was asked for.
        asked: String,
    },
}

impl OutputFormat {
    /// The format that `text` names.
    pub(crate) fn parse(text: &str) -> Result<Self, FormatError> {
        Ok(match text {
            "" | "table" => Self::Table,
            "wide" => Self::Wide,
            "json" => Self::Json,
            "yaml" => Self::Yaml,
            "name" => Self::Name,
            _ => return Err(FormatError::Unknown { asked: text.to_owned() }),
        })
    }

    /// Whether it is the server's table that is shown.
    pub(crate) fn is_table(&self) -> bool {
        matches!(self, Self::Table | Self::Wide)
    }
}
