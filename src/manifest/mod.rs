//! Manifests: the objects that a person keeps in files, in directories, behind URLs, or pipes into a command.
//!
//! `source` finds and reads the texts, `text` takes them apart into documents, `value` reads one value within strict
//! limits, `document` says what makes an object, `doubts` finds words that kubectl reads differently, `fetch` follows URLs,
//! `selector` is `-l`. Everything is read before anything is returned, so that a command
//! that fails here has sent nothing.

mod document;
mod doubts;
mod error;
mod fetch;
mod selector;
mod source;
mod text;
mod value;

pub(crate) use document::{Document, Naming};
pub(crate) use error::{Error, Origin, Problem};
pub(crate) use selector::{NoSelector, Selector};
pub(crate) use source::read;
