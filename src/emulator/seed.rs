//! Who and what exists in an emulator: people, service accounts, organizations, projects and memberships.

use std::collections::HashSet;

use serde::Deserialize;

/// The world an emulator starts with. `docs/emulator.md` documents its JSON form.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seed {
    /// The public OAuth client that command lines use.
    #[serde(default = "default_client")]
    pub client: Client,
    /// People who can sign in, in the order the emulator's browser picks them.
    pub people: Vec<Person>,
    /// Machines that can sign in with a key of their own.
    #[serde(default)]
    pub service_accounts: Vec<ServiceAccount>,
    /// Organizations with their projects.
    #[serde(default)]
    pub organizations: Vec<Organization>,
    /// Who belongs to which organization.
    #[serde(default)]
    pub memberships: Vec<Membership>,
    /// Whether projects serve machine accounts, the older generation of service accounts, in their place.
    #[serde(default)]
    pub machine_accounts: bool,
}

/// A public (secretless) native OAuth client.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Client {
    /// `client_id`.
    pub id: String,
    /// Shown on the consent page.
    pub name: String,
    /// Second audience of its ID tokens, and the audience the API demands.
    pub project_id: String,
    /// Registered redirect URIs. Those on 127.0.0.1 and [::1] match on every port.
    pub redirect_uris: Vec<String>,
}

/// Somebody who signs in by browser.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Person {
    /// `sub` of the person's tokens and the name of the API's `User`.
    pub id: String,
    /// Address to sign in with.
    pub email: String,
    /// First name.
    #[serde(default)]
    pub given_name: String,
    /// Last name.
    #[serde(default)]
    pub family_name: String,
    /// The `email_verified` claim.
    #[serde(default = "yes")]
    pub email_verified: bool,
}

impl Person {
    /// Given and family name, or the address where there is neither.
    pub fn name(&self) -> String {
        let name = format!("{} {}", self.given_name, self.family_name);
        if name.trim().is_empty() { self.email.clone() } else { name.trim().to_owned() }
    }
}

/// A machine that signs in with an RSA key. The emulator makes the key.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServiceAccount {
    /// `client_id` of its credentials file and `sub` of its tokens.
    pub id: String,
    /// Short name.
    pub name: String,
    /// Its address, also `client_email` of its credentials file.
    pub email: String,
    /// Whether it may not sign in.
    #[serde(default)]
    pub disabled: bool,
}

/// An organization of the API.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Organization {
    /// Its id.
    pub name: String,
    /// What people read; the id where empty.
    #[serde(default)]
    pub display_name: String,
    /// Reason of its `OnboardingComplete` condition; `Ready` means complete.
    #[serde(default = "ready")]
    pub onboarding: String,
    /// Its projects.
    #[serde(default)]
    pub projects: Vec<Project>,
}

/// A project of an organization.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Project {
    /// Its id, unique among all projects.
    pub name: String,
    /// What people read; the id where empty.
    #[serde(default)]
    pub display_name: String,
}

/// One account's membership of one organization.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Membership {
    /// The organization's id.
    pub organization: String,
    /// Email of a person or a service account.
    pub member: String,
    /// Role names; `owner`, `editor`, `viewer` or anything else.
    #[serde(default)]
    pub roles: Vec<String>,
}

/// Why a seed was refused.
#[derive(Debug, thiserror::Error)]
pub enum SeedError {
    /// Not JSON, or not of the documented form.
    #[error("the seed is not of the documented form")]
    Form(#[from] serde_json::Error),
    /// There is nobody who could sign in.
    #[error("the seed has no people")]
    NoPeople,
    /// An id, email or name is used twice.
    #[error("{kind} {value:?} occurs twice in the seed")]
    Duplicate {
        /// What kind of thing.
        kind: &'static str,
        /// The repeated value.
        value: String,
    },
    /// A membership names something that is not in the seed.
    #[error("a membership names {kind} {value:?}, which the seed does not have")]
    Unknown {
        /// What kind of thing.
        kind: &'static str,
        /// The dangling name.
        value: String,
    },
}

impl Seed {
    /// Reads and checks the documented JSON form.
    pub fn from_json(text: &str) -> Result<Self, SeedError> {
        let seed: Self = serde_json::from_str(text)?;
        seed.check()?;
        Ok(seed)
    }

    fn check(&self) -> Result<(), SeedError> {
        if self.people.is_empty() {
            return Err(SeedError::NoPeople);
        }
        let people = self.people.iter();
        let machines = self.service_accounts.iter();
        unique("id", people.clone().map(|one| &one.id).chain(machines.clone().map(|one| &one.id)))?;
        unique("email", people.map(|one| &one.email).chain(machines.map(|one| &one.email)))?;
        unique("organization", self.organizations.iter().map(|one| &one.name))?;
        unique("project", self.organizations.iter().flat_map(|one| &one.projects).map(|one| &one.name))?;
        for membership in &self.memberships {
            if self.organization(&membership.organization).is_none() {
                return Err(SeedError::Unknown { kind: "organization", value: membership.organization.clone() });
            }
            if self.id_of(&membership.member).is_none() {
                return Err(SeedError::Unknown { kind: "member", value: membership.member.clone() });
            }
        }
        Ok(())
    }

    pub(crate) fn person(&self, id: &str) -> Option<&Person> {
        self.people.iter().find(|person| person.id == id)
    }

    pub(crate) fn person_by_email(&self, email: &str) -> Option<&Person> {
        self.people.iter().find(|person| person.email == email)
    }

    pub(crate) fn organization(&self, name: &str) -> Option<&Organization> {
        self.organizations.iter().find(|organization| organization.name == name)
    }

    /// `sub` of the person or service account with this email.
    pub(crate) fn id_of(&self, email: &str) -> Option<&str> {
        let person = self.person_by_email(email).map(|person| person.id.as_str());
        person.or_else(|| self.service_accounts.iter().find(|one| one.email == email).map(|one| one.id.as_str()))
    }

    /// The project whose service account this is: the one its email names, if the seed has it.
    pub(crate) fn project_of<'a>(&self, account: &'a ServiceAccount) -> Option<&'a str> {
        let (name, domain) = account.email.split_once('@')?;
        let (project, _) = domain.split_once('.')?;
        let mut projects = self.organizations.iter().flat_map(|one| &one.projects);
        (name == account.name && projects.any(|one| one.name == project)).then_some(project)
    }
}

impl Default for Seed {
    fn default() -> Self {
        Self::from_json(include_str!("default-seed.json")).expect("a test reads the built-in seed")
    }
}

fn unique<'a>(kind: &'static str, values: impl Iterator<Item = &'a String>) -> Result<(), SeedError> {
    let mut seen = HashSet::new();
    for value in values {
        if !seen.insert(value) {
            return Err(SeedError::Duplicate { kind, value: value.clone() });
        }
    }
    Ok(())
}

fn yes() -> bool {
    true
}

fn ready() -> String {
    "Ready".to_owned()
}

fn default_client() -> Client {
    Seed::default().client
}

#[cfg(test)]
mod tests {
    use super::{Seed, SeedError};

    #[test]
    fn the_built_in_seed_is_valid() {
        let seed = Seed::default();
        assert_eq!(seed.people[0].name(), "Ada Lovelace");
        assert_eq!(seed.memberships.iter().filter(|one| one.member == "grace@example.com").count(), 2);
    }

    #[test]
    fn a_seed_needs_only_people() {
        let seed = Seed::from_json(r#"{"people":[{"id":"1","email":"a@b.c"}]}"#).unwrap();
        assert_eq!(seed.people[0].name(), "a@b.c");
        assert_eq!(seed.client.id, Seed::default().client.id);
    }

    #[test]
    fn mistakes_in_a_seed_are_named() {
        let refused = |text| Seed::from_json(text).unwrap_err();
        assert!(matches!(refused("{}"), SeedError::Form(_)));
        assert!(matches!(refused(r#"{"people":[]}"#), SeedError::NoPeople));
        let twice = refused(r#"{"people":[{"id":"1","email":"a"},{"id":"1","email":"b"}]}"#);
        assert!(matches!(twice, SeedError::Duplicate { kind: "id", .. }), "{twice}");
        let dangling =
            refused(r#"{"people":[{"id":"1","email":"a"}],"memberships":[{"organization":"x","member":"a"}]}"#);
        assert!(matches!(dangling, SeedError::Unknown { kind: "organization", .. }), "{dangling}");
    }
}
