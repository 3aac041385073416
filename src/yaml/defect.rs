//! What can be wrong with a text.

use std::fmt;

/// What makes a text unusable as a settings file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Defect {
    /// Not YAML.
    Syntax,
    /// Not UTF-8.
    Encoding,
    /// Nested deeper than any configuration is.
    TooDeep,
    /// Expands, through aliases or as it is, to more values than any configuration has.
    TooMany,
    /// One mapping has the same key twice.
    DuplicateKey,
    /// A mapping key that is not a simple value.
    ComplexKey,
    /// A YAML tag (`!...`).
    Tag,
    /// More than one document.
    SeveralDocuments,
    /// The named key holds another kind of value than the format says; `""` is the document itself.
    WrongShape(&'static str),
}

impl fmt::Display for Defect {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Syntax => "not valid YAML",
            Self::Encoding => "not UTF-8 text",
            Self::TooDeep => "nested too deeply",
            Self::TooMany => "too many values",
            Self::DuplicateKey => "a key is given twice",
            Self::ComplexKey => "a key is not a simple value",
            Self::Tag => "YAML tags are not allowed",
            Self::SeveralDocuments => "more than one YAML document",
            Self::WrongShape("") => "not a mapping",
            Self::WrongShape(key) => return write!(formatter, "{key} has the wrong kind of value"),
        })
    }
}
