//! Control planes: which one a path is in, who calls, and who may enter.

use super::access;
use super::bindings;
use super::status::Status;
use super::store::{Area, Store};
use crate::emulator::exchange::{Call, percent_decoded};
use crate::emulator::machines::Generation;

/// A Kubernetes surface of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Plane {
    Platform,
    User(String),
    Organization(String),
    /// A project, and what its machines are.
    Project(String, Generation),
}

/// The control plane of a path, and the decoded segments below it.
pub(super) fn locate(path: &str, generation: Generation) -> (Plane, Vec<String>) {
    let segments: Vec<String> = path.split('/').skip(1).filter(|one| !one.is_empty()).map(percent_decoded).collect();
    let words: Vec<_> = segments.iter().map(String::as_str).collect();
    let plane = match words.as_slice() {
        ["apis", "iam.miloapis.com", "v1alpha1", "users", id, "control-plane", ..] => Plane::User((*id).to_owned()),
        ["apis", "resourcemanager.miloapis.com", "v1alpha1", "organizations", id, "control-plane", ..] => {
            Plane::Organization((*id).to_owned())
        }
        ["apis", "resourcemanager.miloapis.com", "v1alpha1", "projects", id, "control-plane", ..] => {
            Plane::Project((*id).to_owned(), generation)
        }
        _ => return (Plane::Platform, segments),
    };
    (plane, segments[6..].to_vec())
}

impl Plane {
    /// Where the objects it shows are kept.
    pub(super) fn area(&self) -> Area {
        match self {
            Self::Project(name, _) => Area::Project(name.clone()),
            _ => Area::Platform,
        }
    }
}

/// Who a bearer token belongs to.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    /// `sub`.
    pub(super) id: String,
    pub(super) email: String,
}

impl Caller {
    /// The caller, if the token lives and is meant for the API.
    pub(super) fn of(call: &mut Call<'_>) -> Result<Self, Status> {
        let access = call.request.bearer().and_then(|token| call.state.ledger.access(token));
        let access = access.filter(|access| access.grant.for_api).ok_or_else(Status::unauthorized)?;
        let id = access.grant.subject.clone();
        let email = call.state.email_of(&id).unwrap_or_default().to_owned();
        call.note.subject = Some(id.clone());
        call.note.client_id = Some(access.grant.client_id.clone());
        Ok(Self { id, email })
    }

    /// Whether the caller may use a control plane at all: as a member, or by a binding.
    pub(super) fn enter(&self, plane: &Plane, store: &Store) -> Result<(), Status> {
        let member = |organization: &str| access::is_member(store, organization, &self.id);
        let (kind, name, allowed) = match plane {
            Plane::Platform => return Ok(()),
            Plane::User(id) => ("users.iam.miloapis.com", id, *id == self.id),
            Plane::Organization(id) => ("organizations.resourcemanager.miloapis.com", id, member(id)),
            Plane::Project(id, _) => {
                let owner = access::owner_of(store, id);
                ("projects.resourcemanager.miloapis.com", id, owner.is_some_and(|owner| member(&owner)))
            }
        };
        let allowed = allowed || bindings::admit(store, plane, self);
        match allowed {
            true => Ok(()),
            false => Err(Status::no_entry(format!(
                "{kind} {name:?} is forbidden: User {:?} cannot use this control plane",
                self.email
            ))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Generation, Plane, locate};

    #[test]
    fn the_control_plane_is_cut_off_a_path() {
        let path = "/apis/resourcemanager.miloapis.com/v1alpha1/organizations/ac%6De/control-plane/apis/x";
        assert_eq!(
            locate(path, Generation::default()),
            (Plane::Organization("acme".to_owned()), vec!["apis".to_owned(), "x".to_owned()])
        );
        assert_eq!(locate("/version", Generation::default()), (Plane::Platform, vec!["version".to_owned()]));
    }
}
