//! Why manifests cannot be read, and where.

use std::fmt;

use url::Url;

use crate::http;
use crate::sys::files;

/// Where a document stands: `zones.yaml:12`, `standard input:1, item 3`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Origin {
    /// The file, the URL or `standard input`.
    pub(crate) source: String,
    /// The line of the source, counted from 1.
    pub(crate) line: usize,
    /// Which item of a `List` it is, counted from 1.
    pub(crate) item: Option<usize>,
}

impl fmt::Display for Origin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}", self.source, self.line)?;
        match self.item {
            Some(item) => write!(formatter, ", item {item}"),
            None => Ok(()),
        }
    }
}

/// Why manifests cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// A file or a directory cannot be read.
    #[error(transparent)]
    File(#[from] files::Error),
    /// A directory holds no manifest.
    #[error("{directory} holds no file that ends in .yaml, .yml or .json")]
    EmptyDirectory {
        /// The directory.
        directory: String,
    },
    /// A URL that is neither https nor http on this machine, or that carries a user name.
    #[error("{url} is no address to read manifests from: https:// only, without a user name")]
    UnsafeUrl {
        /// The URL, without what may be secret in it.
        url: String,
    },
    /// The server of a URL did not hand out a manifest.
    #[error("{} answered with status {status}", without_secrets(url))]
    Status {
        /// The URL.
        url: Url,
        /// The HTTP status.
        status: u16,
    },
    /// Redirections that do not end, or that lead somewhere unsafe.
    #[error("{} redirects too often or to an unsafe place", without_secrets(url))]
    Redirected {
        /// The URL that was asked last.
        url: Url,
    },
    /// Standard input was named twice.
    #[error("standard input can be read once only")]
    TwiceStandardInput,
    /// No document in all that was named.
    #[error("there is no object in {sources}")]
    Nothing {
        /// What was named.
        sources: String,
    },
    /// A document is wrong.
    #[error("{origin}: {problem}")]
    Document {
        /// Where.
        origin: Origin,
        /// What is wrong with it.
        problem: Problem,
    },
    /// The server of a URL could not be reached.
    #[error(transparent)]
    Http(#[from] http::Error),
}

/// The URL without its query, where passwords of download links travel.
fn without_secrets(url: &Url) -> String {
    let mut shown = url.clone();
    shown.set_query(None);
    shown.set_fragment(None);
    shown.to_string()
}

/// What is wrong with a document.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Problem {
    /// Neither YAML nor JSON; the reader's sentence.
    #[error("{0}")]
    Syntax(String),
    /// A tab where YAML wants spaces.
    #[error("a tab cannot indent YAML; use spaces")]
    Tab,
    /// No text at all.
    #[error("this is not text, and no manifest")]
    Binary,
    /// A key stands twice in one mapping.
    #[error("the key {0:?} stands twice in one mapping")]
    DuplicateKey(String),
    /// A mapping or a list as a key.
    #[error("a key must be a text")]
    ComplexKey,
    /// `<<` without a mapping.
    #[error("<< takes a mapping, or a list of mappings")]
    Merge,
    /// `.inf`, `.nan`, or an integer that JSON readers cannot hold.
    #[error("the number {0} cannot be sent as JSON")]
    Number(String),
    /// Nesting.
    #[error("this is nested too deeply")]
    TooDeep,
    /// Aliases that multiply.
    #[error("this grows beyond all bounds when its aliases are resolved")]
    TooMuch,
    /// A text, a number or a list in place of an object.
    #[error("an object is expected here, not {0}")]
    NotAnObject(&'static str),
    /// A field that every object has is missing, or is no text.
    #[error("{0} is missing")]
    Missing(&'static str),
    /// A field has another type than it must have.
    #[error("{0} must be {1}")]
    WrongType(&'static str, &'static str),
}
