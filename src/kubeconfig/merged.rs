//! All files of a kubeconfig seen as one, by client-go's rules: the first file that has an entry decides, and is the
//! one in which it is changed; what no file has goes to the default one.

use std::collections::HashSet;

use super::document::{Document, Section};
use crate::yaml::Node;

/// The files of a kubeconfig, to be looked at and changed as one.
#[derive(Debug)]
pub(crate) struct Merged {
    documents: Vec<Document>,
    default: usize,
}

impl Merged {
    /// Joins documents; new entries go to the one at `default`.
    pub(super) fn new(documents: Vec<Document>, default: usize) -> Self {
        Self { documents, default }
    }

    pub(super) fn documents(&self) -> &[Document] {
        &self.documents
    }

    pub(super) fn find(&self, section: Section, name: &str) -> Option<&Node> {
        self.documents.iter().find_map(|document| content(document, section, name))
    }

    /// Every name once, with the content that counts.
    pub(super) fn entries(&self, section: Section) -> Vec<(String, &Node)> {
        let mut seen = HashSet::new();
        let all = self.documents.iter().flat_map(|document| document.entries(section));
        all.filter(|(name, _)| seen.insert(name.clone())).collect()
    }

    pub(super) fn put(&mut self, section: Section, name: &str, value: Node) {
        let holder = self.documents.iter().position(|document| content(document, section, name).is_some());
        self.documents[holder.unwrap_or(self.default)].put(section, name, value);
    }

    pub(super) fn remove(&mut self, section: Section, name: &str) {
        self.documents.iter_mut().for_each(|document| document.remove(section, name));
    }

    pub(super) fn current_context(&self) -> Option<String> {
        self.documents.iter().find_map(Document::current_context)
    }

    /// The default document is the first that exists, so what it says counts.
    pub(super) fn set_current_context(&mut self, name: &str) {
        self.documents[self.default].set_current_context(name);
    }

    pub(super) fn forget_current_context(&mut self, name: &str) {
        let saying = self.documents.iter_mut().filter(|document| document.current_context().as_deref() == Some(name));
        saying.for_each(|document| document.set_current_context(""));
    }
}

fn content<'a>(document: &'a Document, section: Section, name: &str) -> Option<&'a Node> {
    document.entries(section).find_map(|(entry, content)| (entry == name).then_some(content))
}
