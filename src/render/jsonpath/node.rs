//! What a template says, once it is understood.

/// A piece of a template.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Part {
    /// Text between the braces, or a selection within them.
    Show(Vec<Node>),
    /// `{range ...}`: the body once for every value; without an `{end}` it goes on to the end of the template.
    Range {
        /// The values.
        over: Vec<Node>,
        /// What is said of each.
        body: Vec<Part>,
        /// Whether an `{end}` was found.
        is_closed: bool,
    },
}

/// One step from the values so far to the next ones.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Node {
    /// Text that was written as it is or in quotes.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// A number with a point.
    Float(f64),
    /// `true` or `false`.
    Bool(bool),
    /// A bare word that means nothing; an error once it is reached.
    Word(String),
    /// `.name` or `['name']`.
    Field(String),
    /// `[from:to:step]`.
    Slice(Slice),
    /// `[?(left operator right)]`.
    Filter {
        /// Seen from each item.
        left: Vec<Node>,
        /// `==`, `<` ...; empty where it is asked only whether there is something.
        operator: String,
        /// Seen from each item.
        right: Vec<Node>,
    },
    /// `.*`.
    Wildcard,
    /// `..`.
    Recursive,
    /// `[a,b]`.
    Union(Vec<Vec<Node>>),
}

/// Bounds as they were written; negative ones count from the end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Slice {
    /// The first item.
    pub(super) from: Option<i64>,
    /// One past the last item.
    pub(super) to: Option<i64>,
    /// Whether there was one number alone, and `to` is the one after it.
    pub(super) is_index: bool,
    /// Every how many items.
    pub(super) step: Option<i64>,
}
