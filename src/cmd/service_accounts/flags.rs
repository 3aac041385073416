//! The project that a command acts in, and how long it waits.

use std::time::Duration;

use crate::api::ControlPlane;
use crate::app::{App, Cluster};
use crate::auth::ScopeChoice;
use crate::cmd::format::duration;
use crate::error::Failure;
use crate::machine;

/// `--project`.
#[derive(Clone, Debug, Default, clap::Args)]
pub(super) struct ProjectFlags {
    /// The project [default: that of the current context]
    #[arg(long, value_name = "ID", help_heading = "Scope")]
    project: Option<String>,
    /// The longest one request may take, such as 30s or 5m; 0 is 10m, or 1m of silence
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    request_timeout: Option<Duration>,
}

impl ProjectFlags {
    /// The project's control plane.
    ///
    /// # Errors
    /// A usage failure where no project is meant.
    pub(super) fn cluster<'a>(&self, app: &'a App) -> Result<Cluster<'a>, Failure> {
        app.limit_requests(self.request_timeout);
        let choice = ScopeChoice { project: self.project.clone(), ..ScopeChoice::default() };
        if app.names_namespace(&choice) {
            return Err(Failure::usage("service accounts live in no namespace"));
        }
        let scope = app.scope(&choice)?;
        match scope.plane {
            ControlPlane::Project(_) => app.cluster(&scope),
            _ => Err(machine::Error::NoProject.into()),
        }
    }
}

/// `--timeout`.
#[derive(Clone, Copy, Debug, clap::Args)]
pub(super) struct Patience {
    /// How long to wait for the platform: 30s, 5m, 2h
    #[arg(long, value_name = "DURATION", default_value = "1m", value_parser = duration)]
    pub(super) timeout: Duration,
}
