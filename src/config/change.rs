//! The changes that commands make. Each either happens whole or leaves the configuration as it was.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;

use super::lookup::{ContextProblem, SessionProblem};
use super::schema::{CachedOrganization, CachedProject, Config, Context, Endpoint, Session};
use crate::yaml::{Node, field};

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

    /// Adds one project to what is known of a session, unless it is known already.
    pub(crate) fn add_project(&mut self, session: &str, found: &DiscoveredProject) {
        let DiscoveredProject { id, display_name, organization_id } = found;
        if self.contexts_of(session).any(|context| context.project_id.as_ref() == Some(id)) {
            return;
        }
        self.contexts.push(Context {
            name: format!("{session}/{organization_id}/{id}"),
            session: session.to_owned(),
            organization_id: organization_id.clone(),
            project_id: Some(id.clone()),
            namespace: Some("default".to_owned()),
            extra: Vec::new(),
        });
        self.cache.projects.push(CachedProject {
            id: id.clone(),
            display_name: Some(display_name.clone()).filter(|name| !name.is_empty()),
            organization_id: organization_id.clone(),
            session: session.to_owned(),
            extra: Vec::new(),
        });
    }

    /// Removes a project from what is known of a session, with the pointers to it.
    pub(crate) fn remove_project(&mut self, session: &str, id: &str) {
        let was_current = self.current_context.as_deref().and_then(|name| self.context(name));
        let was_current = was_current.is_some_and(|context| context.session == session);
        self.contexts.retain(|context| context.session != session || context.project_id.as_deref() != Some(id));
        self.collect_cache();
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
mod tests;
