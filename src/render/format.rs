//! [`OutputFormat`]: what `-o` says.

use super::custom_columns::{ColumnsError, CustomColumns};
use super::{JsonPath, TemplateError};

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
    /// A template, filled in.
    JsonPath(JsonPath),
    /// What a template finds, as JSON.
    JsonPathAsJson(JsonPath),
    /// A table of what was asked for.
    CustomColumns(CustomColumns),
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
    /// A format of kubectl's that is not spoken here.
    #[error("Go templates are not supported")]
    GoTemplate,
    /// `jsonpath` alone.
    #[error("template format specified but no template given")]
    NoTemplate,
    /// A template that is none.
    #[error(transparent)]
    Template(#[from] TemplateError),
    /// Columns that are none.
    #[error(transparent)]
    Columns(#[from] ColumnsError),
}

impl OutputFormat {
    /// The format that `text` names. `read` reads the file that some of them name.
    pub(crate) fn parse<E: From<FormatError>>(text: &str, read: impl Fn(&str) -> Result<String, E>) -> Result<Self, E> {
        let (format, rest) = text.split_once('=').map_or((text, None), |(format, rest)| (format, Some(rest)));
        let template = || rest.filter(|rest| !rest.is_empty()).ok_or(FormatError::NoTemplate);
        let json_path = |text: &str| JsonPath::parse(text).map_err(FormatError::from);
        let columns = |columns: Result<_, ColumnsError>| columns.map(Self::CustomColumns).map_err(FormatError::from);
        Ok(match format {
            "" | "table" if rest.is_none() => Self::Table,
            "wide" if rest.is_none() => Self::Wide,
            "json" if rest.is_none() => Self::Json,
            "yaml" if rest.is_none() => Self::Yaml,
            "name" if rest.is_none() => Self::Name,
            "jsonpath" => Self::JsonPath(json_path(template()?)?),
            "jsonpath-as-json" => Self::JsonPathAsJson(json_path(template()?)?),
            "jsonpath-file" => Self::JsonPath(json_path(&read(template()?)?)?),
            "custom-columns" => columns(CustomColumns::parse(rest.unwrap_or_default()))?,
            "custom-columns-file" => columns(CustomColumns::from_lines(&read(template()?)?))?,
            "go-template" | "go-template-file" | "template" | "templatefile" => {
                return Err(FormatError::GoTemplate.into());
            }
            _ => return Err(FormatError::Unknown { asked: text.to_owned() }.into()),
        })
    }

    /// Whether it is the server's table that is shown.
    pub(crate) fn is_table(&self) -> bool {
        matches!(self, Self::Table | Self::Wide)
    }
}

#[cfg(test)]
mod tests {
    use super::{FormatError, OutputFormat};

    fn parsed(text: &str) -> Result<OutputFormat, FormatError> {
        OutputFormat::parse(text, |path| Ok(format!("{{.{path}}}")))
    }

    #[test]
    fn a_format_may_carry_a_template_or_name_its_file() {
        assert_eq!(parsed("wide").expect("a format"), OutputFormat::Wide);
        let path = parsed("jsonpath={.a}").expect("a format");
        assert_eq!(parsed("jsonpath-file=a").expect("a format"), path);
        assert!(matches!(parsed("custom-columns=A:.a").expect("a format"), OutputFormat::CustomColumns(_)));
        assert!(matches!(parsed("jsonpath-as-json={.a==b}").expect("a format"), OutputFormat::JsonPathAsJson(_)));
    }

    #[test]
    fn what_is_no_format_is_refused() {
        for text in ["jsonpath", "jsonpath=", "jsonpath-file="] {
            assert!(matches!(parsed(text), Err(FormatError::NoTemplate)), "{text}");
        }
        for text in ["xml", "json=a", "Json"] {
            assert!(matches!(parsed(text), Err(FormatError::Unknown { .. })), "{text}");
        }
        for text in ["go-template={{.a}}", "template=x", "go-template-file=x"] {
            assert!(matches!(parsed(text), Err(FormatError::GoTemplate)), "{text}");
        }
        assert!(matches!(parsed("custom-columns"), Err(FormatError::Columns(_))));
        assert!(matches!(parsed("jsonpath={.a"), Err(FormatError::Template(_))));
    }
}
