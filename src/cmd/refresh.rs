//! `__refresh`: the hidden process that outlives a command which needs a refresh.

use std::time::Duration;

use crate::app::App;
use crate::auth::{self, TokenRequest};
use crate::error::Failure;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[arg(long)]
    key: String,
    #[arg(long)]
    min_ttl: u64,
    #[arg(long)]
    refused: Option<String>,
}

/// Refreshes and answers its caller on standard output.
pub(crate) fn run(app: &App, args: &Args) -> Result<(), Failure> {
    let request = TokenRequest { min_ttl: Duration::from_secs(args.min_ttl), refused: args.refused.clone() };
    auth::run_worker(app.auth()?, &args.key, &request);
    Ok(())
}
