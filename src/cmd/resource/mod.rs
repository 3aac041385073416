//! What all commands on objects share: scope flags, the words that name objects, where they lie.

mod flags;
mod targets;

use url::Url;

pub(crate) use flags::{ScopeFlags, SelectorFlags};
pub(crate) use targets::{Target, targets};

use crate::api::ApiType;
use crate::app::{App, Cluster};
use crate::error::Failure;

/// One control plane and the namespace that is meant in it.
pub(crate) struct Work<'a> {
    /// For what else the command needs.
    pub(crate) app: &'a App,
    /// The control plane.
    pub(crate) cluster: Cluster<'a>,
    /// The namespace that is meant where an object says none; `None` means all.
    pub(crate) namespace: Option<String>,
}

impl Work<'_> {
    /// Where the objects of `kind` lie, in the namespace that is meant or in all.
    pub(crate) fn collection(&self, kind: &ApiType, all_namespaces: bool) -> Result<Url, Failure> {
        let namespace = self.namespace.as_deref().filter(|_| !all_namespaces);
        Ok(self.cluster.collection(kind, namespace)?)
    }

    /// Where one object of `kind` lies, which has to be in a namespace if its type is.
    pub(crate) fn place(&self, kind: &ApiType) -> Result<Url, Failure> {
        if kind.namespaced && self.namespace.is_none() {
            let message = format!("{} live in namespaces, and none is named", kind.plural);
            return Err(Failure::usage(message).hint("name it with --namespace NAME"));
        }
        self.collection(kind, false)
    }
}
