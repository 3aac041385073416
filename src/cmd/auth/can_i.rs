//! `auth can-i`: whether the control plane would allow something, asked without doing it.

use serde_json::{Value, json};

use crate::api::{Error, WriteOptions};
use crate::app::App;
use crate::cmd::resource::{ScopeFlags, Work};
use crate::cmd::runtime::block_on;
use crate::error::Failure;
use crate::exit::ExitCode;
use crate::render::access_list;
use crate::ui::{Ui, sanitize};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Such as get, list, create, delete; * for everything
    #[arg(required_unless_present = "list")]
    verb: Option<String>,
    /// TYPE, TYPE/NAME, or the path of something that is no object: /version
    #[arg(required_unless_present = "list", value_name = "TYPE")]
    what: Option<String>,
    /// List everything that is allowed in the namespace
    #[arg(long, conflicts_with_all = ["verb", "what", "subresource"])]
    list: bool,
    /// Leave the headings of the list out
    #[arg(long)]
    no_headers: bool,
    /// A part of the object, such as status
    #[arg(long, value_name = "NAME")]
    subresource: Option<String>,
    /// In every namespace
    #[arg(short = 'A', long)]
    all_namespaces: bool,
    #[command(flatten)]
    scope: ScopeFlags,
}

/// What kube-apiserver itself knows to ask about types.
const VERBS: [&str; 15] = [
    "get",
    "list",
    "watch",
    "create",
    "update",
    "patch",
    "delete",
    "deletecollection",
    "use",
    "bind",
    "impersonate",
    "*",
    "approve",
    "sign",
    "escalate",
];
/// And about paths.
const PATH_VERBS: [&str; 8] = ["get", "put", "post", "head", "options", "delete", "patch", "*"];

/// Asks; prints yes or no, and no is exit code 1. With `--list` it prints what would be a yes.
pub(crate) fn run(app: &App, ui: &Ui, args: &Args) -> Result<(), Failure> {
    let work = args.scope.work(app)?;
    let namespace = work.namespace.as_deref().filter(|_| !args.all_namespaces).unwrap_or_default();
    let (Some(verb), Some(what)) = (&args.verb, &args.what) else {
        let spec = json!({"namespace": namespace});
        return list(ui, &review(&work, "SelfSubjectRulesReview", &spec)?["status"], args.no_headers);
    };
    let question = Question { args, verb, what, namespace };
    let spec = block_on(question.spec(ui, &work))?;
    answer(ui, &review(&work, "SelfSubjectAccessReview", &spec)?["status"])
}

/// The control plane's answer to a question of this kind.
fn review(work: &Work<'_>, kind: &str, spec: &Value) -> Result<Value, Failure> {
    let plural = format!("{}s", kind.to_lowercase());
    let path = ["apis", "authorization.k8s.io", "v1", &plural];
    let collection = work.cluster.plane.url(work.cluster.connection.server(), &path)?;
    let question = json!({"apiVersion": "authorization.k8s.io/v1", "kind": kind, "spec": spec});
    block_on(async { Ok(work.cluster.create(&collection, &question, &WriteOptions::default()).await?) })
}

fn list(ui: &Ui, status: &Value, no_headers: bool) -> Result<(), Failure> {
    if status["incomplete"] == true {
        let reason = sanitize(status["evaluationError"].as_str().unwrap_or_default());
        ui.warn(format_args!("the list may be incomplete: {reason}"));
    }
    Ok(ui.print_raw(&access_list(status, no_headers))?)
}

fn answer(ui: &Ui, status: &Value) -> Result<(), Failure> {
    let allowed = status["allowed"].as_bool().unwrap_or_default();
    let mut line = if allowed { "yes" } else { "no" }.to_owned();
    let because = ["reason", "evaluationError"].iter().filter_map(|field| status[field].as_str());
    for reason in because.filter(|reason| !allowed && !reason.is_empty()) {
        line.push_str(" - ");
        line.push_str(&sanitize(reason));
    }
    if !ui.is_quiet() {
        ui.print_raw(&format!("{line}\n"))?;
    }
    if allowed { Ok(()) } else { Err(Failure::silent(ExitCode::Failed)) }
}

/// Whether one thing is allowed.
struct Question<'a> {
    args: &'a Args,
    verb: &'a str,
    what: &'a str,
    namespace: &'a str,
}

impl Question<'_> {
    async fn spec(&self, ui: &Ui, work: &Work<'_>) -> Result<Value, Failure> {
        match self.what.starts_with('/') {
            true => self.about_path(ui),
            false => self.about_type(ui, work).await,
        }
    }

    fn about_path(&self, ui: &Ui) -> Result<Value, Failure> {
        if self.args.subresource.is_some() {
            return Err(Failure::usage("a path has no --subresource"));
        }
        self.warn_of_verb(ui, &PATH_VERBS);
        Ok(json!({"nonResourceAttributes": {"verb": self.verb, "path": self.what}}))
    }

    async fn about_type(&self, ui: &Ui, work: &Work<'_>) -> Result<Value, Failure> {
        let (asked, name) = self.what.split_once('/').unwrap_or((self.what, ""));
        self.warn_of_verb(ui, &VERBS);
        let (group, plural) = match asked {
            "*" => (String::new(), asked.to_owned()),
            asked => match work.cluster.find_type(asked).await {
                Ok(kind) => {
                    if !kind.namespaced && self.args.scope.namespace.is_some() && !self.args.all_namespaces {
                        ui.warn(format_args!("{} live in no namespace", sanitize(&kind.qualified())));
                    }
                    (kind.group, kind.plural)
                }
                // What is no type may still be the subject of a rule.
                Err(Error::Type(problem)) => {
                    ui.warn(sanitize(&problem.to_string()));
                    (String::new(), asked.to_owned())
                }
                Err(error) => return Err(error.into()),
            },
        };
        Ok(json!({"resourceAttributes": {"namespace": self.namespace, "verb": self.verb, "group": group,
            "resource": plural, "subresource": self.args.subresource.as_deref().unwrap_or_default(), "name": name}}))
    }

    fn warn_of_verb(&self, ui: &Ui, known: &[&str]) {
        if !known.contains(&self.verb) {
            ui.warn(format_args!("verb '{}' is not a known verb", sanitize(self.verb)));
        }
    }
}
