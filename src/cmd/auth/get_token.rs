//! `auth get-token`: a fresh access token on stdout, for scripts, plugins and kubectl. Never interactive.

use std::ffi::OsString;
use std::time::Duration;

use clap::ValueEnum as _;
use serde_json::json;

use super::status::rfc3339;
use crate::app::{self, App};
use crate::auth::{self, FreshToken, TokenRequest};
use crate::cmd::format::duration;
use crate::cmd::identity;
use crate::error::Failure;
use crate::exit::ExitCode;
use crate::sys::{clock, env};
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
    if matches!(args.output, Output::ExecCredential) {
        check_exec_info()?;
    }
    let mut request = TokenRequest::default();
    if let Some(min_ttl) = args.min_ttl {
        request.min_ttl = min_ttl;
    }
    let (auth, account) = (app.auth()?, app.account()?);
    let token = auth::token(auth, &account, &request)?;
    if identity::is_active(&account) {
        auth.note_active_session_if_stale();
    }
    let text = zeroize::Zeroizing::new(render(&token, args.output));
    Ok(ui.print_raw(&text)?)
}

fn render(token: &FreshToken, output: Output) -> String {
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
            "apiVersion": EXEC_CREDENTIAL,
            "spec": { "interactive": false },
            "status": { "expirationTimestamp": token.expires_at.map(rfc3339), "token": secret },
        }),
    };
    format!("{document:#}\n")
}

/// Refuses a kubectl that asks for another version of the protocol (KEP-541).
fn check_exec_info() -> Result<(), Failure> {
    let Some(text) = env::var(env::KUBERNETES_EXEC_INFO) else { return Ok(()) };
    let wrong = |what: String| {
        Failure::usage(format!("{}: {what}", env::KUBERNETES_EXEC_INFO))
            .hint(format!("set the user's exec apiVersion to {EXEC_CREDENTIAL} in the kubeconfig"))
    };
    if text.len() > EXEC_INFO_LIMIT {
        return Err(wrong(format!("longer than {EXEC_INFO_LIMIT} bytes")));
    }
    let info: serde_json::Value = serde_json::from_str(&text).map_err(|_| wrong("not JSON".to_owned()))?;
    match info.get("apiVersion").and_then(serde_json::Value::as_str) {
        Some(EXEC_CREDENTIAL) => Ok(()),
        Some(other) => Err(wrong(format!("asks for {}, which is not spoken here", ui::sanitize_to(other, 100)))),
        None => Err(wrong("has no apiVersion".to_owned())),
    }
}

/// The usual case, decided on the words alone: prints the active session's token if it is still valid.
///
/// `None` sends the command the ordinary way.
pub(crate) fn short_way(arguments: &[OsString]) -> Option<ExitCode> {
    let wish = Wish::read(arguments)?;
    if ui::standard_output_is_closed() || (matches!(wish.output, Output::ExecCredential) && check_exec_info().is_err())
    {
        return None;
    }
    let choice = app::store_choice().ok()?;
    let token = auth::valid_token(choice, wish.session, &TokenRequest::default())?;
    let text = zeroize::Zeroizing::new(render(&token, wish.output));
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

const EXEC_CREDENTIAL: &str = "client.authentication.k8s.io/v1";
const EXEC_INFO_LIMIT: usize = 256 * 1024;
