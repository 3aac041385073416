//! What kubectl needs to act as an account: a server, and a command that hands it tokens.

use std::path::Path;

use super::target::parse_host;
use super::{Account, AccountChoice, Auth, ChosenBy, Error};
use crate::api::ControlPlane;
use crate::config::{Config, Session};
use crate::http::Host;
use crate::kubeconfig::{Access, Added, Kubeconfig, Outcome, Plane, Trust};
use crate::sys::env;
use crate::sys::program::Program;

/// What the command line said about the entries to write.
#[derive(Clone, Debug)]
pub(crate) struct KubectlRequest {
    /// What the context leads to.
    pub(crate) plane: Plane,
    /// `--hostname`: the API server that the account must belong to.
    pub(crate) hostname: Option<String>,
    /// `--exec-interactive-mode`
    pub(crate) interactive_mode: Option<String>,
    /// Whether the context becomes the current one.
    pub(crate) becomes_current: bool,
}

/// Writes what kubectl needs to act as the chosen account.
pub(crate) fn connect_kubectl(
    auth: &Auth,
    choice: &AccountChoice,
    kubeconfig: &Kubeconfig,
    request: &KubectlRequest,
) -> Result<(Access, Outcome<Added>), Error> {
    let account = choose(auth, choice, request.hostname.as_deref())?;
    let access = access(auth, &account, request)?;
    let outcome = kubeconfig.change(|merged| access.add_to(merged))?;
    Ok((access, outcome))
}

/// The account that acts; without `--session`, a `--hostname` picks the account that belongs to that server.
fn choose(auth: &Auth, choice: &AccountChoice, hostname: Option<&str>) -> Result<Account, Error> {
    let Some(text) = hostname else { return Account::choose(auth, choice) };
    let host = parse_host("--hostname", text)?;
    let belongs = |session: &Session| session.endpoint.server.parse::<Host>().is_ok_and(|server| server == host);
    let account = Account::choose(auth, choice);
    match account {
        Ok(account) if account.api_host(auth)? == host => return Ok(account),
        Ok(Account::Stored { source: ChosenBy::Active, .. }) | Err(Error::NoneActive | Error::NotLoggedIn) => {}
        Ok(account) => {
            return Err(Error::ForeignHost { host: host.to_string(), account: account.name().to_owned() });
        }
        Err(error) => return Err(error),
    }
    let config = auth.load_config()?;
    match config.sessions.iter().filter(|session| belongs(session)).collect::<Vec<_>>().as_slice() {
        [] => Err(Error::NoAccountAt { host: host.to_string() }),
        [only] => Ok(Account::Stored { session: Box::new((*only).clone()), source: ChosenBy::Flag }),
        several => Err(Error::SeveralAccountsAt {
            host: host.to_string(),
            names: several.iter().map(|session| session.name.clone()).collect(),
        }),
    }
}

fn access(auth: &Auth, account: &Account, request: &KubectlRequest) -> Result<Access, Error> {
    let host = account.api_host(auth)?;
    let plane = match &request.plane {
        Plane::Project(id) => ControlPlane::Project(id.clone()),
        Plane::Organization(id) => ControlPlane::Organization(id.clone()),
    };
    let mut arguments: Vec<String> =
        ["auth", "get-token", "--output=client.authentication.k8s.io/v1"].map(str::to_owned).into();
    let mut environment = settings(auth);
    let trust = match account {
        Account::Stored { session, .. } => {
            arguments.push(format!("--session={}", session.name));
            note_unknown(auth, &auth.load_config()?, session, &request.plane);
            Trust {
                authority: session.endpoint.certificate_authority_data.clone(),
                server_name: session.endpoint.tls_server_name.clone(),
                unchecked: session.endpoint.insecure_skip_tls_verify,
            }
        }
        Account::Machine(machine) => {
            environment.extend([
                (env::DATUM_API_HOSTNAME, machine.target.api.stored()),
                (env::DATUM_AUTH_HOSTNAME, machine.target.auth.stored()),
                (env::DATUM_CREDENTIALS_FILE, credentials_path()?),
            ]);
            Trust::default()
        }
    };
    if host.origin().starts_with("http://") {
        auth.notice("kubectl sends no credentials over plain http: it will reach this server as nobody");
    }
    Ok(Access {
        plane: request.plane.clone(),
        server: plane.url(&host, &[])?.to_string(),
        host: host.authority(),
        trust,
        account: account.name().to_owned(),
        command: command(auth)?,
        arguments,
        environment,
        interactive_mode: request.interactive_mode.clone(),
        becomes_current: request.becomes_current,
    })
}

/// What of our own surroundings the command needs to find the account again.
fn settings(auth: &Auth) -> Vec<(&'static str, String)> {
    let home = env::var_os(env::DATUMCTL_HOME).and_then(|_| auth.sessions.home().root().to_str().map(str::to_owned));
    let store = env::var(env::DATUMCTL_CREDENTIAL_STORE);
    [(env::DATUMCTL_CREDENTIAL_STORE, store), (env::DATUMCTL_HOME, home)]
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)))
        .collect()
}

/// Where `DATUM_CREDENTIALS_FILE` lies for everybody and for a long time.
fn credentials_path() -> Result<String, Error> {
    let path = env::var_os(env::DATUM_CREDENTIALS_FILE).unwrap_or_default();
    let path = std::path::absolute(&path).unwrap_or_else(|_| path.into());
    match path.to_str().filter(|_| path.is_file()) {
        Some(text) => Ok(text.to_owned()),
        None => Err(Error::PassingCredentials { path }),
    }
}

fn command(auth: &Auth) -> Result<String, Error> {
    let unusable = |reason| Error::ProgramPath { reason };
    let program = Program::locate().map_err(|error| unusable(error.to_string()))?;
    if program.is_temporary {
        auth.notice(format_args!(
            "kubectl will start {}, which the system may clear away; install datumctl and run this again",
            program.path.display()
        ));
    }
    let text = program.path.to_str().map(str::to_owned);
    text.ok_or_else(|| unusable(format!("{} is not text", Path::new(&program.path).display())))
}

/// What the last discovery has not seen may be new, or misspelt.
fn note_unknown(auth: &Auth, config: &Config, session: &Session, plane: &Plane) {
    let mut contexts = config.contexts_of(&session.name).peekable();
    if contexts.peek().is_none() {
        return;
    }
    let (kind, id, is_known) = match plane {
        Plane::Project(id) => ("project", id, contexts.any(|context| context.project_id.as_ref() == Some(id))),
        Plane::Organization(id) => ("organization", id, contexts.any(|context| context.organization_id == *id)),
    };
    if !is_known {
        auth.notice(format_args!("{} is not known to have a {kind} {id}: datumctl ctx --refresh", session.name));
    }
}
