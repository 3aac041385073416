//! `auth get-token`: a fresh access token on stdout, for scripts, plugins and kubectl. Never interactive.

use std::ffi::OsString;
use std::time::Duration;

use clap::ValueEnum as _;
use serde_json::json;

use super::exec_info::ExecInfo;
use super::status::rfc3339;
use crate::app::{self, App};
use crate::auth::{self, Account, FreshToken, TokenRequest};
use crate::cmd::format::duration;
use crate::cmd::identity;
use crate::error::Failure;
use crate::exit::ExitCode;
use crate::sys::clock;
use crate::ui::{self, Ui};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// What to print
    #[arg(short, long, alias = "format", value_enum, default_value = "token", value_name = "FORMAT")]
    output: Output,
    /// Refresh when the token has less than this left (30s, 5m, 2h) [default: 60s]
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    min_ttl: Option<Duration>,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Output {
    /// The token alone
    Token,
    /// An object with the token and its expiry
    Json,
    /// What kubectl expects of a credential plugin
    #[value(name = "client.authentication.k8s.io/v1")]
    ExecCredential,
}

/// Prints a token.
pub(crate) fn run(app: &App, ui: &Ui, args: &Args) -> Result<(), Failure> {
    if ui::standard_output_is_closed() {
        return Err(crate::ui::OutputError::Closed.into());
    }
    let exec_info = exec_info(args.output)?;
    let mut request = TokenRequest::default();
    if let Some(min_ttl) = args.min_ttl {
        request.min_ttl = min_ttl;
    }
    let (auth, account) = (app.auth()?, account(app, args.output)?);
    if let Some(server) = &exec_info.server {
        account.check_server(auth, server)?;
    }
    let token = auth::token(auth, &account, &request)?;
    if identity::is_active(&account) {
        auth.note_active_session_if_stale();
    }
    let text = zeroize::Zeroizing::new(render(&token, args.output, &exec_info));
    Ok(ui.print_raw(&text)?)
}

/// Who acts. A kubeconfig that names a session is no slip of the fingers: it was there, and was logged out.
fn account(app: &App, output: Output) -> Result<Account, Failure> {
    app.account().map_err(|failure| match (output, &app.choice().session) {
        (Output::ExecCredential, Some(_)) if failure.exit == ExitCode::Usage => Failure {
            exit: ExitCode::LoginRequired,
            code: "NOT_LOGGED_IN",
            hints: vec!["datumctl login".to_owned()],
            ..failure
        },
        _ => failure,
    })
}

/// What kubectl says; nothing unless it is asked for its format.
fn exec_info(output: Output) -> Result<ExecInfo, Failure> {
    match output {
        Output::ExecCredential => ExecInfo::read(),
        Output::Token | Output::Json => Ok(ExecInfo::default()),
    }
}

fn render(token: &FreshToken, output: Output, exec_info: &ExecInfo) -> String {
    let secret = token.access_token.expose();
    let document = match output {
        Output::Token => return format!("{secret}\n"),
        Output::Json => json!({
            "access_token": secret,
            "token_type": token.token_type,
            "expires_at": token.expires_at.map(rfc3339),
            "expires_in": token.expires_at.map(|expiry| (expiry.as_second() - clock::now().as_second()).max(0)),
        }),
        Output::ExecCredential => json!({
            "kind": "ExecCredential",
            "apiVersion": exec_info.api_version,
            "spec": { "interactive": false },
            "status": { "expirationTimestamp": token.expires_at.map(rfc3339), "token": secret },
        }),
    };
    format!("{document:#}\n")
}

/// The usual case, decided on the words alone: prints the active session's token if it is still valid.
///
/// `None` sends the command the ordinary way.
pub(crate) fn short_way(arguments: &[OsString]) -> Option<ExitCode> {
    let wish = Wish::read(arguments)?;
    // Whose server kubectl names is for the ordinary way to find out.
    let exec_info = exec_info(wish.output).ok().filter(|info| info.server.is_none())?;
    if ui::standard_output_is_closed() {
        return None;
    }
    let choice = app::store_choice().ok()?;
    let token = auth::valid_token(choice, wish.session, &TokenRequest::default())?;
    let text = zeroize::Zeroizing::new(render(&token, wish.output, &exec_info));
    match ui::write_out(&text) {
        Ok(()) | Err(ui::OutputError::ReaderGone) => Some(ExitCode::Done),
        // The ordinary way fails the same way and says so.
        Err(_) => None,
    }
}

/// What the plain forms of the command say; every other form is clap's.
struct Wish<'a> {
    session: Option<&'a str>,
    output: Output,
}

impl<'a> Wish<'a> {
    fn read(arguments: &'a [OsString]) -> Option<Self> {
        let [_, auth, get_token, rest @ ..] = arguments else { return None };
        if auth != "auth" || get_token != "get-token" {
            return None;
        }
        let mut wish = Self { session: None, output: Output::Token };
        let mut words = rest.iter().map(|word| word.to_str());
        while let Some(word) = words.next() {
            match word?.split_once('=') {
                Some(("--session", name)) => wish.session = Some(name),
                Some(("--output", name)) => wish.output = Output::from_str(name, false).ok()?,
                None if word == Some("--session") => wish.session = Some(words.next()??),
                None if word == Some("--output") || word == Some("-o") => {
                    wish.output = Output::from_str(words.next()??, false).ok()?;
                }
                _ => return None,
            }
        }
        Some(wish)
    }
}
