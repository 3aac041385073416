//! `auth whoami`: who the control plane takes the caller for.

use serde::Serialize;
use serde_json::{Value, json};

use crate::api::WriteOptions;
use crate::app::App;
use crate::cmd::format::ListFlag;
use crate::cmd::resource::ScopeFlags;
use crate::cmd::runtime::block_on;
use crate::error::Failure;
use crate::ui::{Table, Ui, View};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    format: ListFlag,
    #[command(flatten)]
    scope: ScopeFlags,
}

/// A `SelfSubjectReview`, as the server answered it.
#[derive(Serialize)]
#[serde(transparent)]
struct Review(Value);

impl Review {
    fn user(&self) -> &Value {
        &self.0["status"]["userInfo"]
    }
}

impl View for Review {
    fn text(&self) -> String {
        let mut table = Table::new(&["Attribute", "Value"]);
        for (field, label) in [("username", "Username"), ("uid", "UID")] {
            if let Some(value) = self.user()[field].as_str().filter(|value| !value.is_empty()) {
                table.row([label, value]);
            }
        }
        if let Some(groups) = listed(&self.user()["groups"]) {
            table.row(["Groups", &groups]);
        }
        let extra = self.user()["extra"].as_object();
        let mut extra: Vec<_> = extra.into_iter().flatten().collect();
        extra.sort_by_key(|(name, _)| *name);
        for (name, values) in extra {
            table.row([format!("Extra: {name}").as_str(), &listed(values).unwrap_or_default()]);
        }
        table.render()
    }

    fn names(&self) -> Vec<String> {
        vec!["selfsubjectreview.authentication.k8s.io/".to_owned()]
    }
}

/// `[one two]`, as kubectl writes a list; `None` for an empty one.
fn listed(values: &Value) -> Option<String> {
    let values: Vec<_> = values.as_array()?.iter().filter_map(Value::as_str).collect();
    (!values.is_empty()).then(|| format!("[{}]", values.join(" ")))
}

/// Asks the control plane.
pub(crate) fn run(app: &App, ui: &Ui, args: &Args) -> Result<(), Failure> {
    let work = args.scope.work(app)?;
    let question = json!({"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview", "metadata": {}});
    let review = block_on(async {
        let path = ["apis", "authentication.k8s.io", "v1", "selfsubjectreviews"];
        let collection = work.cluster.plane.url(work.cluster.connection.server(), &path)?;
        Ok(work.cluster.create(&collection, &question, &WriteOptions::default()).await?)
    })?;
    Ok(ui.print(&Review(review), args.format.output.into())?)
}
