//! Taking out what we put in, and nothing else.

use std::path::Path;

use super::access::{SHARED_USER, fields_of};
use super::document::Section;
use super::{Merged, Plane};
use crate::yaml::{Node, field};

/// Which of our entries to take out; what is not given does not matter.
#[derive(Clone, Debug, Default)]
pub(crate) struct Selection {
    /// Those that lead to this control plane.
    pub(crate) plane: Option<Plane>,
    /// Those of this account.
    pub(crate) account: Option<String>,
}

/// The names of what was taken out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Removed {
    /// Contexts.
    pub(crate) contexts: Vec<String>,
    /// Clusters that no context uses any more.
    pub(crate) clusters: Vec<String>,
    /// Users that no context uses any more.
    pub(crate) users: Vec<String>,
    /// The current context, if it was among them; there is none now.
    pub(crate) current_context: Option<String>,
}

impl Selection {
    /// Takes the entries out.
    pub(crate) fn remove_from(&self, kubeconfig: &mut Merged) -> Removed {
        let mut removed = Removed::default();
        let users = self.users(kubeconfig);
        let mut clusters = Vec::new();
        for (context, content) in contexts(kubeconfig) {
            let is_ours = content.user.as_ref().is_some_and(|user| users.contains(user));
            let names = [Some(&context), content.cluster.as_ref()];
            let leads_there = |plane: &Plane| names.into_iter().flatten().any(|name| plane.is_name(name));
            if is_ours && self.plane.as_ref().is_none_or(leads_there) {
                kubeconfig.remove(Section::Contexts, &context);
                clusters.extend(content.cluster);
                removed.contexts.push(context);
            }
        }
        let left = contexts(kubeconfig);
        clusters.dedup();
        for cluster in clusters.into_iter().filter(|cluster| cluster.starts_with(PREFIX)) {
            let is_there = kubeconfig.find(Section::Clusters, &cluster).is_some();
            if is_there && !left.iter().any(|(_, content)| content.cluster.as_ref() == Some(&cluster)) {
                kubeconfig.remove(Section::Clusters, &cluster);
                removed.clusters.push(cluster);
            }
        }
        // A user goes with its last context, or alone when everything of its account is to go.
        for user in users {
            let is_left = left.iter().any(|(_, content)| content.user.as_ref() == Some(&user));
            if !is_left && (self.plane.is_none() || !removed.contexts.is_empty()) {
                kubeconfig.remove(Section::Users, &user);
                removed.users.push(user);
            }
        }
        let current = kubeconfig.current_context().filter(|current| removed.contexts.contains(current));
        if let Some(current) = current {
            kubeconfig.forget_current_context(&current);
            removed.current_context = Some(current);
        }
        removed
    }

    /// Our users, as far as they are meant.
    fn users(&self, kubeconfig: &Merged) -> Vec<String> {
        let users = kubeconfig.entries(Section::Users).into_iter();
        let meant = users.filter(|(name, content)| {
            let arguments = arguments(content);
            is_ours(name, content)
                && self.account.as_ref().is_none_or(|account| {
                    name.strip_prefix(PREFIX) == Some(account) || arguments.contains(&format!("--session={account}"))
                })
        });
        meant.map(|(name, _)| name).collect()
    }
}

/// Whether a user asks us for its tokens and has a name that we give.
fn is_ours(name: &str, user: &Node) -> bool {
    let exec = fields_of(field(&fields_of(Some(user)), "exec"));
    let command = field(&exec, "command").and_then(Node::as_text).unwrap_or_default();
    let program = Path::new(&command).file_stem().and_then(|name| name.to_str()).unwrap_or_default();
    let asks = arguments(user).iter().take(2).eq(["auth", "get-token"]);
    asks && (name == SHARED_USER || name.starts_with(PREFIX)) && program.starts_with("datumctl")
}

fn arguments(user: &Node) -> Vec<String> {
    let exec = fields_of(field(&fields_of(Some(user)), "exec"));
    match field(&exec, "args") {
        Some(Node::List(items)) => items.iter().filter_map(Node::as_text).collect(),
        _ => Vec::new(),
    }
}

struct Context {
    cluster: Option<String>,
    user: Option<String>,
}

fn contexts(kubeconfig: &Merged) -> Vec<(String, Context)> {
    let all = kubeconfig.entries(Section::Contexts).into_iter().map(|(name, content)| {
        let fields = fields_of(Some(content));
        let text = |key| field(&fields, key).and_then(Node::as_text);
        (name, Context { cluster: text("cluster"), user: text("user") })
    });
    all.collect()
}

const PREFIX: &str = "datum-";
