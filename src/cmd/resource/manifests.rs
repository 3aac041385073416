//! `-f`: from the words behind it to objects with their types and places, all of them before anything is sent.

use url::Url;

use super::Work;
use crate::api::{self, ApiType};
use crate::app::App;
use crate::error::Failure;
use crate::manifest::{self, Document, Naming, Selector};
use crate::ui::{Ui, sanitize};

/// `-f` and `-R`.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct FileFlags {
    /// Manifest: a file, a directory, an https:// address, or - for standard input; repeat for more
    #[arg(short, long = "filename", value_name = "FILE", value_delimiter = ',', value_parser = clap::builder::NonEmptyStringValueParser::new())]
    pub(crate) filenames: Vec<String>,
    /// Look into the directories of directories too
    #[arg(short = 'R', long)]
    pub(crate) recursive: bool,
}

/// An object of a manifest, and where it belongs.
#[derive(Clone, Debug)]
pub(crate) struct Placed {
    /// The object.
    pub(crate) document: Document,
    /// Its type.
    pub(crate) kind: ApiType,
    /// Where it is, or will be.
    pub(crate) collection: Url,
}

/// What the file of an object is called: `GROUP.VERSION.KIND.NAMESPACE.NAME`.
pub(crate) fn file_name(kind: &ApiType, namespace: Option<&str>, name: &str) -> String {
    let parts = [&kind.group, &kind.version, &kind.kind, namespace.unwrap_or_default(), name];
    let parts: Vec<_> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    // Not every letter of a name can be one of a file's.
    parts.join(".").replace(|letter: char| !letter.is_ascii_alphanumeric() && !matches!(letter, '.' | '-'), "_")
}

impl Placed {
    /// What its file is called.
    pub(crate) fn file_name(&self) -> String {
        file_name(&self.kind, self.document.namespace().filter(|_| self.kind.namespaced), self.document.name())
    }
}

impl FileFlags {
    /// # Errors
    /// A usage failure when no manifest is named.
    pub(crate) fn require(&self) -> Result<(), Failure> {
        match self.filenames.is_empty() {
            true => Err(Failure::usage("name a manifest with -f FILE; - is standard input")),
            false => Ok(()),
        }
    }

    /// All objects that are meant, in their order, each with its type; nothing has been written yet.
    ///
    /// # Errors
    /// A usage failure for the first thing that is wrong with any of them.
    pub(crate) async fn objects(
        &self,
        ui: &Ui,
        work: &Work<'_>,
        naming: Naming,
        selector: Option<&str>,
    ) -> Result<Vec<Placed>, Failure> {
        let documents = self.documents(ui, work.app, naming, selector).await?;
        let mut placed = Vec::with_capacity(documents.len());
        for document in documents {
            // What keeps all types away concerns no document in particular.
            let kind = match work.cluster.type_of(document.api_version(), document.kind()).await {
                Err(error @ api::Error::Type(_)) => return Err(Failure::from(error).at(&document.origin)),
                kind => kind?,
            };
            let origin = document.origin.clone();
            placed.push(place(work, kind, document).map_err(|failure| failure.at(&origin))?);
        }
        Ok(placed)
    }

    async fn documents(
        &self,
        ui: &Ui,
        app: &App,
        naming: Naming,
        selector: Option<&str>,
    ) -> Result<Vec<Document>, Failure> {
        let selector = Selector::parse(selector.unwrap_or_default())?;
        let read = manifest::read(&self.filenames, self.recursive, app.auth()?.client()?).await?;
        for (place, word) in &read.doubts {
            ui.warn(sanitize(&format!(
                "{place}: {word} without quotes is a text here, and not a text for kubectl; write \"{word}\", or true or false"
            )));
        }
        read.documents.iter().try_for_each(|document| document.require_name(naming))?;
        let meant: Vec<_> = read.documents.into_iter().filter(|one| selector.matches(&one.labels())).collect();
        match meant.is_empty() {
            true => Err(Failure::usage("no object of the manifests has the labels that --selector wants")),
            false => Ok(meant),
        }
    }
}

/// A document of type `kind` at its place; one without a namespace is put into the one that is meant.
fn place(work: &Work<'_>, kind: ApiType, mut document: Document) -> Result<Placed, Failure> {
    let (name, meant) = (document.name(), work.namespace.as_deref());
    if !name.is_empty() {
        api::require_usable(name)?;
    }
    let namespace = match document.namespace() {
        _ if !kind.namespaced => None,
        Some(own) if work.names_namespace && meant.is_some_and(|meant| meant != own) => {
            let message =
                format!("the object is in namespace {own:?}, and --namespace names {:?}", meant.unwrap_or_default());
            return Err(
                Failure::usage(message).hint(format!("leave --namespace out, or write --namespace={}", sanitize(own)))
            );
        }
        Some(own) => Some(own.to_owned()),
        None => {
            let collection = work.place(&kind)?;
            meant.into_iter().for_each(|namespace| document.set_namespace(namespace));
            return Ok(Placed { document, kind, collection });
        }
    };
    let collection = work.cluster.collection(&kind, namespace.as_deref())?;
    Ok(Placed { document, kind, collection })
}
