//! Finding the session and the context that a person means. Nothing here guesses between accounts.

use std::collections::HashMap;

use super::schema::{Cache, Config, Context, Session};

/// Why no session can be picked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum SessionProblem {
    /// Nobody is logged in, or the pointers lead nowhere.
    #[error("no active session")]
    NoneActive,
    /// No session has that name.
    #[error("no session is named {name:?}")]
    Unknown {
        /// The name asked for.
        name: String,
        /// Names that look like it, the closest first.
        suggestions: Vec<String>,
    },
    /// Several different sessions have that name.
    #[error("several sessions are named {name:?}")]
    Duplicate {
        /// The name asked for.
        name: String,
    },
}

/// Why no context can be picked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ContextProblem {
    /// The session has no contexts at all.
    #[error("the session has no contexts")]
    NoContexts,
    /// Nothing of this session is called that.
    #[error("no context is named {text:?}")]
    Unknown {
        /// What was asked for.
        text: String,
        /// References of this session that look like it, the closest first.
        suggestions: Vec<String>,
        /// Other sessions that have it.
        elsewhere: Vec<Elsewhere>,
    },
    /// Several contexts of this session are called that.
    #[error("{text:?} means several contexts")]
    Ambiguous {
        /// What was asked for.
        text: String,
        /// Their references (`organization` or `organization/project`).
        candidates: Vec<String>,
    },
}

/// A context that another session has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Elsewhere {
    /// That session's name.
    pub(crate) session: String,
    /// Its email address.
    pub(crate) email: String,
    /// The context's reference within it.
    pub(crate) reference: String,
}

impl Config {
    /// The session in force: that of the current context if both resolve, else the active session.
    pub(crate) fn effective_session(&self) -> Result<&Session, SessionProblem> {
        let current = self.current_context.as_deref().and_then(|name| self.context(name));
        let name = match current.filter(|context| self.sessions.iter().any(|session| session.name == context.session)) {
            Some(context) => &context.session,
            None => self.active_session.as_ref().ok_or(SessionProblem::NoneActive)?,
        };
        match self.find_session(name) {
            Err(SessionProblem::Unknown { .. }) => Err(SessionProblem::NoneActive),
            found => found,
        }
    }

    /// The current context, if it and its session are there.
    pub(crate) fn effective_context(&self) -> Option<&Context> {
        let context = self.context(self.current_context.as_deref()?)?;
        self.find_session(&context.session).is_ok().then_some(context)
    }

    /// The context that commands of `session` act in: the current one if it is the session's, else its last one.
    pub(crate) fn context_of(&self, session: &Session) -> Option<&Context> {
        let last = || session.last_context.as_ref().and_then(|name| self.context(name));
        self.effective_context().filter(|context| context.session == session.name).or_else(last)
    }

    /// The context with exactly this full name.
    pub(crate) fn context(&self, name: &str) -> Option<&Context> {
        self.contexts.iter().find(|context| context.name == name)
    }

    /// The contexts of one session.
    pub(crate) fn contexts_of(&self, session: &str) -> impl Iterator<Item = &Context> {
        self.contexts.iter().filter(move |context| context.session == session)
    }

    /// The account's role in the context's organization, as far as the last discovery knew.
    pub(crate) fn role(&self, context: &Context) -> Option<&str> {
        self.cache.organization(&context.session, &context.organization_id)?.role.as_deref()
    }

    /// The session with exactly this name.
    pub(crate) fn find_session(&self, name: &str) -> Result<&Session, SessionProblem> {
        let mut found = self.sessions.iter().filter(|session| session.name == name);
        match (found.next(), found.next()) {
            (Some(session), None) => Ok(session),
            (Some(_), Some(_)) => Err(SessionProblem::Duplicate { name: name.to_owned() }),
            (None, _) => {
                let names = self.sessions.iter().map(|session| session.name.clone());
                Err(SessionProblem::Unknown { name: name.to_owned(), suggestions: similar(name, names) })
            }
        }
    }

    /// The sessions of an email address, whatever its case, in file order.
    pub(crate) fn sessions_of(&self, email: &str) -> Vec<&Session> {
        self.sessions
            .iter()
            .filter(|session| !email.is_empty() && session.user_email.eq_ignore_ascii_case(email))
            .collect()
    }

    /// The context of `session` that `text` means: by full name, `organization/project`, organization, project id if
    /// only one project has it, then display names in the same shapes. The first that finds anything decides.
    pub(crate) fn resolve_context(&self, session: &str, text: &str) -> Result<&Context, ContextProblem> {
        let matches = self.matching_contexts(session, text);
        match matches.as_slice() {
            [context] => Ok(context),
            [] => {
                let elsewhere = self.elsewhere(session, text);
                if elsewhere.is_empty() && self.contexts_of(session).next().is_none() {
                    return Err(ContextProblem::NoContexts);
                }
                let suggestions = similar(text, self.contexts_of(session).map(Context::reference));
                Err(ContextProblem::Unknown { text: text.to_owned(), suggestions, elsewhere })
            }
            several => Err(ContextProblem::Ambiguous {
                text: text.to_owned(),
                candidates: several.iter().map(|context| context.reference()).collect(),
            }),
        }
    }

    /// What a session's organizations and projects are called.
    pub(crate) fn display_names(&self, session: &str) -> DisplayNames<'_> {
        DisplayNames::of(&self.cache, session)
    }

    fn matching_contexts(&self, session: &str, text: &str) -> Vec<&Context> {
        let matching = |is_meant: &dyn Fn(&Context) -> bool| -> Vec<&Context> {
            self.contexts_of(session).filter(|context| is_meant(context)).collect()
        };
        let by_id = [
            matching(&|context| context.name == text),
            matching(&|context| context.reference() == text),
            matching(&|context| context.project_id.as_deref() == Some(text)),
        ];
        if let Some(found) = by_id.into_iter().find(|found| !found.is_empty()) {
            return found;
        }
        let names = self.display_names(session);
        let full = matching(&|context| names.full(context).as_deref() == Some(text));
        if full.is_empty() {
            matching(&|context| context.project_id.as_deref().and_then(|id| names.project(id)) == Some(text))
        } else {
            full
        }
    }

    fn elsewhere(&self, session: &str, text: &str) -> Vec<Elsewhere> {
        let others = self.sessions.iter().filter(|other| other.name != session);
        let found = others.flat_map(|other| {
            let matches = self.matching_contexts(&other.name, text);
            matches.into_iter().map(|context| Elsewhere {
                session: other.name.clone(),
                email: other.user_email.clone(),
                reference: context.reference(),
            })
        });
        found.collect()
    }
}

/// What one session's organizations and projects are called.
pub(crate) struct DisplayNames<'a> {
    organizations: HashMap<&'a str, &'a str>,
    projects: HashMap<&'a str, &'a str>,
}

impl<'a> DisplayNames<'a> {
    fn of(cache: &'a Cache, session: &str) -> Self {
        let organizations = cache.organizations.iter().filter(|entry| entry.session == session);
        let projects = cache.projects.iter().filter(|entry| entry.session == session);
        Self {
            organizations: organizations
                .filter_map(|entry| Some((entry.id.as_str(), entry.display_name.as_deref()?)))
                .collect(),
            projects: projects.filter_map(|entry| Some((entry.id.as_str(), entry.display_name.as_deref()?))).collect(),
        }
    }

    /// What people call the context's own level: its project, else its organization; the id where no name is known.
    pub(crate) fn context<'b>(&self, context: &'b Context) -> &'b str
    where
        'a: 'b,
    {
        match context.project_id.as_deref() {
            None => self.organization(&context.organization_id).unwrap_or(&context.organization_id),
            Some(project) => self.project(project).unwrap_or(project),
        }
    }

    /// The display name of an organization.
    pub(crate) fn organization(&self, id: &str) -> Option<&'a str> {
        self.organizations.get(id).copied()
    }

    /// The display name of a project.
    pub(crate) fn project(&self, id: &str) -> Option<&'a str> {
        self.projects.get(id).copied()
    }

    fn full(&self, context: &Context) -> Option<String> {
        let organization = self.organization(&context.organization_id)?;
        match &context.project_id {
            None => Some(organization.to_owned()),
            Some(project) => Some(format!("{organization}/{}", self.project(project)?)),
        }
    }
}

/// At most three of `names` that a person who typed `text` may have meant, the closest first.
fn similar(text: &str, names: impl Iterator<Item = String>) -> Vec<String> {
    let text = text.to_lowercase();
    let mut close: Vec<_> = names
        .filter_map(|name| {
            let lower = name.to_lowercase();
            let is_part = text.len() >= 3 && lower.contains(&text);
            let last = lower.rsplit('/').next().unwrap_or(&lower);
            let likeness = strsim::jaro(&text, &lower).max(strsim::jaro(&text, last));
            (is_part || likeness > 0.8).then_some((likeness, name))
        })
        .collect();
    close.sort_by(|left, right| right.0.total_cmp(&left.0));
    close.into_iter().take(3).map(|(_, name)| name).collect()
}

#[cfg(test)]
mod tests;
