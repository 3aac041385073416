//! The objects that a command line names, as the server has them now.

use serde_json::Value;
use url::Url;

use super::{FileFlags, Place, Target, Work, targets};
use crate::api::{ApiType, Error, Selection};
use crate::error::Failure;
use crate::manifest::Naming;
use crate::ui::Ui;

/// One object as it is at the moment.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    /// Its type.
    pub(crate) kind: ApiType,
    /// Where it lies.
    pub(crate) collection: Url,
    /// Its name.
    pub(crate) name: String,
    /// All of it.
    pub(crate) object: Value,
}

impl Found {
    /// `TYPE.GROUP/NAME`, as messages call it.
    pub(crate) fn label(&self) -> String {
        format!("{}/{}", self.kind.qualified_singular(), self.name)
    }
}

/// What a command line says about which objects it means.
#[derive(Debug)]
pub(crate) struct Choice<'a> {
    /// `TYPE NAME...`, `TYPE/NAME...` or `TYPE`.
    pub(crate) words: &'a [String],
    /// `-f`, in place of words.
    pub(crate) files: &'a FileFlags,
    /// `-l` and `--field-selector`.
    pub(crate) selection: Selection,
    /// `--all`
    pub(crate) all: bool,
    /// `-A`
    pub(crate) all_namespaces: bool,
}

impl Choice<'_> {
    /// The types and names of it, checked against the flags before any object is asked for.
    ///
    /// # Errors
    /// A usage failure for words and flags that do not fit together.
    async fn targets(&self, work: &Work<'_>) -> Result<Vec<Target>, Failure> {
        let narrowed = !self.selection.is_everything();
        if self.all && narrowed {
            return Err(Failure::usage("--all and a selector cannot be used together"));
        }
        if !self.files.filenames.is_empty() {
            return match self.words.is_empty() && !self.all && self.selection.fields.is_none() {
                true => Ok(Vec::new()),
                false => Err(Failure::usage(
                    "--filename names the objects, and TYPE, NAME, --all or --field-selector cannot",
                )),
            };
        }
        let targets = targets(work, self.words).await?;
        for target in &targets {
            match target.names.is_empty() {
                true if !narrowed && !self.all => {
                    return Err(Failure::usage("resource(s) were provided, but no name was specified")
                        .hint("name the objects, or select them with --selector, --field-selector or --all"));
                }
                false if narrowed => {
                    return Err(Failure::usage("name cannot be provided when a selector is specified"));
                }
                false if self.all => return Err(Failure::usage("name cannot be provided together with --all")),
                false if self.all_namespaces => {
                    return Err(Failure::usage("a resource cannot be retrieved by name across all namespaces"));
                }
                _ => {}
            }
        }
        Ok(targets)
    }

    /// Where the objects lie. What nobody has is left to `missing`.
    ///
    /// # Errors
    /// What concerns all of them: words, types, the session.
    pub(crate) async fn places(
        &self,
        ui: &Ui,
        work: &Work<'_>,
        missing: &mut Vec<Error>,
    ) -> Result<Vec<Place>, Failure> {
        let mut places = Vec::new();
        for target in self.targets(work).await? {
            places.extend(target.places(work, self.all_namespaces, missing).await?);
        }
        if !self.files.filenames.is_empty() {
            let placed = self.files.objects(ui, work, Naming::Named, self.selection.labels.as_deref()).await?;
            places.extend(placed.into_iter().map(|one| {
                let name = one.document.name().to_owned();
                Place { kind: one.kind, collection: one.collection, names: vec![name] }
            }));
        }
        Ok(places)
    }

    /// The objects. What cannot be had is left to `failed`, and the rest goes on.
    ///
    /// # Errors
    /// What concerns all of them: words, types, the session.
    pub(crate) async fn find(&self, ui: &Ui, work: &Work<'_>, failed: &mut Failures) -> Result<Vec<Found>, Failure> {
        let mut found = Vec::new();
        let mut missing = Vec::new();
        let places = self.places(ui, work, &mut missing).await?;
        missing.into_iter().try_for_each(|error| failed.add(error))?;
        for place in places {
            for name in &place.names {
                found.extend(present(work, &place, name, failed).await?);
            }
            if place.names.is_empty() {
                let (objects, _) = work.cluster.objects(&place.collection, &self.selection).await?;
                for object in objects {
                    found.push(in_its_place(work, place.kind.clone(), object)?);
                }
            }
        }
        Ok(found)
    }
}

/// One object by its name; one that cannot be had is left to `failed`.
async fn present(work: &Work<'_>, place: &Place, name: &str, failed: &mut Failures) -> Result<Option<Found>, Failure> {
    match work.cluster.object(&place.collection, name).await {
        Ok(object) => {
            let (kind, collection) = (place.kind.clone(), place.collection.clone());
            Ok(Some(Found { kind, collection, name: name.to_owned(), object }))
        }
        Err(error) => failed.add(error).map(|()| None),
    }
}

/// An object of a list, with where it lies by itself.
fn in_its_place(work: &Work<'_>, kind: ApiType, object: Value) -> Result<Found, Failure> {
    let text = |field: &str| object["metadata"][field].as_str().unwrap_or_default().to_owned();
    let (name, namespace) = (text("name"), text("namespace"));
    let collection =
        work.cluster.collection(&kind, Some(&namespace).filter(|name| !name.is_empty()).map(String::as_str))?;
    Ok(Found { kind, collection, name, object })
}

/// What went wrong with some of the objects while the others went on.
#[derive(Debug, Default)]
pub(crate) struct Failures(Vec<Failure>);

impl Failures {
    /// Keeps what concerns one object alone.
    ///
    /// # Errors
    /// What concerns the session as a whole comes back at once.
    pub(crate) fn add(&mut self, error: crate::api::Error) -> Result<(), Failure> {
        let ends_everything = error.ends_everything();
        let failure = Failure::from(error);
        if ends_everything {
            return Err(failure);
        }
        self.0.push(failure);
        Ok(())
    }

    /// Keeps a failure of one object.
    pub(crate) fn push(&mut self, failure: Failure) {
        self.0.push(failure);
    }

    /// Keeps what others kept.
    pub(crate) fn append(&mut self, mut others: Self) {
        self.0.append(&mut others.0);
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.0.len()
    }

    /// How a command about `all` objects ends.
    pub(crate) fn settle(mut self, all: usize) -> Result<(), Failure> {
        match self.0.len() {
            0 => Ok(()),
            1 if all <= 1 => Err(self.0.remove(0)),
            _ => Err(Failure::several(self.0, all, 0)),
        }
    }
}
