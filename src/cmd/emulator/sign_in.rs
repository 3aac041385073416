//! `emulator sign-in`: what a person would click at an emulator's login or device page.

use crate::cmd::runtime::block_on;
use crate::emulator::{self, Who};
use crate::error::Failure;
use crate::exit::ExitCode;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Sign in as this person instead of the next one
    #[arg(long = "as", value_name = "EMAIL", conflicts_with = "deny")]
    person: Option<String>,
    /// Refuse to sign in
    #[arg(long)]
    deny: bool,
    /// The login URL, or the device page with its user code
    url: String,
}

/// Signs in or refuses.
pub(super) fn run(args: &Args) -> Result<(), Failure> {
    let who = match &args.person {
        _ if args.deny => Who::Nobody,
        Some(email) => Who::Named(email.clone()),
        None => Who::Next,
    };
    block_on(async {
        emulator::sign_in(&args.url, &who)
            .await
            .map_err(|error| Failure::new(ExitCode::Failed, "SIGN_IN", error.to_string()).caused_by(&error))
    })
}
