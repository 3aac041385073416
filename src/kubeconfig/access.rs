//! What we put into a kubeconfig: a cluster, a user that asks us for tokens, and a context that joins them.

use super::Merged;
use super::document::{Section, set};
use crate::yaml::{Fields, Node, field};

/// What a context leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Plane {
    /// A project's control plane.
    Project(String),
    /// An organization's control plane.
    Organization(String),
}

impl Plane {
    /// The name of its cluster and context: `datum-project-ID`, `datum-organization-ID`.
    pub(crate) fn entry_name(&self) -> String {
        match self {
            Self::Project(id) => format!("datum-project-{id}"),
            Self::Organization(id) => format!("datum-organization-{id}"),
        }
    }

    /// Whether an entry is called after it, alone or with an account or host behind an `@`, which no id contains.
    pub(super) fn is_name(&self, name: &str) -> bool {
        let rest = name.strip_prefix(&self.entry_name());
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('@'))
    }
}

/// Whom kubectl trusts as the server.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Trust {
    /// Base64 of the PEM text of the authorities.
    pub(crate) authority: Option<String>,
    /// The name to expect in the certificate.
    pub(crate) server_name: Option<String>,
    /// Whether the certificate goes unchecked.
    pub(crate) unchecked: bool,
}

/// One account's way into one control plane.
#[derive(Clone, Debug)]
pub(crate) struct Access {
    /// What it leads to.
    pub(crate) plane: Plane,
    /// The URL of the control plane.
    pub(crate) server: String,
    /// `host` or `host:port` of that URL.
    pub(crate) host: String,
    /// Whom to trust there.
    pub(crate) trust: Trust,
    /// The account's name, unique among all accounts.
    pub(crate) account: String,
    /// The absolute path of the program to ask for tokens.
    pub(crate) command: String,
    /// Its arguments.
    pub(crate) arguments: Vec<String>,
    /// Variables to set for it; no secrets.
    pub(crate) environment: Vec<(&'static str, String)>,
    /// What an entry says that says nothing yet, or `None` to leave what it says.
    pub(crate) interactive_mode: Option<String>,
    /// Whether the context becomes the current one.
    pub(crate) becomes_current: bool,
}

/// The names under which an [`Access`] is to be found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Added {
    /// The cluster.
    pub(crate) cluster: String,
    /// The context.
    pub(crate) context: String,
    /// The user.
    pub(crate) user: String,
    /// The current context as it was.
    pub(crate) previous_context: Option<String>,
    /// The current context as it is.
    pub(crate) current_context: Option<String>,
    /// Whether kubectl does not check the server's certificate.
    pub(crate) is_unchecked: bool,
}

impl Access {
    /// Puts it into a kubeconfig. Keys of its entries that we know nothing of stay as they are.
    pub(crate) fn add_to(&self, kubeconfig: &mut Merged) -> Added {
        let (cluster, user) = (self.cluster_name(kubeconfig), self.user_name());
        let context = self.context_name(kubeconfig, &user);
        let content = self.cluster(fields_of(kubeconfig.find(Section::Clusters, &cluster)));
        let is_unchecked = matches!(field(&content, "insecure-skip-tls-verify"), Some(Node::Bool(true)));
        kubeconfig.put(Section::Clusters, &cluster, Node::Map(content));
        let mut content = fields_of(kubeconfig.find(Section::Contexts, &context));
        set(&mut content, "cluster", text(&cluster));
        set(&mut content, "user", text(&user));
        kubeconfig.put(Section::Contexts, &context, Node::Map(content));
        let mut content = fields_of(kubeconfig.find(Section::Users, &user));
        let exec = self.exec(fields_of(field(&content, "exec")));
        set(&mut content, "exec", Node::Map(exec));
        kubeconfig.put(Section::Users, &user, Node::Map(content));
        let previous_context = kubeconfig.current_context();
        if self.becomes_current && previous_context.as_ref() != Some(&context) {
            kubeconfig.set_current_context(&context);
        }
        let current_context = kubeconfig.current_context();
        Added { cluster, context, user, previous_context, current_context, is_unchecked }
    }

    /// One user for each account: a second account never acts in the contexts of the first.
    fn user_name(&self) -> String {
        format!("datum-{}", self.account)
    }

    /// The plain name, unless a cluster of that name is on another server.
    fn cluster_name(&self, kubeconfig: &Merged) -> String {
        let plain = self.plane.entry_name();
        let server = |content: &Node| field(&fields_of(Some(content)), "server").and_then(Node::as_text);
        match kubeconfig.find(Section::Clusters, &plain).and_then(server) {
            Some(server) if server.trim_end_matches('/') != self.server => format!("{plain}@{}", self.host),
            _ => plain,
        }
    }

    /// The plain name, unless a context of that name belongs to another account. What the original's one user for
    /// everybody had is taken over.
    fn context_name(&self, kubeconfig: &Merged, user: &str) -> String {
        let plain = self.plane.entry_name();
        let owner = kubeconfig.find(Section::Contexts, &plain).and_then(|content| {
            let owner = field(&fields_of(Some(content)), "user").and_then(Node::as_text)?;
            kubeconfig.find(Section::Users, &owner).is_some().then_some(owner)
        });
        match owner {
            Some(owner) if owner != user && owner != SHARED_USER => format!("{plain}@{}", self.account),
            _ => plain,
        }
    }

    fn cluster(&self, mut content: Fields) -> Fields {
        let trust = &self.trust;
        set(&mut content, "server", text(&self.server));
        if let Some(authority) = &trust.authority {
            set(&mut content, "certificate-authority-data", text(authority));
        }
        if let Some(name) = &trust.server_name {
            set(&mut content, "tls-server-name", text(name));
        }
        // kubectl refuses both at once; an authority to check against is the safer of the two.
        if trust.unchecked && trust.authority.is_none() {
            set(&mut content, "insecure-skip-tls-verify", Node::Bool(true));
        }
        content
    }

    fn exec(&self, mut exec: Fields) -> Fields {
        set(&mut exec, "apiVersion", text("client.authentication.k8s.io/v1"));
        set(&mut exec, "command", text(&self.command));
        set(&mut exec, "args", Node::List(self.arguments.iter().map(|argument| text(argument)).collect()));
        let environment = self.environment(field(&exec, "env"));
        set(&mut exec, "env", environment);
        set(&mut exec, "installHint", text(INSTALL_HINT));
        let before = field(&exec, "interactiveMode").and_then(Node::as_text).filter(|mode| !mode.is_empty());
        let mode = self.interactive_mode.clone().or(before).unwrap_or_else(|| "IfAvailable".to_owned());
        set(&mut exec, "interactiveMode", Node::Text(mode));
        set(&mut exec, "provideClusterInfo", Node::Bool(false));
        exec
    }

    /// Our variables as they are now, and those that a person added.
    fn environment(&self, before: Option<&Node>) -> Node {
        let name = |item: &Node| field(&fields_of(Some(item)), "name").and_then(Node::as_text).unwrap_or_default();
        let before = match before {
            Some(Node::List(items)) => items.as_slice(),
            _ => &[],
        };
        let foreign = before.iter().filter(|item| !OUR_VARIABLES.contains(&name(item).as_str()));
        let ours = self
            .environment
            .iter()
            .map(|(name, value)| Node::Map(vec![("name".to_owned(), text(name)), ("value".to_owned(), text(value))]));
        let all: Vec<Node> = foreign.cloned().chain(ours).collect();
        if all.is_empty() { Node::Null } else { Node::List(all) }
    }
}

pub(super) fn fields_of(node: Option<&Node>) -> Fields {
    match node {
        Some(Node::Map(fields)) => fields.clone(),
        _ => Fields::new(),
    }
}

fn text(text: &str) -> Node {
    Node::Text(text.to_owned())
}

/// The user that the original gives every account.
pub(super) const SHARED_USER: &str = "datum-user";
/// Variables that only we put into an entry, so that only we take them out.
const OUR_VARIABLES: [&str; 5] = [
    "DATUMCTL_CREDENTIAL_STORE",
    "DATUMCTL_HOME",
    "DATUM_API_HOSTNAME",
    "DATUM_AUTH_HOSTNAME",
    "DATUM_CREDENTIALS_FILE",
];
const INSTALL_HINT: &str = "datumctl is not where it was. Install it, then run: datumctl auth update-kubeconfig";
