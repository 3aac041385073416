//! `projects delete`: a project goes, with everything in it.

use kube_core::params::DeleteParams;

use super::until::WaitFlags;
use crate::api::Error;
use crate::app::App;
use crate::auth;
use crate::cmd::confirm::Consent;
use crate::cmd::resource::{Everywhere, ScopeFlags};
use crate::cmd::runtime::block_on;
use crate::error::Failure;
use crate::ui::{Ui, sanitize};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The project
    name: String,
    #[command(flatten)]
    consent: Consent,
    #[command(flatten)]
    wait: WaitFlags,
}

/// Asks, deletes, and forgets the context.
pub(crate) fn run(app: &App, ui: &Ui, args: &Args) -> Result<(), Failure> {
    let (kind, name) = (Everywhere::Projects.kind(), args.name.as_str());
    args.consent.require(ui, &format!("Delete project {} and everything in it?", sanitize(name)))?;
    let work = ScopeFlags::default().work(app)?;
    block_on(async {
        let Some(home) = Everywhere::Projects.home(&work, name).await? else {
            return Err(Everywhere::Projects.not_found(name).into());
        };
        let collection = home.cluster.collection(&kind, None)?;
        home.cluster.delete(&collection, name, &DeleteParams::default()).await?;
        auth::forget_project(app.auth()?, app.acting()?, name)?;
        if !args.wait.wait {
            return Ok(());
        }
        let _progress = ui.progress(&format!("Waiting until project {name} is gone"));
        let look = async || match home.cluster.object(&collection, name).await {
            Err(Error::NotFound { .. }) => Ok(Some(())),
            Err(error) if !error.may_pass() => Err(error.into()),
            _ => Ok(None),
        };
        args.wait.until(&format!("project {name} is still there"), look).await
    })?;
    Ok(ui.print_raw(&format!("{} {:?} deleted\n", kind.qualified_singular(), sanitize(name)))?)
}
