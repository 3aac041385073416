//! `auth`: sign-in, accounts and tokens.

mod can_i;
mod doctor;
mod exec_info;
pub(crate) mod get_token;
mod list;
pub(crate) mod login;
pub(crate) mod logout;
mod org;
mod status;
mod switch;
mod update_kubeconfig;
mod whoami;

use clap::Subcommand;

use crate::app::App;
use crate::error::Failure;
use crate::ui::Ui;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Ask a control plane whether something is allowed
    CanI(can_i::Args),
    /// Check what signing in and fresh tokens need, and say how to mend it
    Doctor(doctor::Args),
    /// Print a fresh access token, for scripts, plugins and kubectl
    GetToken(get_token::Args),
    /// List the signed-in accounts
    #[command(visible_alias = "ls")]
    List(list::Args),
    /// Sign in: in a browser, on another device, or with a service account's credentials
    Login(login::Args),
    /// Sign out: revoke at the server and remove here
    Logout(logout::Args),
    /// List the organizations you are a member of, or switch to one
    Org(org::Args),
    /// Show who is signed in, from where, and until when
    Status(status::Args),
    /// Make another account the active one
    Switch(switch::Args),
    /// Let kubectl act as an account: write what it needs into its kubeconfig
    UpdateKubeconfig(update_kubeconfig::Args),
    /// Ask a control plane who it takes you for
    Whoami(whoami::Args),
}

impl Command {
    /// Whether it acts in a control plane.
    pub(crate) fn is_scoped(&self) -> bool {
        matches!(self, Self::CanI(_) | Self::Whoami(_))
    }
}

/// Runs one of the `auth` commands.
pub(crate) fn run(app: &App, ui: &Ui, command: Command) -> Result<(), Failure> {
    match command {
        Command::CanI(args) => can_i::run(app, ui, &args),
        Command::Doctor(args) => doctor::run(app, ui, &args),
        Command::GetToken(args) => get_token::run(app, ui, &args),
        Command::List(args) => list::run(app, ui, &args),
        Command::Login(args) => login::run(app, ui, &args),
        Command::Logout(args) => logout::run(app, ui, &args),
        Command::Org(args) => org::run(app, ui, &args),
        Command::Status(args) => status::run(app, ui, &args),
        Command::Switch(args) => switch::run(app, ui, &args),
        Command::UpdateKubeconfig(args) => update_kubeconfig::run(app, ui, &args),
        Command::Whoami(args) => whoami::run(app, ui, &args),
    }
}
