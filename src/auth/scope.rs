//! Which control plane a command acts in: flags, then the environment, then the current context, then the user's own.

use super::{Account, Auth, Error};
use crate::api::{self, ControlPlane};
use crate::sys::env;

/// What the command line says about the scope.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ScopeChoice {
    /// `--project`
    pub(crate) project: Option<String>,
    /// `--organization`
    pub(crate) organization: Option<String>,
    /// `--platform-wide`
    pub(crate) platform_wide: bool,
    /// `--namespace`
    pub(crate) namespace: Option<String>,
}

impl ScopeChoice {
    /// Whether it says nothing.
    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// This choice where it is made, else `before`.
    pub(crate) fn or(&self, before: &Self) -> Self {
        let is_made = self.project.is_some() || self.organization.is_some() || self.platform_wide;
        let choice = if is_made { self } else { before };
        Self { namespace: self.namespace.clone().or_else(|| before.namespace.clone()), ..choice.clone() }
    }
}

/// A control plane and the namespace that is meant where none is named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Scope {
    /// The control plane.
    pub(crate) plane: ControlPlane,
    /// `None` where objects of several namespaces belong together: everything a user sees.
    pub(crate) namespace: Option<String>,
}

impl Scope {
    /// The scope of a command of `account`.
    ///
    /// # Errors
    /// [`Error::TwoScopes`], or what keeps the config or the account's subject away.
    pub(crate) fn settle(auth: &Auth, account: &Account, choice: &ScopeChoice) -> Result<Self, Error> {
        let mut scope = Self::find(auth, account, choice)?;
        if let Some(namespace) = &choice.namespace {
            scope.namespace = Some(namespace.clone());
        }
        let id = match &scope.plane {
            ControlPlane::Project(id) | ControlPlane::Organization(id) => Some(id),
            ControlPlane::Platform | ControlPlane::User(_) => None,
        };
        id.into_iter().chain(&choice.namespace).try_for_each(|name| api::require_usable(name))?;
        Ok(scope)
    }

    fn find(auth: &Auth, account: &Account, choice: &ScopeChoice) -> Result<Self, Error> {
        let ScopeChoice { project, organization, platform_wide, .. } = choice;
        match (project, organization, platform_wide) {
            (Some(project), None, false) => return Ok(Self::of_project(project)),
            (None, Some(organization), false) => return Ok(Self::of_organization(organization)),
            (None, None, true) => {
                return Ok(Self { plane: ControlPlane::Platform, namespace: Some(DEFAULT.to_owned()) });
            }
            (None, None, false) => {}
            _ => return Err(Error::TwoScopes { first: "--project", second: "--organization" }),
        }
        match (env::var(env::DATUM_PROJECT), env::var(env::DATUM_ORGANIZATION)) {
            (Some(project), None) => return Ok(Self::of_project(&project)),
            (None, Some(organization)) => return Ok(Self::of_organization(&organization)),
            (Some(_), Some(_)) => {
                return Err(Error::TwoScopes { first: env::DATUM_PROJECT, second: env::DATUM_ORGANIZATION });
            }
            (None, None) => {}
        }
        match Self::of_context(auth, account)? {
            Some(scope) => Ok(scope),
            None => Self::of_user(auth, account),
        }
    }

    /// What the account itself sees.
    pub(crate) fn of_user(auth: &Auth, account: &Account) -> Result<Self, Error> {
        Ok(Self { plane: ControlPlane::User(account.subject(auth)?), namespace: None })
    }

    /// One organization; its objects live in a namespace of its name.
    pub(crate) fn of_organization(id: &str) -> Self {
        Self { plane: ControlPlane::Organization(id.to_owned()), namespace: Some(format!("organization-{id}")) }
    }

    /// One project.
    pub(crate) fn of_project(id: &str) -> Self {
        Self { plane: ControlPlane::Project(id.to_owned()), namespace: Some(DEFAULT.to_owned()) }
    }

    fn of_context(auth: &Auth, account: &Account) -> Result<Option<Self>, Error> {
        let Account::Stored { session, .. } = account else { return Ok(None) };
        let config = auth.load_active_config()?;
        let Some(context) = config.context_of(session) else { return Ok(None) };
        let mut scope = match &context.project_id {
            Some(project) => Self::of_project(project),
            None => Self::of_organization(&context.organization_id),
        };
        if let Some(namespace) = context.namespace.as_ref().filter(|namespace| !namespace.is_empty()) {
            scope.namespace = Some(namespace.clone());
        }
        Ok(Some(scope))
    }
}

/// The namespace of everything in a project.
const DEFAULT: &str = "default";
