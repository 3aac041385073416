//! `version`: which program this is.

use serde::Serialize;

use super::format::TextOrJsonFlag;
use crate::error::Failure;
use crate::ui::{Ui, View};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    format: TextOrJsonFlag,
}

#[derive(Serialize)]
struct Version {
    version: &'static str,
    platform: String,
}

impl View for Version {
    fn text(&self) -> String {
        format!("datumctl {} ({})\n", self.version, self.platform)
    }
}

/// Prints the version.
pub(crate) fn run(ui: &Ui, args: &Args) -> Result<(), Failure> {
    let platform = format!("{}/{}", std::env::consts::OS, std::env::consts::ARCH);
    let version = Version { version: env!("CARGO_PKG_VERSION"), platform };
    Ok(ui.print(&version, args.format.output.into())?)
}
