//! The `-o/--output` flags: one for the identity commands, one for lists.

use crate::ui::Format;

/// `text` or `json`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum TextOrJson {
    /// Lines for people
    #[default]
    Text,
    /// One JSON document
    Json,
}

impl From<TextOrJson> for Format {
    fn from(format: TextOrJson) -> Self {
        match format {
            TextOrJson::Text => Self::Text,
            TextOrJson::Json => Self::Json,
        }
    }
}

/// `-o text|json`.
#[derive(Clone, Copy, Debug, clap::Args)]
pub(crate) struct TextOrJsonFlag {
    /// Output format
    #[arg(short, long, alias = "format", value_enum, default_value_t, value_name = "FORMAT")]
    pub(crate) output: TextOrJson,
}

/// The formats of lists.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum ListFormat {
    /// A table
    #[default]
    Table,
    /// A table with more columns
    Wide,
    /// One JSON document
    Json,
    /// YAML
    Yaml,
    /// One name a line
    Name,
}

impl From<ListFormat> for Format {
    fn from(format: ListFormat) -> Self {
        match format {
            ListFormat::Json => Self::Json,
            ListFormat::Name => Self::Name,
            ListFormat::Table => Self::Text,
            ListFormat::Wide => Self::Wide,
            ListFormat::Yaml => Self::Yaml,
        }
    }
}

/// `-o table|wide|json|yaml|name`.
#[derive(Clone, Copy, Debug, clap::Args)]
pub(crate) struct ListFlag {
    /// Output format
    #[arg(short, long, alias = "format", value_enum, default_value_t, value_name = "FORMAT")]
    pub(crate) output: ListFormat,
}

/// Parses `30s`, `5m`, `2h`; a bare number is seconds.
pub(crate) fn duration(text: &str) -> Result<std::time::Duration, String> {
    let (number, factor) = match text.as_bytes().last() {
        Some(b's') => (&text[..text.len() - 1], 1),
        Some(b'm') => (&text[..text.len() - 1], 60),
        Some(b'h') => (&text[..text.len() - 1], 3600),
        _ => (text, 1),
    };
    let number: u32 = number.parse().map_err(|_| "expected a duration such as 30s, 5m or 2h".to_owned())?;
    Ok(std::time::Duration::from_secs(u64::from(number) * factor))
}

#[cfg(test)]
mod tests {
    use super::duration;

    #[test]
    fn durations_take_seconds_minutes_and_hours() {
        let seconds = |text| duration(text).map(|duration| duration.as_secs());
        assert_eq!(seconds("30s"), Ok(30));
        assert_eq!(seconds("5m"), Ok(300));
        assert_eq!(seconds("2h"), Ok(7200));
        assert_eq!(seconds("90"), Ok(90));
        for wrong in ["", "s", "-1s", "1.5h", "1d", "5 m", "99999999999s", "\u{ff11}s"] {
            assert!(duration(wrong).is_err(), "{wrong:?}");
        }
    }
}
