//! Between the tree and the typed view, both ways, and the renaming that old files need.

use std::collections::HashSet;

use super::error::Problem;
use super::schema::{API_VERSION, Cache, CachedOrganization, CachedProject, Config, Context, Endpoint, KIND, Session};
use crate::yaml::{Defect, Fields, Node, field};

type Result<T> = std::result::Result<T, Defect>;

impl Config {
    /// Reads the typed view out of a document. Entries that cannot be used are kept aside and named in `problems`.
    pub(super) fn from_node(document: Node) -> Result<Self> {
        let mut fields = Taken::new(document, "")?;
        let mut config = Self {
            api_version: fields.text("apiVersion").unwrap_or_else(|| API_VERSION.to_owned()),
            kind: fields.text("kind").unwrap_or_else(|| KIND.to_owned()),
            current_context: fields.text("current-context"),
            active_session: fields.text("active-session"),
            auto_update: fields.flag("auto-update")?,
            cache: cache(fields.take("cache"))?,
            ..Self::default()
        };
        for (index, node) in fields.list("sessions")?.into_iter().enumerate() {
            match session(&node) {
                Ok(session) => config.sessions.push(session),
                Err(key) => {
                    config.problems.push(Problem::BrokenSession { position: index + 1, key });
                    config.broken_sessions.push(node);
                }
            }
        }
        for (index, node) in fields.list("contexts")?.into_iter().enumerate() {
            match context(node) {
                Ok(context) => config.contexts.push(context),
                Err((key, node)) => {
                    config.problems.push(Problem::BrokenContext { position: index + 1, key });
                    config.broken_contexts.push(node);
                }
            }
        }
        config.extra = fields.rest;
        config.qualify_context_names();
        config.note_problems();
        Ok(config)
    }

    /// The document to write: what was read, with everything we know in its present state.
    pub(super) fn to_node(&self) -> Node {
        let mut sessions: Vec<Node> = self.sessions.iter().map(session_node).collect();
        sessions.extend(self.broken_sessions.iter().cloned());
        let mut contexts: Vec<Node> = self.contexts.iter().map(context_node).collect();
        contexts.extend(self.broken_contexts.iter().cloned());
        Fill(self.extra.clone())
            .optional("active-session", self.active_session.as_ref())
            .text("apiVersion", &self.api_version)
            .flag("auto-update", self.auto_update)
            .node("cache", cache_node(&self.cache))
            .list("contexts", contexts)
            .optional("current-context", self.current_context.as_ref())
            .text("kind", &self.kind)
            .list("sessions", sessions)
            .finish()
    }

    /// Gives contexts that are named by their bare reference their full name, and moves the pointers along.
    fn qualify_context_names(&mut self) {
        let mut renamed = Vec::new();
        for context in &mut self.contexts {
            let prefix = format!("{}/", context.session);
            if context.name.starts_with(&prefix) {
                continue;
            }
            let reference = if context.organization_id.is_empty() { context.name.clone() } else { context.reference() };
            let old = std::mem::replace(&mut context.name, prefix + &reference);
            renamed.push((old, context.session.clone(), context.name.clone()));
        }
        if renamed.is_empty() {
            return;
        }
        for session in &mut self.sessions {
            let last = session.last_context.as_ref();
            let new = renamed.iter().find(|(old, owner, _)| Some(old) == last && *owner == session.name);
            if let Some((_, _, name)) = new {
                session.last_context = Some(name.clone());
            }
        }
        let Some(current) = self.current_context.as_ref().filter(|name| self.context(name).is_none()) else { return };
        let candidates: Vec<_> = renamed.iter().filter(|(old, _, _)| old == current).collect();
        let own = candidates.iter().find(|(_, owner, _)| Some(owner) == self.active_session.as_ref());
        self.current_context = match (own, candidates.as_slice()) {
            (Some((_, _, name)), _) | (None, [(_, _, name)]) => Some(name.clone()),
            (None, []) => return,
            // One bare name, several accounts: choosing here could act as the wrong one.
            (None, _) => None,
        };
    }

    fn note_problems(&mut self) {
        let mut problems = Vec::new();
        let mut names = HashSet::new();
        for session in &self.sessions {
            if !names.insert(session.name.as_str()) {
                problems.push(Problem::DuplicateSession { name: session.name.clone() });
            }
            if session.name.contains('/') {
                problems.push(Problem::SlashInSessionName { name: session.name.clone() });
            }
        }
        let orphans = self.contexts.iter().filter(|context| !names.contains(context.session.as_str()));
        problems.extend(orphans.map(|context| Problem::OrphanContext { name: context.name.clone() }));
        if let Some(name) = &self.current_context
            && !self.context(name).is_some_and(|context| names.contains(context.session.as_str()))
        {
            problems.push(Problem::DanglingCurrentContext { name: name.clone() });
        }
        if let Some(name) = &self.active_session
            && !names.contains(name.as_str())
        {
            problems.push(Problem::DanglingActiveSession { name: name.clone() });
        }
        self.problems.extend(problems);
    }
}

/// Whether a name can be shown on one line and typed: not empty, no control characters.
pub(super) fn is_usable_name(name: &str) -> bool {
    !name.trim().is_empty() && !name.chars().any(char::is_control)
}

fn session(node: &Node) -> std::result::Result<Session, &'static str> {
    let mut fields = Taken::new(node.clone(), "sessions").map_err(|_| "name")?;
    let name = fields.text("name").filter(|name| is_usable_name(name)).ok_or("name")?;
    let mut endpoint = Taken::new(fields.take("endpoint"), "endpoint").map_err(|_| "endpoint")?;
    Ok(Session {
        name,
        user_key: fields.text("user-key").filter(|key| is_usable_name(key)).ok_or("user-key")?,
        user_email: fields.text("user-email").unwrap_or_default(),
        user_name: fields.text("user-name"),
        endpoint: Endpoint {
            server: endpoint.text("server").ok_or("endpoint.server")?,
            auth_hostname: endpoint.text("auth-hostname").unwrap_or_default(),
            tls_server_name: endpoint.text("tls-server-name"),
            insecure_skip_tls_verify: endpoint
                .flag("insecure-skip-tls-verify")
                .map_err(|_| "endpoint.insecure-skip-tls-verify")?,
            certificate_authority_data: endpoint.text("certificate-authority-data"),
            extra: endpoint.rest,
        },
        last_context: fields.text("last-context"),
        extra: fields.rest,
    })
}

fn session_node(session: &Session) -> Node {
    let endpoint = &session.endpoint;
    let endpoint = Fill(endpoint.extra.clone())
        .text("auth-hostname", &endpoint.auth_hostname)
        .optional("certificate-authority-data", endpoint.certificate_authority_data.as_ref())
        .flag("insecure-skip-tls-verify", endpoint.insecure_skip_tls_verify)
        .text("server", &endpoint.server)
        .optional("tls-server-name", endpoint.tls_server_name.as_ref());
    Fill(session.extra.clone())
        .node("endpoint", endpoint.finish())
        .optional("last-context", session.last_context.as_ref())
        .text("name", &session.name)
        .text("user-email", &session.user_email)
        .text("user-key", &session.user_key)
        .optional("user-name", session.user_name.as_ref())
        .finish()
}

fn context(node: Node) -> std::result::Result<Context, (&'static str, Node)> {
    let usable = |fields: &Fields, key: &'static str| {
        let text = field(fields, key).and_then(Node::as_text);
        text.is_some_and(|text| is_usable_name(&text)).then_some(()).ok_or(key)
    };
    let fields = match node {
        Node::Map(fields) => fields,
        other => return Err(("name", other)),
    };
    if let Err(key) = usable(&fields, "name").and_then(|()| usable(&fields, "session")) {
        return Err((key, Node::Map(fields)));
    }
    let mut fields = Taken { rest: fields };
    Ok(Context {
        name: fields.text("name").unwrap_or_default(),
        session: fields.text("session").unwrap_or_default(),
        organization_id: fields.text("organization-id").unwrap_or_default(),
        project_id: fields.text("project-id"),
        namespace: fields.text("namespace"),
        extra: fields.rest,
    })
}

fn context_node(context: &Context) -> Node {
    Fill(context.extra.clone())
        .text("name", &context.name)
        .optional("namespace", context.namespace.as_ref())
        .text("organization-id", &context.organization_id)
        .optional("project-id", context.project_id.as_ref())
        .text("session", &context.session)
        .finish()
}

/// Cache entries without a session come from an old version and are dropped, as the original does.
fn cache(node: Node) -> Result<Cache> {
    let mut fields = Taken::new(node, "cache")?;
    let entries = |nodes: Vec<Node>| {
        nodes.into_iter().filter_map(|node| {
            let mut fields = Taken::new(node, "cache").ok()?;
            Some((fields.text("id")?, fields.text("display-name"), fields.text("session")?, fields))
        })
    };
    Ok(Cache {
        last_refreshed: fields.text("last-refreshed"),
        organizations: entries(fields.list("organizations")?)
            .map(|(id, display_name, session, mut fields)| CachedOrganization {
                id,
                display_name,
                role: fields.text("role"),
                session,
                extra: fields.rest,
            })
            .collect(),
        projects: entries(fields.list("projects")?)
            .map(|(id, display_name, session, mut fields)| CachedProject {
                id,
                display_name,
                organization_id: fields.text("org-id").unwrap_or_default(),
                session,
                extra: fields.rest,
            })
            .collect(),
        extra: fields.rest,
    })
}

fn cache_node(cache: &Cache) -> Node {
    let organizations = cache.organizations.iter().map(|entry| {
        Fill(entry.extra.clone())
            .optional("display-name", entry.display_name.as_ref())
            .text("id", &entry.id)
            .optional("role", entry.role.as_ref())
            .text("session", &entry.session)
            .finish()
    });
    let projects = cache.projects.iter().map(|entry| {
        Fill(entry.extra.clone())
            .optional("display-name", entry.display_name.as_ref())
            .text("id", &entry.id)
            .text("org-id", &entry.organization_id)
            .text("session", &entry.session)
            .finish()
    });
    Fill(cache.extra.clone())
        .optional("last-refreshed", cache.last_refreshed.as_ref())
        .list("organizations", organizations.collect())
        .list("projects", projects.collect())
        .finish()
}

/// A mapping that known keys are taken out of; what stays is not ours.
struct Taken {
    rest: Fields,
}

impl Taken {
    fn new(node: Node, key: &'static str) -> Result<Self> {
        match node {
            Node::Map(rest) => Ok(Self { rest }),
            Node::Null => Ok(Self { rest: Vec::new() }),
            _ => Err(Defect::WrongShape(key)),
        }
    }

    fn take(&mut self, key: &str) -> Node {
        match self.rest.iter().position(|(name, _)| name == key) {
            Some(index) => self.rest.remove(index).1,
            None => Node::Null,
        }
    }

    /// The scalar at `key`; absent, null and empty are one.
    fn text(&mut self, key: &str) -> Option<String> {
        match self.take(key) {
            Node::Text(text) => Some(text),
            other => other.as_text(),
        }
        .filter(|text| !text.is_empty())
    }

    fn flag(&mut self, key: &'static str) -> Result<bool> {
        match self.take(key) {
            Node::Null => Ok(false),
            node => node.as_bool().ok_or(Defect::WrongShape(key)),
        }
    }

    fn list(&mut self, key: &'static str) -> Result<Vec<Node>> {
        match self.take(key) {
            Node::Null => Ok(Vec::new()),
            Node::List(items) => Ok(items),
            _ => Err(Defect::WrongShape(key)),
        }
    }
}

/// A mapping that known keys are put into, omitting what the original omits.
struct Fill(Fields);

impl Fill {
    fn node(mut self, key: &str, value: Node) -> Self {
        self.0.push((key.to_owned(), value));
        self
    }

    fn text(self, key: &str, value: &str) -> Self {
        self.node(key, Node::Text(value.to_owned()))
    }

    fn optional(self, key: &str, value: Option<&String>) -> Self {
        match value {
            Some(value) if !value.is_empty() => self.text(key, value),
            _ => self,
        }
    }

    fn flag(self, key: &str, value: bool) -> Self {
        if value { self.node(key, Node::Bool(true)) } else { self }
    }

    fn list(self, key: &str, items: Vec<Node>) -> Self {
        if items.is_empty() { self } else { self.node(key, Node::List(items)) }
    }

    fn finish(self) -> Node {
        Node::Map(self.0)
    }
}
