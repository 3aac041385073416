//! One kubeconfig file: its text, the tree in it, and the three lists of named entries.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use super::Error;
use crate::sys::files::{self, Reservation};
use crate::yaml::{Defect, Fields, Lists, Node, edit, field};

/// One of the lists of a kubeconfig.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Section {
    Clusters,
    Contexts,
    Users,
}

impl Section {
    const ALL: [Self; 3] = [Self::Clusters, Self::Contexts, Self::Users];

    /// The key of the list.
    fn list(self) -> &'static str {
        match self {
            Self::Clusters => "clusters",
            Self::Contexts => "contexts",
            Self::Users => "users",
        }
    }

    /// The key of an entry's content, beside its name.
    fn content(self) -> &'static str {
        match self {
            Self::Clusters => "cluster",
            Self::Contexts => "context",
            Self::Users => "user",
        }
    }
}

/// A file as it is and as it is to become.
#[derive(Clone, Debug)]
pub(super) struct Document {
    path: PathBuf,
    text: String,
    read: Fields,
    fields: Fields,
    exists: bool,
    notices: Vec<files::Notice>,
}

impl Document {
    /// Reads a file; a missing one is an empty document.
    pub(super) fn read(path: &Path) -> Result<Self, Error> {
        let content = files::read_noting(path, SIZE_LIMIT)?;
        let exists = content.is_some();
        let (bytes, mut notices) = content.map_or_else(Default::default, |content| (content.bytes, content.notices));
        // Directories for everybody to read, such as ~/.kube usually is, are fine.
        notices.retain(|notice| matches!(notice, files::Notice::Loose { path: loose, .. } if loose == path));
        let text = String::from_utf8(bytes).map_err(|error| {
            let before = &error.as_bytes()[..error.utf8_error().valid_up_to()];
            let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
            Error::unreadable(path, (Defect::Encoding, Some(line)))
        })?;
        let tree =
            Node::parse(text.trim_start_matches('\u{feff}')).map_err(|problem| Error::unreadable(path, problem))?;
        let Node::Map(fields) = tree else {
            return Err(Error::unreadable(path, (Defect::WrongShape(""), Some(1))));
        };
        check(&fields).map_err(|reason| Error::NotAKubeconfig { path: path.to_owned(), reason })?;
        Ok(Self { path: path.to_owned(), text, read: fields.clone(), fields, exists, notices })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn exists(&self) -> bool {
        self.exists
    }

    pub(super) fn is_changed(&self) -> bool {
        Node::Map(self.fields.clone()) != Node::Map(self.read.clone())
    }

    pub(super) fn notices(&self) -> &[files::Notice] {
        &self.notices
    }

    /// Names and contents of a list, in the order of the file.
    pub(super) fn entries(&self, section: Section) -> impl Iterator<Item = (String, &Node)> {
        let items = match field(&self.fields, section.list()) {
            Some(Node::List(items)) => items.as_slice(),
            _ => &[],
        };
        items.iter().filter_map(move |item| {
            let content = content(item, section).unwrap_or(&Node::Null);
            Some((name(item)?, content))
        })
    }

    /// Puts an entry in the place of the one of that name, or at the end of its list.
    pub(super) fn put(&mut self, section: Section, entry: &str, value: Node) {
        if self.fields.is_empty() {
            self.set("apiVersion", Node::Text("v1".to_owned()));
            self.set("kind", Node::Text("Config".to_owned()));
        }
        let items = self.list(section);
        match items.iter_mut().find(|item| name(item).as_deref() == Some(entry)) {
            Some(Node::Map(fields)) => set(fields, section.content(), value),
            _ => items.push(Node::Map(vec![
                (section.content().to_owned(), value),
                ("name".to_owned(), Node::Text(entry.to_owned())),
            ])),
        }
    }

    pub(super) fn remove(&mut self, section: Section, entry: &str) {
        if self.entries(section).any(|(name, _)| name == entry) {
            self.list(section).retain(|item| name(item).as_deref() != Some(entry));
        }
    }

    /// The name in `current-context`, if there is one.
    pub(super) fn current_context(&self) -> Option<String> {
        field(&self.fields, "current-context").and_then(Node::as_text).filter(|name| !name.is_empty())
    }

    pub(super) fn set_current_context(&mut self, name: &str) {
        self.set("current-context", Node::Text(name.to_owned()));
    }

    /// Writes what changed, durably; the file's owner, group and permissions stay, what dead writers left beside it goes.
    pub(super) fn write(&self) -> Result<(), Error> {
        let (old, new) = (Node::Map(self.read.clone()), Node::Map(self.fields.clone()));
        let layout = || Error::Layout { path: self.path.clone() };
        let text = match self.text.trim_start_matches('\u{feff}').trim() {
            "" => new.render(),
            _ => edit(&self.text, &old, &new, Lists::Kept).ok_or_else(layout)?,
        };
        let written = Node::parse_with_library(text.trim_start_matches('\u{feff}'));
        if written.ok().as_ref() != Some(&new) {
            return Err(layout());
        }
        let reservation = Reservation::make(&self.path, text.len() as u64)?.with_permissions_of_target()?;
        reservation.commit(text.as_bytes())?;
        files::leftovers(&self.path).into_iter().for_each(|leftover| drop(leftover.remove()));
        Ok(())
    }

    fn list(&mut self, section: Section) -> &mut Vec<Node> {
        if !matches!(field(&self.fields, section.list()), Some(Node::List(_))) {
            self.set(section.list(), Node::List(Vec::new()));
        }
        let list = self.fields.iter_mut().find_map(|(key, value)| match value {
            Node::List(items) if key == section.list() => Some(items),
            _ => None,
        });
        list.expect("it is a list by now")
    }

    fn set(&mut self, key: &str, value: Node) {
        set(&mut self.fields, key, value);
    }
}

/// Sets a key of a mapping, in its place if it has one.
pub(super) fn set(fields: &mut Fields, key: &str, value: Node) {
    match fields.iter_mut().find(|(name, _)| name == key) {
        Some((_, old)) => *old = value,
        None => fields.push((key.to_owned(), value)),
    }
}

fn name(item: &Node) -> Option<String> {
    let Node::Map(fields) = item else { return None };
    field(fields, "name").and_then(Node::as_text)
}

fn content(item: &Node, section: Section) -> Option<&Node> {
    let Node::Map(fields) = item else { return None };
    field(fields, section.content())
}

/// Whether kubectl would take it for a kubeconfig; what it would stumble over otherwise.
fn check(fields: &Fields) -> Result<(), String> {
    for (key, expected) in [("apiVersion", "v1"), ("kind", "Config")] {
        match field(fields, key) {
            None | Some(Node::Null) => {}
            Some(Node::Text(text)) if text.is_empty() || text == expected => {}
            Some(_) => return Err(format!("its {key} is not {expected}")),
        }
    }
    for section in Section::ALL {
        let items = match field(fields, section.list()) {
            None | Some(Node::Null) => continue,
            Some(Node::List(items)) => items,
            Some(_) => return Err(format!("{} is not a list", section.list())),
        };
        let mut names = HashSet::new();
        for (index, item) in items.iter().enumerate() {
            if !matches!(item, Node::Map(_)) {
                return Err(format!("entry {} of {} is not a mapping", index + 1, section.list()));
            }
            if name(item).is_some_and(|name| !names.insert(name)) {
                return Err(format!("entry {} of {} has the name of an earlier one", index + 1, section.list()));
            }
        }
    }
    Ok(())
}

/// A thousand clusters with their certificates take 4 MB.
const SIZE_LIMIT: u64 = 10 * 1024 * 1024;
