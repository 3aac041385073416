//! What all commands on objects share: scope flags, the words that name objects, where they lie.

mod each;
mod everywhere;
mod flags;
mod found;
mod manifests;
mod output;
mod places;
mod private;
mod report;
mod targets;
mod write;

use url::Url;

pub(crate) use each::{Piece, each};
pub(crate) use everywhere::{Everywhere, Gathered, known_owner};
pub(crate) use flags::{ScopeFlags, SelectorFlags};
pub(crate) use found::{Choice, Failures, Found};
pub(crate) use manifests::{FileFlags, Placed, file_name};
pub(crate) use output::{one_object, output_format, server_text};
pub(crate) use places::Place;
pub(crate) use private::{require_a_place_for_keys, without_private_key};
pub(crate) use report::{Report, ReportFlags, ReportForm};
pub(crate) use targets::{Target, targets};
pub(crate) use write::{DryRun, DryRunFlag, FIELD_MANAGER, Validate, WriteFlags};

use crate::api::ApiType;
use crate::app::{App, Cluster};
use crate::auth::Scope;
use crate::error::Failure;
use crate::ui::{Ui, sanitize};

/// One control plane and the namespace that is meant in it.
pub(crate) struct Work<'a> {
    /// For what else the command needs.
    pub(crate) app: &'a App,
    /// The control plane.
    pub(crate) cluster: Cluster<'a>,
    /// The namespace that is meant where an object says none; `None` means all.
    pub(crate) namespace: Option<String>,
    /// Whether the command line named it.
    pub(crate) names_namespace: bool,
}

impl<'a> Work<'a> {
    /// The same work in another scope.
    fn elsewhere(&self, scope: &Scope) -> Result<Self, Failure> {
        let (app, names_namespace) = (self.app, self.names_namespace);
        let namespace = scope.namespace.clone();
        Ok(Work { app, cluster: app.cluster(scope)?, namespace, names_namespace })
    }

    /// Says what the server warned of.
    pub(crate) fn warn(&self, ui: &Ui) {
        self.cluster.connection.take_warnings().iter().for_each(|warning| ui.warn(sanitize(warning)));
    }

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
