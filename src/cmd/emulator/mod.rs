//! `emulator`: a local Datum Cloud for tests and trials.

mod exec;
mod sign_in;
mod start;

use std::path::PathBuf;
use std::time::Duration;

use clap::Subcommand;

use super::format::duration;
use crate::emulator::{Emulator, Fault, Options, Seed};
use crate::error::Failure;
use crate::exit::ExitCode;
use crate::sys::input;
use crate::ui::Ui;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run a command, or a shell, against an emulator of its own
    Exec(exec::Args),
    /// Sign in at an emulator's login URL, as a browser would
    #[command(hide = true)]
    SignIn(sign_in::Args),
    /// Serve until stopped; prints one JSON line when ready
    Start(start::Args),
}

/// How the emulator behaves.
#[derive(Debug, clap::Args)]
struct Behaviour {
    /// Port to listen on [default: any free one]
    #[arg(long, default_value_t = 0, hide_default_value = true)]
    port: u16,
    /// People, service accounts, organizations and projects, as JSON [default: a built-in set]
    #[arg(long, value_name = "FILE")]
    seed: Option<PathBuf>,
    /// Life of an access token (30s, 5m, 2h)
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "12h")]
    access_token_ttl: Duration,
    /// Scripted misbehaviour, such as token.refresh:status=503,times=2; repeatable
    #[arg(long, value_name = "SPEC")]
    fault: Vec<Fault>,
}

impl Behaviour {
    fn start(&self) -> Result<Emulator, Failure> {
        let seed = match &self.seed {
            None => Seed::default(),
            Some(path) => {
                let text = input::read(path, SEED_LIMIT)
                    .map_err(|error| Failure::usage(format!("--seed: {error}")).caused_by(&error))?;
                Seed::from_json(&String::from_utf8_lossy(&text))
                    .map_err(|error| Failure::usage(format!("--seed: {error}")).caused_by(&error))?
            }
        };
        let options = Options {
            port: self.port,
            seed,
            access_token_ttl: self.access_token_ttl,
            faults: self.fault.clone(),
            ..Options::default()
        };
        Emulator::start(options)
            .map_err(|error| Failure::new(ExitCode::Usage, "EMULATOR", error.to_string()).caused_by(&error))
    }
}

/// Runs one of the `emulator` commands.
pub(crate) fn run(ui: &Ui, command: Command) -> Result<(), Failure> {
    match command {
        Command::Exec(args) => exec::run(ui, &args),
        Command::SignIn(args) => sign_in::run(&args),
        Command::Start(args) => start::run(ui, &args),
    }
}

const SEED_LIMIT: u64 = 16 * 1024 * 1024;
