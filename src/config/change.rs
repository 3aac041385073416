//! The changes that commands make. Each either happens whole or leaves the configuration as it was.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;

use super::lookup::{ContextProblem, SessionProblem};
use super::node::{Node, field};
use super::schema::{CachedOrganization, CachedProject, Config, Context, Endpoint, Session};

/// What a login knows about the session it made.
#[derive(Clone, Debug)]
pub(crate) struct SessionDetails {
    /// `<email>@<api host>`.
    pub(crate) name: String,
    /// The entry of the credential store.
    pub(crate) user_key: String,
    /// The email address.
    pub(crate) user_email: String,
    /// The person's name.
    pub(crate) user_name: Option<String>,
    /// `https://<api host>`.
    pub(crate) server: String,
    /// The identity server's host.
    pub(crate) auth_hostname: String,
}

/// An organization found at the server.
#[derive(Clone, Debug)]
pub(crate) struct DiscoveredOrganization {
    /// Its id.
    pub(crate) id: String,
    /// Its display name.
    pub(crate) display_name: String,
    /// The account's role in it.
    pub(crate) role: Option<String>,
}

/// A project found at the server.
#[derive(Clone, Debug)]
pub(crate) struct DiscoveredProject {
    /// Its id.
    pub(crate) id: String,
    /// Its display name.
    pub(crate) display_name: String,
    /// The organization that owns it.
    pub(crate) organization_id: String,
}

impl Config {
    /// Makes `name` the session in force: its last context becomes current, or none does. A current context of another
    /// session would keep that session in force, whatever `active-session` says.
    pub(crate) fn activate(&mut self, name: &str) -> Result<(), SessionProblem> {
        let last = self.find_session(name)?.last_context.as_deref();
        let restored = last.and_then(|last| self.contexts_of(name).find(|context| context.name == last));
        self.current_context = restored.map(|context| context.name.clone());
        self.active_session = Some(name.to_owned());
        Ok(())
    }

    /// Makes the context with this full name current, its session active, and remembers it as that session's last.
    pub(crate) fn use_context(&mut self, name: &str) -> Result<(), ContextProblem> {
        let unknown =
            || ContextProblem::Unknown { text: name.to_owned(), suggestions: Vec::new(), elsewhere: Vec::new() };
        let owner = self.context(name).ok_or_else(unknown)?.session.clone();
        let session = self.sessions.iter_mut().find(|session| session.name == owner).ok_or_else(unknown)?;
        session.last_context = Some(name.to_owned());
        self.current_context = Some(name.to_owned());
        self.active_session = Some(owner);
        Ok(())
    }

    /// Makes the session in force have no current context.
    pub(crate) fn clear_context(&mut self) {
        if let Ok(name) = self.effective_session().map(|session| session.name.clone()) {
            self.active_session = Some(name);
        }
        self.current_context = None;
    }

    /// Adds the session, or brings the one of that name up to date: TLS settings, last context and unknown keys stay.
    /// Further entries of that name, usable or not, go.
    pub(crate) fn upsert_session(&mut self, details: SessionDetails) {
        let SessionDetails { name, user_key, user_email, user_name, server, auth_hostname } = details;
        self.drop_broken_sessions(&name);
        let Some(index) = self.sessions.iter().position(|session| session.name == name) else {
            self.sessions.push(Session {
                name,
                user_key,
                user_email,
                user_name,
                endpoint: Endpoint { server, auth_hostname, ..Endpoint::default() },
                last_context: None,
                extra: Vec::new(),
            });
            return;
        };
        let session = &mut self.sessions[index];
        session.user_key = user_key;
        session.user_email = user_email;
        session.user_name = user_name;
        session.endpoint.server = server;
        session.endpoint.auth_hostname = auth_hostname;
        let mut position = 0;
        self.sessions.retain(|session| {
            position += 1;
            session.name != name || position == index + 1
        });
    }

    /// Removes every session of that name with its contexts, cache entries and pointers. Returns whether there was one.
    pub(crate) fn remove_session(&mut self, name: &str) -> bool {
        let before = self.sessions.len() + self.broken_sessions.len();
        let was_current = self.current_context.as_deref().and_then(|current| self.context(current));
        if was_current.is_some_and(|context| context.session == name) {
            self.current_context = None;
        }
        if self.active_session.as_deref() == Some(name) {
            self.active_session = None;
        }
        self.sessions.retain(|session| session.name != name);
        self.contexts.retain(|context| context.session != name);
        self.drop_broken_sessions(name);
        self.collect_cache();
        self.sessions.len() + self.broken_sessions.len() != before
    }

    /// Removes all sessions, contexts and pointers, usable or not. Settings, cache and unknown keys stay.
    pub(crate) fn remove_all_sessions(&mut self) {
        self.sessions.clear();
        self.contexts.clear();
        self.broken_sessions.clear();
        self.broken_contexts.clear();
        self.current_context = None;
        self.active_session = None;
    }

    fn drop_broken_sessions(&mut self, name: &str) {
        self.broken_sessions.retain(|entry| match entry {
            Node::Map(fields) => field(fields, "name").and_then(Node::as_text).as_deref() != Some(name),
            _ => true,
        });
    }

    /// Replaces what is known of a session's organizations and projects by what a discovery found. Other sessions'
    /// entries stay in front. Pointers to contexts that are gone are cleared; the session in force stays in force.
    pub(crate) fn replace_contexts(
        &mut self,
        session: &str,
        organizations: &[DiscoveredOrganization],
        projects: &[DiscoveredProject],
        now: Timestamp,
    ) {
        let (old, mut contexts): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.contexts).into_iter().partition(|context| context.session == session);
        let mut known: HashMap<_, _> = old.into_iter().map(|context| (context.name, context.extra)).collect();
        let was_current = self.current_context.as_ref().is_some_and(|name| known.contains_key(name));
        let mut regenerate = |organization: &str, project: Option<&str>| {
            let mut context = Context {
                name: String::new(),
                session: session.to_owned(),
                organization_id: organization.to_owned(),
                project_id: project.map(str::to_owned),
                namespace: project.map(|_| "default".to_owned()),
                extra: Vec::new(),
            };
            context.name = format!("{session}/{}", context.reference());
            context.extra = known.remove(&context.name).unwrap_or_default();
            context
        };
        contexts.extend(organizations.iter().map(|found| regenerate(&found.id, None)));
        contexts.extend(projects.iter().map(|found| regenerate(&found.organization_id, Some(&found.id))));
        self.contexts = contexts;
        self.replace_cache(session, organizations, projects);
        self.cache.last_refreshed = Some(now.to_string());
        self.drop_lost_pointers(session, was_current);
    }

    fn replace_cache(
        &mut self,
        session: &str,
        organizations: &[DiscoveredOrganization],
        projects: &[DiscoveredProject],
    ) {
        let shown = |name: &String| Some(name.clone()).filter(|name| !name.is_empty());
        self.cache.organizations.retain(|entry| entry.session != session);
        self.cache.organizations.extend(organizations.iter().map(|found| CachedOrganization {
            id: found.id.clone(),
            display_name: shown(&found.display_name),
            role: found.role.clone(),
            session: session.to_owned(),
            extra: Vec::new(),
        }));
        self.cache.projects.retain(|entry| entry.session != session);
        self.cache.projects.extend(projects.iter().map(|found| CachedProject {
            id: found.id.clone(),
            display_name: shown(&found.display_name),
            organization_id: found.organization_id.clone(),
            session: session.to_owned(),
            extra: Vec::new(),
        }));
        self.collect_cache();
    }

    fn drop_lost_pointers(&mut self, session: &str, was_current: bool) {
        let names: HashSet<_> = self.contexts_of(session).map(|context| context.name.clone()).collect();
        let is_lost = |name: &Option<String>| name.as_ref().is_some_and(|name| !names.contains(name));
        if was_current && is_lost(&self.current_context) {
            self.current_context = None;
            self.active_session = Some(session.to_owned());
        }
        for session in self.sessions.iter_mut().filter(|known| known.name == session) {
            if is_lost(&session.last_context) {
                session.last_context = None;
            }
        }
    }

    /// Keeps only the cache entries that some context refers to.
    fn collect_cache(&mut self) {
        let organizations: HashSet<_> =
            self.contexts.iter().map(|context| (context.session.as_str(), context.organization_id.as_str())).collect();
        let projects: HashSet<_> = self
            .contexts
            .iter()
            .filter_map(|context| Some((context.session.as_str(), context.project_id.as_deref()?)))
            .collect();
        self.cache.organizations.retain(|entry| organizations.contains(&(entry.session.as_str(), entry.id.as_str())));
        self.cache.projects.retain(|entry| projects.contains(&(entry.session.as_str(), entry.id.as_str())));
    }
}

#[cfg(test)]
mod tests {
    use super::{DiscoveredOrganization, DiscoveredProject, SessionDetails};
    use crate::config::Config;
    use crate::config::node::Node;

    const EXAMPLE: &str = include_str!("../../tests/fixtures/original-home/config");
    const ADA: &str = "ada@example.com@api.datum.net";
    const CI: &str = "ci@web-x1.iam.datum.net@api.staging.env.datum.net";

    fn config(text: &str) -> Config {
        Config::from_node(Node::parse(text).expect("YAML")).expect("a configuration")
    }

    fn in_force(config: &Config) -> Option<&str> {
        config.effective_session().ok().map(|session| session.name.as_str())
    }

    fn details(name: &str) -> SessionDetails {
        SessionDetails {
            name: name.to_owned(),
            user_key: "new-key".to_owned(),
            user_email: "new@x".to_owned(),
            user_name: None,
            server: "https://api.new".to_owned(),
            auth_hostname: "auth.new".to_owned(),
        }
    }

    #[test]
    fn a_new_session_takes_over_although_a_context_of_another_was_current() {
        let mut config = config(EXAMPLE);
        assert_eq!(in_force(&config), Some(ADA));
        config.upsert_session(details("new@x@api.new"));
        config.activate("new@x@api.new").expect("it is there");
        assert_eq!(in_force(&config), Some("new@x@api.new"));
        assert_eq!(config.effective_context(), None);
        config.activate(ADA).expect("it is there");
        assert_eq!(
            config.effective_context().map(|context| context.reference()).as_deref(),
            Some("acme/production-a1b2c3")
        );
    }

    #[test]
    fn activating_nobody_changes_nothing() {
        let (mut config, before) = (config(EXAMPLE), config(EXAMPLE));
        assert!(config.activate("nobody").is_err());
        assert!(config.use_context("nobody/acme").is_err());
        assert_eq!(config, before);
    }

    #[test]
    fn using_a_context_moves_all_three_pointers() {
        let mut config = config(EXAMPLE);
        let name = format!("{CI}/org-7f3k2");
        config.use_context(&name).expect("it is there");
        assert_eq!(in_force(&config), Some(CI));
        assert_eq!(config.active_session.as_deref(), Some(CI));
        assert_eq!(config.sessions[1].last_context.as_deref(), Some(name.as_str()));
    }

    #[test]
    fn logging_in_again_keeps_what_a_person_set_by_hand() {
        let text = EXAMPLE.replace("    server: https://api.datum.net\n", "    server: https://api.datum.net\n    tls-server-name: inner\n    insecure-skip-tls-verify: true\n    certificate-authority-data: Zm9v\n    x-note: mine\n");
        let mut config = config(&text);
        config.upsert_session(details(ADA));
        let session = &config.sessions[0];
        assert_eq!((session.user_key.as_str(), session.endpoint.server.as_str()), ("new-key", "https://api.new"));
        assert_eq!(session.endpoint.tls_server_name.as_deref(), Some("inner"));
        assert_eq!(session.endpoint.certificate_authority_data.as_deref(), Some("Zm9v"));
        assert!(session.endpoint.insecure_skip_tls_verify);
        assert_eq!(session.endpoint.extra, [("x-note".to_owned(), Node::Text("mine".to_owned()))]);
        assert!(session.last_context.is_some());
        assert_eq!(config.sessions.len(), 2);
    }

    #[test]
    fn removing_a_session_takes_everything_of_it_and_nothing_else() {
        let mut config = config(EXAMPLE);
        assert!(config.remove_session(ADA));
        assert_eq!(in_force(&config), None);
        assert_eq!((config.current_context.as_ref(), config.active_session.as_ref()), (None, None));
        assert_eq!(config.contexts.iter().map(|context| context.session.as_str()).collect::<Vec<_>>(), [CI]);
        assert_eq!((config.cache.organizations.len(), config.cache.projects.len()), (1, 0));
        assert!(!config.remove_session(ADA));
    }

    // STO-14
    #[test]
    fn logging_in_mends_an_entry_that_could_not_be_used() {
        let mut config = config(&format!("sessions:\n- {{name: {ADA}}}\n- {{name: other}}\n"));
        assert!(config.sessions.is_empty());
        config.upsert_session(details(ADA));
        assert_eq!((config.sessions.len(), config.broken_sessions.len()), (1, 1));
        assert!(config.remove_session("other"));
        config.remove_all_sessions();
        assert_eq!(config, Config { problems: config.problems.clone(), ..Config::default() });
    }

    #[test]
    fn a_discovery_replaces_one_sessions_contexts_and_keeps_the_others_in_front() {
        let mut config = config(EXAMPLE);
        let organizations = [DiscoveredOrganization { id: "zeta".into(), display_name: "Zeta".into(), role: None }];
        let projects =
            [DiscoveredProject { id: "p".into(), display_name: String::new(), organization_id: "zeta".into() }];
        let now = "2026-07-16T18:24:09.12Z".parse().expect("a time");
        config.replace_contexts(ADA, &organizations, &projects, now);
        let references: Vec<_> = config.contexts.iter().map(|context| context.reference()).collect();
        assert_eq!(references, ["org-7f3k2", "zeta", "zeta/p"]);
        assert_eq!(config.contexts[2].namespace.as_deref(), Some("default"));
        assert_eq!(config.contexts[1].namespace, None);
        assert_eq!(config.cache.last_refreshed.as_deref(), Some("2026-07-16T18:24:09.12Z"));
        assert_eq!(config.display_names(ADA).organization("zeta"), Some("Zeta"));
        assert_eq!(config.display_names(ADA).organization("acme"), None);
        assert_eq!(in_force(&config), Some(ADA), "the account stays though its context is gone");
        assert_eq!((config.current_context.as_ref(), config.sessions[0].last_context.as_ref()), (None, None));
    }

    // STO-19
    #[test]
    fn bare_context_names_of_an_older_version_get_their_session() {
        let old = |active: &str| {
            config(&format!(
                "active-session: {active}\ncurrent-context: acme/p\ncontexts:\n\
                 - {{name: acme/p, session: a, organization-id: acme, project-id: p}}\n\
                 - {{name: acme/p, session: b, organization-id: acme, project-id: p}}\n\
                 - {{name: acme, session: a, organization-id: acme}}\nsessions:\n\
                 - {{name: a, user-key: a, last-context: acme, endpoint: {{server: s}}}}\n\
                 - {{name: b, user-key: b, endpoint: {{server: s}}}}\n"
            ))
        };
        let migrated = old("b");
        assert_eq!(
            migrated.contexts.iter().map(|context| context.name.as_str()).collect::<Vec<_>>(),
            ["a/acme/p", "b/acme/p", "a/acme"]
        );
        assert_eq!(migrated.current_context.as_deref(), Some("b/acme/p"));
        assert_eq!(migrated.sessions[0].last_context.as_deref(), Some("a/acme"));
        assert_eq!(old("nobody").current_context, None, "two accounts could be meant");
    }
}
