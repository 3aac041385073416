//! The checks. Each says what it found in the words of the command that would have failed.

use std::time::Instant;

use url::Url;

use super::finding::Finding;
use crate::api::{Call, ControlPlane};
use crate::app::App;
use crate::auth::{self, Account, Auth, CLOCK_TOLERANCE_SECONDS, Scope, TokenRequest};
use crate::cmd::auth::status::rfc3339;
use crate::cmd::identity;
use crate::cmd::runtime::block_on;
use crate::error::{Failure, StoreName};
use crate::sys::env;
use crate::ui::Ui;

/// All checks in the order in which one needs the other.
pub(super) fn all(app: &App, ui: &Ui) -> Vec<Finding> {
    let progress = ui.progress("Looking");
    let auth = match app.auth() {
        Ok(auth) => auth,
        Err(failure) => return vec![Finding::failed("home", failure)],
    };
    let mut findings = vec![home(auth)];
    let account = match app.acting() {
        Ok(account) => account,
        Err(failure) => {
            findings.extend([Finding::failed("account", failure), proxy()]);
            return findings;
        }
    };
    findings.extend([acting(account), store(auth, account), proxy()]);
    progress.say("Asking the identity server");
    findings.extend(identity_server(auth, account));
    let token = token(auth, account);
    let has_token = token.exit.number() == 0;
    findings.push(token);
    progress.say("Asking the API server");
    findings.push(match has_token {
        true => api(app).unwrap_or_else(|failure| Finding::failed("api", failure)),
        false => Finding::skipped("api", "not asked: there is no token"),
    });
    findings
}

/// Whether what has to be stored can be.
fn home(auth: &Auth) -> Finding {
    let root = auth.sessions.home().root().display().to_string();
    let looked = auth.load_config().and_then(|_| Ok(auth.sessions.check_writable()?));
    match looked {
        Err(error) => Finding::failed("home", error.into()),
        Ok(()) => match auth.take_notices().first() {
            Some(notice) => Finding::warning("home", notice, "it is mended with the next write"),
            None => Finding::ok("home", format!("{root} is yours alone and can be written")),
        },
    }
}

fn acting(account: &Account) -> Finding {
    let how = match identity::source(account) {
        "active_session" => "the active session",
        "credentials_file" => env::DATUM_CREDENTIALS_FILE,
        "environment" => env::DATUM_SESSION,
        _ => "--session",
    };
    Finding::ok("account", format!("{} ({how})", account.name()))
}

/// Whether the credential is there, and how long the store takes to say so.
fn store(auth: &Auth, account: &Account) -> Finding {
    let Account::Stored { session, .. } = account else {
        return Finding::skipped("store", "not needed: the credentials are in a file of yours");
    };
    let begun = Instant::now();
    match auth.sessions.load(&session.user_key) {
        Err(error) => Finding::failed("store", error.into()),
        Ok(None) => Finding::failed("store", auth::Error::CredentialGone { account: session.name.clone() }.into()),
        Ok(Some(found)) => {
            let is_meant = env::var(env::DATUMCTL_CREDENTIAL_STORE).is_some_and(|choice| choice != "auto");
            let message = format!("{} ({} ms)", StoreName(found.store), begun.elapsed().as_millis());
            match found.store.name() == "file" && !is_meant {
                true => Finding::warning(
                    "store",
                    format!("{message}: there is no keyring, or credentials.json came first"),
                    "only you can read it; DATUMCTL_CREDENTIAL_STORE=file says that this is meant",
                ),
                false => Finding::ok("store", message),
            }
        }
    }
}

/// Which proxy the environment names; its user and password are nobody's business.
fn proxy() -> Finding {
    // Both spellings are in use.
    let named = |name: &str| env::var(name).or_else(|| env::var(&name.to_lowercase()));
    let Some((name, text)) = [env::HTTPS_PROXY, env::ALL_PROXY].into_iter().find_map(|name| Some((name, named(name)?)))
    else {
        return Finding::ok("proxy", "none");
    };
    let url = Url::parse(&text).or_else(|_| Url::parse(&format!("http://{text}")));
    match url.ok().and_then(|url| Some(format!("{}:{}", url.host_str()?, url.port_or_known_default()?))) {
        Some(place) => Finding::ok("proxy", format!("{place} ({name}), but not for this machine itself")),
        None => Finding::failed(
            "proxy",
            Failure::usage(format!("{name} is not a proxy's address")).hint("host:port, or a URL"),
        ),
    }
}

/// Trust, clock and metadata, by one question to the identity server.
fn identity_server(auth: &Auth, account: &Account) -> Vec<Finding> {
    let seen = match block_on(async { Ok(auth::look_at_issuer(auth, account).await?) }) {
        Ok(seen) => seen,
        Err(failure) => {
            let not = |check| Finding::skipped(check, "not known: the identity server did not answer");
            return match failure.code {
                "UNTRUSTED_SERVER" => vec![Finding::failed("tls", failure), not("discovery"), not("clock")],
                _ => vec![not("tls"), Finding::failed("discovery", failure), not("clock")],
            };
        }
    };
    let issuer = seen.issuer.origin();
    let tls = match issuer.starts_with("https://") {
        true => Finding::ok("tls", trust_source()),
        false => Finding::skipped("tls", "not needed: the servers are on this machine"),
    };
    vec![tls, Finding::ok("discovery", format!("{issuer} says what it is")), clock(seen.clock_ahead)]
}

fn trust_source() -> String {
    match env::var(env::SSL_CERT_FILE).or_else(|| env::var(env::SSL_CERT_DIR)) {
        Some(place) => format!("trusted by {place}"),
        None => "trusted by the system's authorities".to_owned(),
    }
}

fn clock(ahead: Option<i64>) -> Finding {
    match ahead {
        None => Finding::skipped("clock", "the identity server does not say what time it is"),
        Some(seconds) if seconds.abs() > CLOCK_TOLERANCE_SECONDS => {
            let direction = if seconds > 0 { "ahead of" } else { "behind" };
            let message = format!("{} s {direction} the identity server's", seconds.abs());
            Finding::warning("clock", message, "set it: tokens look expired, or not yet valid")
        }
        Some(_) => Finding::ok("clock", "as the identity server's"),
    }
}

/// A token that is good now, refreshed if it has to be.
fn token(auth: &Auth, account: &Account) -> Finding {
    match auth::token(auth, account, &TokenRequest::default()) {
        Err(error) => Finding::failed("token", error.into()),
        Ok(token) => {
            let until = token.expires_at.map_or_else(|| "as long as the server lets it".to_owned(), rfc3339);
            Finding::ok("token", format!("good until {until}"))
        }
    }
}

/// Whether the API server takes the token.
fn api(app: &App) -> Result<Finding, Failure> {
    let (auth, account) = (app.auth()?, app.acting()?);
    let cluster = app.cluster(&Scope::of_user(auth, account)?)?;
    let server = cluster.connection.server().origin();
    let url = ControlPlane::url(&cluster.plane, cluster.connection.server(), &["version"])?;
    block_on(async { Ok(cluster.connection.send(&Call::get(url)).await?) })?;
    Ok(Finding::ok("api", format!("{server} accepts the token")))
}

#[cfg(test)]
mod tests {
    use super::clock;
    use crate::cmd::auth::doctor::finding::Outcome;

    #[test]
    fn a_clock_may_be_off_by_a_minute_in_both_directions() {
        for (ahead, outcome) in [
            (None, Outcome::Skipped),
            (Some(60), Outcome::Ok),
            (Some(-60), Outcome::Ok),
            (Some(61), Outcome::Warning),
            (Some(-61), Outcome::Warning),
        ] {
            assert_eq!(clock(ahead).outcome, outcome, "{ahead:?}");
        }
        assert_eq!(clock(Some(-3600)).message, "3600 s behind the identity server's");
    }
}
