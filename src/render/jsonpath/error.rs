//! Why a template is none, or does not fit an object. The words are kubectl's.

/// A template that cannot be understood.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{problem} at byte {position}")]
pub(crate) struct ParseError {
    /// Where, in bytes from the start of the template.
    pub(crate) position: usize,
    /// What is wrong there.
    pub(crate) problem: String,
}

impl ParseError {
    pub(super) fn new(position: usize, problem: impl Into<String>) -> Self {
        Self { position, problem: problem.into() }
    }
}

/// An object that a template does not fit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum EvaluateError {
    /// A bare word.
    #[error("unrecognized identifier {0}")]
    Word(String),
    /// A key that is not there, where keys have to be there.
    #[error("{0} is not found")]
    Missing(String),
    /// An index into something that is no list.
    #[error("{0} is not array or slice")]
    NoList(&'static str),
    /// A filter on something that is no list.
    #[error("{0} is not array or slice and cannot be filtered")]
    NotFiltered(String),
    /// An index past the end.
    #[error("array index out of bounds: index {index}, length {length}")]
    OutOfBounds {
        /// The index.
        index: i64,
        /// The length of the list.
        length: i64,
    },
    /// A slice that ends before it starts.
    #[error("starting index {from} is greater than ending index {to}")]
    Backwards {
        /// The first item.
        from: i64,
        /// One past the last.
        to: i64,
    },
    /// A step that goes nowhere.
    #[error("step must be > 0")]
    Step,
    /// A comparison of several values.
    #[error("can only compare one element at a time")]
    Several,
    /// A comparison of a number with a text.
    #[error("incompatible types for comparison")]
    Incompatible,
    /// A comparison of lists, objects or nothing.
    #[error("invalid type for comparison")]
    Incomparable,
    /// An operator that is none.
    #[error("unrecognized filter operator {0}")]
    Operator(String),
}
