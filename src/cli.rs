//! Root arguments and the one dispatch.

use std::ffi::OsString;

use clap::error::ErrorKind;
use clap::{CommandFactory as _, Parser, Subcommand};

use crate::app::App;
use crate::auth::{AccountChoice, ScopeChoice};
use crate::cmd;
use crate::cmd::resource::ScopeFlags;
use crate::error::{ErrorFormat, Failure};
use crate::exit::ExitCode;
use crate::sys::{env, process};
use crate::ui::{ColorChoice, OutputError, Ui};

/// Sign in to Datum Cloud, switch between accounts and hand out fresh tokens
#[derive(Debug, Parser)]
#[command(name = "datumctl", version, disable_help_subcommand = true, max_term_width = 100, after_help = AFTER_HELP)]
struct Cli {
    #[command(flatten)]
    global: Global,
    // Before the command's name, as well as after it.
    #[command(flatten)]
    scope: ScopeFlags,
    #[command(subcommand)]
    command: Option<Command>,
}

/// Flags that every command takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Global {
    /// Act as this session instead of the active one
    #[arg(long, global = true, value_name = "NAME", help_heading = "Global options")]
    session: Option<String>,
    /// Say nothing on stderr but errors
    #[arg(short, long, global = true, help_heading = "Global options")]
    quiet: bool,
    /// Trace requests on stderr, without secrets; repeat for more
    #[arg(short, long, global = true, action = clap::ArgAction::Count, help_heading = "Global options")]
    verbose: u8,
    /// When to use colour
    #[arg(long, global = true, value_enum, default_value_t, value_name = "WHEN", help_heading = "Global options")]
    color: ColorChoice,
    /// How errors are written
    #[arg(long, global = true, value_enum, default_value_t, value_name = "FORMAT", help_heading = "Global options")]
    error_format: ErrorFormat,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Send requests to the API itself
    #[command(subcommand)]
    Api(cmd::api::Command),
    /// List the types that a control plane serves
    ApiResources(cmd::api_resources::Args),
    /// List the API versions that a control plane serves
    ApiVersions(cmd::api_versions::Args),
    /// Set and remove annotations of objects
    Annotate(cmd::marks::Args),
    /// Make objects what manifests say, creating those that are missing
    Apply(cmd::apply::Args),
    /// Manage sign-in, accounts and tokens
    #[command(subcommand)]
    Auth(cmd::auth::Command),
    /// Print a completion script for a shell
    Completion(cmd::completion::Args),
    /// Create objects from manifests
    Create(cmd::create::Args),
    /// Show and switch contexts (organizations and projects)
    #[command(visible_alias = "context")]
    Ctx(cmd::ctx::Args),
    /// Show everything about objects
    Describe(cmd::describe::Args),
    /// Change objects in an editor: KUBE_EDITOR, VISUAL, EDITOR or vi
    Edit(cmd::edit::Args),
    /// Delete objects
    Delete(cmd::delete::Args),
    /// Show what apply would change; exit status 1 says that something would
    Diff(cmd::diff::Args),
    /// Run a local Datum Cloud for tests and trials
    #[command(subcommand)]
    Emulator(cmd::emulator::Command),
    /// Explain the fields of a type
    Explain(cmd::explain::Args),
    /// Show objects
    Get(cmd::get::Args),
    /// Set and remove labels of objects
    Label(cmd::marks::Args),
    /// Sign in: in a browser, on another device, or with a service account's credentials
    Login(cmd::auth::login::Args),
    /// Sign out: revoke at the server and remove here
    Logout(cmd::auth::logout::Args),
    /// List organizations
    #[command(subcommand, visible_alias = "organization")]
    Organizations(cmd::organizations::Command),
    /// Change fields of objects by a patch in JSON or YAML
    Patch(cmd::patch::Args),
    /// List projects
    #[command(subcommand, visible_alias = "project")]
    Projects(cmd::projects::Command),
    /// Manage service accounts, their keys and their roles
    #[command(subcommand, visible_alias = "machine-accounts", aliases = ["service-account", "machine-account"])]
    ServiceAccounts(cmd::service_accounts::Command),
    /// Show the version
    Version(cmd::version::Args),
    /// Wait until objects are as they should be
    Wait(cmd::wait::Args),
    /// Show who is signed in and what commands act on
    Whoami(cmd::whoami::Args),
    #[command(name = crate::auth::WORKER_COMMAND, hide = true)]
    Refresh(cmd::refresh::Args),
}

/// Runs the command line of this process.
#[must_use]
pub fn run() -> std::process::ExitCode {
    process::report_panics(|message| {
        Ui::plain().error(format_args!("{message}"));
        Ui::plain().hint("this is a bug in datumctl; please report it with the command you ran");
        ExitCode::Bug.number()
    });
    let arguments = env::arguments();
    let exit = cmd::auth::get_token::short_way(&arguments).unwrap_or_else(|| ordinary_way(&arguments));
    exit.number().into()
}

/// Any command. Apart from [`run`], since it takes a stack that the short way would pay for.
#[inline(never)]
fn ordinary_way(arguments: &[OsString]) -> ExitCode {
    process::outlive_file_size_limit();
    if cmd::completion::answer(arguments, Cli::command) {
        return ExitCode::Done;
    }
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => return command_line_error(&error, arguments),
    };
    let ui = Ui::new(cli.global.color, cli.global.quiet, cli.global.verbose);
    let request_timeout = cli.scope.request_timeout;
    let scope = ScopeChoice::from(cli.scope);
    let is_plain = scope.is_empty() && request_timeout.is_none();
    let outcome = match is_plain || cli.command.as_ref().is_some_and(Command::is_scoped) {
        true => {
            let app = App::new(AccountChoice { session: cli.global.session }, scope);
            app.limit_requests(request_timeout);
            let outcome = dispatch(&app, &ui, cli.command);
            let outcome = outcome.map_err(|failure| cmd::refusal::explain(&app, failure));
            app.show_notices(&ui);
            outcome
        }
        // A scope for a command that has none would be a wish nobody grants.
        false => Err(Failure::usage(
            "this command takes no --project, --organization, --platform-wide, --namespace or --request-timeout",
        )),
    };
    finish(&ui, cli.global.error_format, outcome)
}

impl Command {
    /// Whether it acts in a control plane.
    fn is_scoped(&self) -> bool {
        match self {
            Self::Annotate(_)
            | Self::Api(_)
            | Self::ApiResources(_)
            | Self::ApiVersions(_)
            | Self::Apply(_)
            | Self::Create(_)
            | Self::Delete(_)
            | Self::Describe(_)
            | Self::Diff(_)
            | Self::Edit(_)
            | Self::Explain(_)
            | Self::Get(_)
            | Self::Label(_)
            | Self::Patch(_)
            | Self::ServiceAccounts(_)
            | Self::Version(_)
            | Self::Wait(_) => true,
            Self::Auth(command) => command.is_scoped(),
            _ => false,
        }
    }
}

fn dispatch(app: &App, ui: &Ui, command: Option<Command>) -> Result<(), Failure> {
    match command {
        None => Ok(ui.print_raw(&Cli::command().render_help().to_string())?),
        Some(Command::Api(command)) => cmd::api::run(app, ui, &command),
        Some(Command::ApiResources(args)) => cmd::api_resources::run(app, ui, &args),
        Some(Command::ApiVersions(args)) => cmd::api_versions::run(app, ui, &args),
        Some(Command::Annotate(args)) => cmd::marks::run(app, ui, &args, cmd::marks::Mark::Annotation),
        Some(Command::Apply(args)) => cmd::apply::run(app, ui, &args),
        Some(Command::Auth(command)) => cmd::auth::run(app, ui, command),
        Some(Command::Completion(args)) => cmd::completion::run(ui, &args),
        Some(Command::Create(args)) => cmd::create::run(app, ui, &args),
        Some(Command::Ctx(args)) => cmd::ctx::run(app, ui, &args),
        Some(Command::Describe(args)) => cmd::describe::run(app, ui, &args),
        Some(Command::Edit(args)) => cmd::edit::run(app, ui, &args),
        Some(Command::Delete(args)) => cmd::delete::run(app, ui, &args),
        Some(Command::Diff(args)) => cmd::diff::run(app, ui, &args),
        Some(Command::Emulator(command)) => cmd::emulator::run(ui, command),
        Some(Command::Explain(args)) => cmd::explain::run(app, ui, &args),
        Some(Command::Get(args)) => cmd::get::run(app, ui, &args),
        Some(Command::Label(args)) => cmd::marks::run(app, ui, &args, cmd::marks::Mark::Label),
        Some(Command::Login(args)) => cmd::auth::login::run(app, ui, &args),
        Some(Command::Logout(args)) => cmd::auth::logout::run(app, ui, &args),
        Some(Command::Organizations(command)) => cmd::organizations::run(app, ui, &command),
        Some(Command::Patch(args)) => cmd::patch::run(app, ui, &args),
        Some(Command::Projects(command)) => cmd::projects::run(app, ui, &command),
        Some(Command::Refresh(args)) => cmd::refresh::run(app, &args),
        Some(Command::ServiceAccounts(command)) => cmd::service_accounts::run(app, ui, &command),
        Some(Command::Version(args)) => cmd::version::run(app, ui, &args),
        Some(Command::Wait(args)) => cmd::wait::run(app, ui, &args),
        Some(Command::Whoami(args)) => cmd::whoami::run(app, ui, &args),
    }
}

fn finish(ui: &Ui, format: ErrorFormat, outcome: Result<(), Failure>) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::Done,
        Err(failure) => {
            failure.report(ui, format);
            failure.exit
        }
    }
}

/// Help and version are answers; everything else is a wrong command line.
fn command_line_error(error: &clap::Error, arguments: &[OsString]) -> ExitCode {
    let ui = Ui::plain();
    let shown = match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => ui.print_raw(&error.render().to_string()),
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            ui.error_block(&error.render().to_string());
            return ExitCode::Usage;
        }
        _ => {
            let failure = Failure::from_command_line(&error.render().to_string());
            failure.report(&ui, ErrorFormat::guess(arguments));
            return ExitCode::Usage;
        }
    };
    match shown {
        Ok(()) | Err(OutputError::ReaderGone) => ExitCode::Done,
        Err(error) => finish(&ui, ErrorFormat::guess(arguments), Err(error.into())),
    }
}

const AFTER_HELP: &str = "Begin with:              datumctl login\nTry without an account:  datumctl emulator exec";

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    #[test]
    fn the_command_tree_holds_together() {
        super::Cli::command().debug_assert();
    }
}
