//! Organizations and projects of a session, and which of them is current.

use super::prompt::{ContextItem, LoginPrompt};
use super::{Account, ApiAccess, Auth, Error, SessionTokens};
use crate::api::{self, Discovery};
use crate::config::{Config, Context, ContextProblem, DiscoveredOrganization, DiscoveredProject};
use crate::sys::clock;

/// Which context a login is to make current.
#[derive(Clone, Debug)]
pub(crate) enum ContextWish {
    /// The only project, the previous one, or what the person picks.
    Choose,
    /// The only project or the previous one, without asking.
    ChooseSilently,
    /// This one.
    Named(String),
    /// None.
    Nothing,
}

impl ContextWish {
    /// The same wish for somebody who cannot be asked.
    pub(super) fn without_asking(&self) -> Self {
        match self {
            Self::Choose => Self::ChooseSilently,
            other => other.clone(),
        }
    }
}

/// What became of the context.
#[derive(Debug, Default)]
pub(crate) struct ContextOutcome {
    /// The current context, `org` or `org/project`.
    pub(crate) current: Option<String>,
    /// Its organization.
    pub(crate) organization: Option<String>,
    /// How many organizations were found.
    pub(crate) organizations: usize,
    /// How many projects were found.
    pub(crate) projects: usize,
    /// Why nothing was found, or what was left out.
    pub(crate) problems: Vec<String>,
    /// Whether the lookup failed as a whole.
    pub(crate) failed: bool,
}

/// Looks up what `account` can reach and replaces its contexts.
pub(crate) async fn refresh_contexts(auth: &Auth, account: &Account, say: &dyn Fn(&str)) -> Result<Discovery, Error> {
    let Account::Stored { session, .. } = account else { return look_up(auth, account, say).await };
    let discovery = look_up(auth, account, say).await?;
    let organizations: Vec<_> = discovery.organizations.iter().map(organization).collect();
    let projects: Vec<_> = discovery.projects.iter().map(project).collect();
    auth.update_config(|config| config.replace_contexts(&session.name, &organizations, &projects, clock::now()))?;
    Ok(discovery)
}

fn organization(found: &api::Organization) -> DiscoveredOrganization {
    DiscoveredOrganization { id: found.id.clone(), display_name: found.display_name.clone(), role: found.role.clone() }
}

fn project(found: &api::Project) -> DiscoveredProject {
    DiscoveredProject {
        id: found.id.clone(),
        display_name: found.display_name.clone(),
        organization_id: found.organization_id.clone(),
    }
}

/// Adds a project that was just made to the contexts of `account`.
pub(crate) fn learn_project(auth: &Auth, account: &Account, project: &DiscoveredProject) -> Result<(), Error> {
    match account {
        Account::Stored { session, .. } => auth.update_config(|config| config.add_project(&session.name, project)),
        Account::Machine(_) => Ok(()),
    }
}

/// Takes a project that is going away out of the contexts of `account`.
pub(crate) fn forget_project(auth: &Auth, account: &Account, id: &str) -> Result<(), Error> {
    match account {
        Account::Stored { session, .. } => auth.update_config(|config| config.remove_project(&session.name, id)),
        Account::Machine(_) => Ok(()),
    }
}

/// Looks up what `account` can reach and changes nothing.
pub(crate) async fn look_up(auth: &Auth, account: &Account, say: &dyn Fn(&str)) -> Result<Discovery, Error> {
    let subject = account.subject(auth)?;
    let tokens = SessionTokens::new(auth, account);
    let ApiAccess { host, client } = account.api_access(auth)?;
    let progress = |progress: api::Progress| say(&progress.to_string());
    Ok(api::discover_organizations(&client, &host, &subject, &tokens, &progress).await?)
}

/// After a login: looks up, then settles on a context. Only an explicit wish that cannot be met is an error.
pub(super) async fn settle(
    auth: &Auth,
    account: &Account,
    wish: &ContextWish,
    prompt: &mut impl LoginPrompt,
) -> Result<ContextOutcome, Error> {
    prompt.working(Some("Looking up organizations and projects"));
    let found = refresh_contexts(auth, account, &|_| ()).await;
    prompt.working(None);
    let mut outcome = match found {
        Ok(discovery) => ContextOutcome {
            organizations: discovery.organizations.len(),
            projects: discovery.projects.len(),
            problems: discovery.problems.iter().map(ToString::to_string).collect(),
            ..ContextOutcome::default()
        },
        Err(error) => {
            ContextOutcome { failed: true, problems: vec![super::refresh::chain(&error)], ..ContextOutcome::default() }
        }
    };
    let config = auth.load_config()?;
    if matches!(wish, ContextWish::Nothing) {
        auth.update_config(Config::clear_context)?;
    }
    if let Some(name) = choose(&config, account.name(), wish, prompt)? {
        auth.use_context(&name)?;
        let context = config.context(&name);
        outcome.organization = context.map(|context| context.organization_id.clone());
        outcome.current = context.map(Context::reference);
    }
    Ok(outcome)
}

fn choose(
    config: &Config,
    session: &str,
    wish: &ContextWish,
    prompt: &mut impl LoginPrompt,
) -> Result<Option<String>, ContextProblem> {
    let name = match wish {
        ContextWish::Nothing => None,
        ContextWish::Named(text) => Some(config.resolve_context(session, text)?.name.clone()),
        ContextWish::Choose | ContextWish::ChooseSilently => {
            let obvious = obvious(config, session);
            let ask = matches!(wish, ContextWish::Choose) && prompt.is_interactive();
            if obvious.is_none() && ask { pick_context(config, session, prompt) } else { obvious }
        }
    };
    Ok(name)
}

/// The context nobody would have to think about: the last one, the only project, the only organization.
fn obvious(config: &Config, session: &str) -> Option<String> {
    let last = config.find_session(session).ok().and_then(|session| session.last_context.as_ref());
    if let Some(last) = last.and_then(|name| config.context(name)) {
        return Some(last.name.clone());
    }
    let contexts: Vec<_> = config.contexts_of(session).collect();
    let projects: Vec<_> = contexts.iter().filter(|context| context.project_id.is_some()).collect();
    match (contexts.as_slice(), projects.as_slice()) {
        (_, [only]) => Some(only.name.clone()),
        ([only], []) => Some(only.name.clone()),
        _ => None,
    }
}

/// Lets the person pick one of the session's contexts: each organization followed by its projects.
pub(crate) fn pick_context(config: &Config, session: &str, prompt: &mut impl LoginPrompt) -> Option<String> {
    let mut contexts: Vec<_> = config.contexts_of(session).collect();
    if contexts.is_empty() {
        return None;
    }
    contexts.sort_by_key(|context| (&context.organization_id, &context.project_id));
    let names = config.display_names(session);
    let items: Vec<_> = contexts
        .iter()
        .map(|context| ContextItem {
            reference: context.reference(),
            display_name: names.context(context).to_owned(),
            is_project: context.project_id.is_some(),
        })
        .collect();
    prompt.pick_context(&items).map(|picked| contexts[picked].name.clone())
}
