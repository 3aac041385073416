//! Which texts are meant: files, directories, `-` and URLs, read whole before anything is returned.

use std::path::Path;

use url::Url;

use super::text::{documents, doubts};
use super::{Document, Error, fetch};
use crate::http::Client;
use crate::sys::files;
use crate::sys::input;

/// The largest text: some thousand objects; one object has at most a few megabytes.
pub(super) const TEXT_LIMIT: u64 = 32 * 1024 * 1024;
const ENDINGS: [&str; 3] = ["yaml", "yml", "json"];

/// Where manifests lie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// `-`
    StandardInput,
    /// A file or a directory.
    Path(String),
    /// `https://...`
    Url(Url),
}

impl Source {
    /// What a person means by the word behind `-f`.
    ///
    /// # Errors
    /// [`Error::UnsafeUrl`].
    pub(crate) fn parse(word: &str) -> Result<Self, Error> {
        if word == "-" {
            return Ok(Self::StandardInput);
        }
        if !word.starts_with("http://") && !word.starts_with("https://") {
            return Ok(Self::Path(word.to_owned()));
        }
        let url = Url::parse(word).ok().filter(crate::http::is_safe_endpoint);
        let shown = || word.split(['@', '?', '#']).next_back().unwrap_or_default().to_owned();
        url.map(Self::Url).ok_or_else(|| Error::UnsafeUrl { url: shown() })
    }
}

/// What was read.
#[derive(Debug)]
pub(crate) struct Manifests {
    /// The objects, in the order of their sources; at least one.
    pub(crate) documents: Vec<Document>,
    /// Words that other readers of YAML understand differently: where they stand, and the word.
    pub(crate) doubts: Vec<(String, String)>,
}

/// Reads all of `words`, in their order; directories whole if `recursive`.
///
/// # Errors
/// The first thing that is wrong with any of them.
pub(crate) async fn read(words: &[String], recursive: bool, client: &Client) -> Result<Manifests, Error> {
    let sources: Vec<_> = words.iter().map(|word| Source::parse(word)).collect::<Result<_, _>>()?;
    if sources.iter().filter(|source| **source == Source::StandardInput).count() > 1 {
        return Err(Error::TwiceStandardInput);
    }
    let mut all = Manifests { documents: Vec::new(), doubts: Vec::new() };
    for source in sources {
        match source {
            Source::Url(url) => {
                all.add(url.as_str().split(['?', '#']).next().unwrap_or_default(), &fetch::text(client, &url).await?)?
            }
            Source::StandardInput => {
                let bytes = elsewhere(|| input::read_standard_input(TEXT_LIMIT)).await?;
                all.add("standard input", &bytes)?;
            }
            Source::Path(path) => {
                for (path, bytes) in elsewhere(move || texts(&path, recursive)).await? {
                    all.add(&path, &bytes)?;
                }
            }
        }
    }
    match all.documents.is_empty() {
        true => Err(Error::Nothing { sources: words.join(", ") }),
        false => Ok(all),
    }
}

impl Manifests {
    fn add(&mut self, source: &str, bytes: &[u8]) -> Result<(), Error> {
        self.documents.extend(documents(source, bytes)?);
        self.doubts.extend(doubts(bytes).into_iter().map(|(line, word)| (format!("{source}:{line}"), word)));
        Ok(())
    }
}

/// Waits for a pipe or a disk on a thread of its own, so that Ctrl-C is heard meanwhile.
async fn elsewhere<T: Send + 'static, E: Into<Error> + Send + 'static>(
    work: impl FnOnce() -> Result<T, E> + Send + 'static,
) -> Result<T, Error> {
    let ended = |error| files::Error::io("read", Path::new("manifests"), std::io::Error::other(error));
    tokio::task::spawn_blocking(work).await.map_err(ended)?.map_err(Into::into)
}

fn texts(path: &str, recursive: bool) -> Result<Vec<(String, Vec<u8>)>, Error> {
    let Some(names) = input::files_below(Path::new(path), recursive)? else {
        return Ok(vec![(path.to_owned(), input::read_patiently(Path::new(path), TEXT_LIMIT)?)]);
    };
    let is_manifest = |path: &&std::path::PathBuf| {
        path.extension().and_then(|ending| ending.to_str()).is_some_and(|ending| ENDINGS.contains(&ending))
    };
    let texts: Result<Vec<_>, Error> = names
        .iter()
        .filter(is_manifest)
        .map(|path| Ok((path.display().to_string(), input::read_patiently(path, TEXT_LIMIT)?)))
        .collect();
    match texts? {
        texts if texts.is_empty() => Err(Error::EmptyDirectory { directory: path.to_owned() }),
        texts => Ok(texts),
    }
}
