//! The flags that every command on objects takes.

use std::time::Duration;

use crate::api::Selection;
use crate::app::App;
use crate::auth::{Scope, ScopeChoice};
use crate::cmd::format::duration;
use crate::error::Failure;

use super::Work;

/// `--project`, `--organization`, `--platform-wide` and `-n`; how long one answer may take.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct ScopeFlags {
    /// Act in this project
    #[arg(long, value_name = "ID", help_heading = "Scope")]
    pub(crate) project: Option<String>,
    /// Act in this organization
    #[arg(long, value_name = "ID", help_heading = "Scope", conflicts_with = "project")]
    pub(crate) organization: Option<String>,
    /// Act on the whole platform
    #[arg(long, help_heading = "Scope", conflicts_with_all = ["project", "organization"])]
    pub(crate) platform_wide: bool,
    /// Namespace of the objects
    #[arg(short, long, value_name = "NAMESPACE", help_heading = "Scope")]
    pub(crate) namespace: Option<String>,
    /// The longest one request may take, such as 30s or 5m; 0 is 10m, or 1m of silence
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub(crate) request_timeout: Option<Duration>,
}

impl ScopeFlags {
    /// The control plane and the namespace they name, asked with a token of the account.
    pub(crate) fn work<'a>(&self, app: &'a App) -> Result<Work<'a>, Failure> {
        app.limit_requests(self.request_timeout);
        let choice = self.clone().into();
        let scope = app.scope(&choice)?;
        let names_namespace = app.names_namespace(&choice);
        Ok(Work { app, cluster: app.cluster(&scope)?, namespace: scope.namespace, names_namespace })
    }
}

impl<'a> Work<'a> {
    /// Work in `scope`, whatever the command line says.
    pub(crate) fn at(app: &'a App, scope: &Scope) -> Result<Self, Failure> {
        Ok(Work { app, cluster: app.cluster(scope)?, namespace: scope.namespace.clone(), names_namespace: false })
    }
}

impl From<ScopeFlags> for ScopeChoice {
    fn from(flags: ScopeFlags) -> Self {
        let ScopeFlags { project, organization, platform_wide, namespace, .. } = flags;
        Self { project, organization, platform_wide, namespace }
    }
}

/// `-l` and `--field-selector`.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct SelectorFlags {
    /// Only objects whose labels fit: key=value, key!=value, key in (a,b), key, !key
    #[arg(short = 'l', long, value_name = "SELECTOR", help_heading = "Selection")]
    pub(crate) selector: Option<String>,
    /// Only objects whose fields fit: metadata.name=value
    #[arg(long, value_name = "SELECTOR", help_heading = "Selection")]
    pub(crate) field_selector: Option<String>,
}

impl SelectorFlags {
    /// What they select.
    pub(crate) fn selection(&self) -> Selection {
        Selection { labels: self.selector.clone(), fields: self.field_selector.clone(), whole_rows: false }
    }
}
