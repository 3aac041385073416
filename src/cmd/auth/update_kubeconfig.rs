//! `auth update-kubeconfig`: a context for kubectl, written into its kubeconfig or taken out again.

use std::path::PathBuf;

use serde::Serialize;

use crate::app::App;
use crate::auth::{self, KubectlRequest};
use crate::cmd::format::TextOrJsonFlag;
use crate::error::Failure;
use crate::kubeconfig::{Added, Kubeconfig, Outcome, Plane, Removed, Selection};
use crate::ui::{Ui, View, sanitize, sanitize_to};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The project to reach
    #[arg(long, value_name = "ID", conflicts_with = "organization")]
    project: Option<String>,
    /// The organization to reach
    #[arg(long, value_name = "ID")]
    organization: Option<String>,
    /// The file to change [default: the files of KUBECONFIG, else ~/.kube/config]
    #[arg(long, value_name = "FILE")]
    kubeconfig: Option<PathBuf>,
    /// When kubectl lets datumctl use the terminal [default: IfAvailable]
    #[arg(long, value_name = "MODE", value_parser = ["Never", "IfAvailable", "Always"])]
    exec_interactive_mode: Option<String>,
    /// The API server; picks the account that belongs to it
    #[arg(long, value_name = "HOST")]
    hostname: Option<String>,
    /// Leave kubectl's current context as it is
    #[arg(long)]
    no_use: bool,
    /// Take the entries out again: those of a project or organization, of a --session, or --all
    #[arg(long, conflicts_with_all = ["exec_interactive_mode", "hostname", "no_use"])]
    remove: bool,
    /// With --remove: everything that datumctl has written
    #[arg(long, requires = "remove", conflicts_with_all = ["project", "organization"])]
    all: bool,
    #[command(flatten)]
    format: TextOrJsonFlag,
}

#[derive(Serialize)]
struct Updated<'a> {
    status: &'static str,
    files: &'a [PathBuf],
    server: &'a str,
    account: &'a str,
    cluster: &'a str,
    context: &'a str,
    user: &'a str,
    current_context: Option<&'a str>,
    previous_context: Option<&'a str>,
}

impl View for Updated<'_> {}

#[derive(Serialize)]
struct TakenOut<'a> {
    status: &'static str,
    files: &'a [PathBuf],
    contexts: &'a [String],
    clusters: &'a [String],
    users: &'a [String],
    previous_context: Option<&'a str>,
}

impl View for TakenOut<'_> {}

/// Writes the entries, or takes them out.
pub(crate) fn run(app: &App, ui: &Ui, args: &Args) -> Result<(), Failure> {
    let plane = plane(args)?;
    let kubeconfig = Kubeconfig::locate(args.kubeconfig.as_deref())?;
    if args.remove {
        return remove(app, ui, args, plane, &kubeconfig);
    }
    let Some(plane) = plane else {
        return Err(Failure::usage("one of --project and --organization is needed")
            .hint("datumctl auth update-kubeconfig --project ID")
            .hint("datumctl projects list"));
    };
    let request = KubectlRequest {
        plane,
        hostname: args.hostname.clone(),
        interactive_mode: args.exec_interactive_mode.clone(),
        becomes_current: !args.no_use,
    };
    let (access, outcome) = auth::connect_kubectl(app.auth()?, app.choice(), &kubeconfig, &request)?;
    tell(ui, &outcome);
    let Added { cluster, context, user, current_context, previous_context, .. } = &outcome.answer;
    let updated = Updated {
        status: if outcome.written.is_empty() { "unchanged" } else { "updated" },
        files: &outcome.written,
        server: &access.server,
        account: &access.account,
        cluster,
        context,
        user,
        current_context: current_context.as_deref(),
        previous_context: previous_context.as_deref(),
    };
    Ok(ui.print(&updated, args.format.output.into())?)
}

fn remove(app: &App, ui: &Ui, args: &Args, plane: Option<Plane>, kubeconfig: &Kubeconfig) -> Result<(), Failure> {
    let account = app.choice().session.clone();
    if plane.is_none() && account.is_none() && !args.all {
        return Err(Failure::usage(
            "what is to be removed? name it with --project, --organization, --session or --all",
        ));
    }
    let selection = Selection { plane, account };
    let outcome = kubeconfig.change(|merged| selection.remove_from(merged))?;
    say_notices(ui, &outcome);
    let Removed { contexts, clusters, users, current_context } = &outcome.answer;
    for name in contexts {
        ui.success(format_args!("Removed the context {}", sanitize(name)));
    }
    for name in users {
        ui.success(format_args!("Removed the user {}", sanitize(name)));
    }
    if outcome.written.is_empty() {
        ui.status("There was nothing to remove.");
    }
    if let Some(name) = current_context {
        ui.status(format_args!("kubectl has no current context now; it was {}.", sanitize(name)));
        ui.hint("kubectl config get-contexts");
    }
    let taken_out = TakenOut {
        status: if outcome.written.is_empty() { "unchanged" } else { "removed" },
        files: &outcome.written,
        contexts,
        clusters,
        users,
        previous_context: current_context.as_deref(),
    };
    Ok(ui.print(&taken_out, args.format.output.into())?)
}

/// What `--project` or `--organization` names, if it can be the name of anything.
fn plane(args: &Args) -> Result<Option<Plane>, Failure> {
    let (flag, id, plane): (_, _, fn(String) -> Plane) = match (&args.project, &args.organization) {
        (Some(id), _) => ("--project", id, Plane::Project),
        (None, Some(id)) => ("--organization", id, Plane::Organization),
        (None, None) => return Ok(None),
    };
    if is_object_name(id) {
        return Ok(Some(plane(id.clone())));
    }
    Err(Failure::usage(format!("{flag}: {:?} is not an id", sanitize_to(id, 100)))
        .hint("ids have lower-case letters, digits, - and . only: datumctl ctx list"))
}

/// RFC 1123, as Kubernetes wants the names of objects.
fn is_object_name(name: &str) -> bool {
    let is_end = |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    let bytes = name.as_bytes();
    let is_inner = |byte: &u8| is_end(Some(byte)) || matches!(byte, b'-' | b'.');
    bytes.len() <= 253 && bytes.iter().all(is_inner) && is_end(bytes.first()) && is_end(bytes.last())
}

fn tell(ui: &Ui, outcome: &Outcome<Added>) {
    say_notices(ui, outcome);
    let added = &outcome.answer;
    let context = sanitize(&added.context);
    match outcome.written.as_slice() {
        [] => ui.success(format_args!("The context {context} was there already")),
        files => {
            let files: Vec<String> = files.iter().map(|path| path.display().to_string()).collect();
            ui.success(format_args!("Wrote the context {context} to {}", sanitize(&files.join(", "))));
        }
    }
    if added.is_unchecked {
        ui.warn(format_args!(
            "kubectl does not check the certificate of {} (insecure-skip-tls-verify)",
            sanitize(&added.cluster)
        ));
    }
    let is_current = added.current_context.as_ref() == Some(&added.context);
    match &added.previous_context {
        Some(previous) if is_current && previous != &added.context => {
            ui.status(format_args!("It is kubectl's current context now; before it was {}.", sanitize(previous)));
            ui.hint(format_args!("to go back: kubectl config use-context {}", sanitize(previous)));
        }
        _ if is_current => {}
        _ => ui.hint(format_args!("kubectl --context {context} get all, or: kubectl config use-context {context}")),
    }
}

fn say_notices<T>(ui: &Ui, outcome: &Outcome<T>) {
    outcome.notices.iter().for_each(|notice| ui.warn(sanitize(&notice.to_string())));
}
