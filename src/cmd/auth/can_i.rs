//! `auth can-i`: whether the control plane would allow something, asked without doing it.

use serde_json::{Value, json};

use crate::api::{Error, WriteOptions};
use crate::app::App;
use crate::cmd::resource::{ScopeFlags, Work};
use crate::cmd::runtime::block_on;
use crate::error::Failure;
use crate::exit::ExitCode;
use crate::ui::{Ui, sanitize};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Such as get, list, create, delete; * for everything
    #[arg(required = true)]
    verb: String,
    /// TYPE, TYPE/NAME, or the path of something that is no object: /version
    #[arg(required = true, value_name = "TYPE")]
    what: String,
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

/// Asks; prints yes or no, and no is exit code 1.
pub(crate) fn run(app: &App, ui: &Ui, args: &Args) -> Result<(), Failure> {
    let work = args.scope.work(app)?;
    let review = block_on(async {
        let question = args.question(ui, &work).await?;
        let plane = &work.cluster.plane;
        let path = ["apis", "authorization.k8s.io", "v1", "selfsubjectaccessreviews"];
        let collection = plane.url(work.cluster.connection.server(), &path)?;
        Ok(work.cluster.create(&collection, &question, &WriteOptions::default()).await?)
    })?;
    answer(ui, &review["status"])
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

impl Args {
    async fn question(&self, ui: &Ui, work: &Work<'_>) -> Result<Value, Failure> {
        let spec = match self.what.starts_with('/') {
            true => self.about_path(ui)?,
            false => self.about_type(ui, work).await?,
        };
        Ok(json!({"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview", "spec": spec}))
    }

    fn about_path(&self, ui: &Ui) -> Result<Value, Failure> {
        if self.subresource.is_some() {
            return Err(Failure::usage("a path has no --subresource"));
        }
        self.warn_of_verb(ui, &PATH_VERBS);
        Ok(json!({"nonResourceAttributes": {"verb": self.verb, "path": self.what}}))
    }

    async fn about_type(&self, ui: &Ui, work: &Work<'_>) -> Result<Value, Failure> {
        let (asked, name) = self.what.split_once('/').unwrap_or((&self.what, ""));
        let namespace = work.namespace.as_deref().filter(|_| !self.all_namespaces);
        self.warn_of_verb(ui, &VERBS);
        let (group, plural) = match asked {
            "*" => (String::new(), asked.to_owned()),
            asked => match work.cluster.find_type(asked).await {
                Ok(kind) => {
                    if !kind.namespaced && self.scope.namespace.is_some() && !self.all_namespaces {
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
        Ok(json!({"resourceAttributes": {"namespace": namespace.unwrap_or_default(), "verb": self.verb, "group": group,
            "resource": plural, "subresource": self.subresource.as_deref().unwrap_or_default(), "name": name}}))
    }

    fn warn_of_verb(&self, ui: &Ui, known: &[&str]) {
        if !known.contains(&self.verb.as_str()) {
            ui.warn(format_args!("verb '{}' is not a known verb", sanitize(&self.verb)));
        }
    }
}
