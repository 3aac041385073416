//! What a control plane shows to a caller.

use std::sync::Arc;

use serde_json::Value;

use super::access;
use super::catalog::Resource;
use super::plane::{Caller, Plane};
use super::store::{Address, Candidates, Key, Store};

/// The objects of one type that one caller sees in one control plane, perhaps in one namespace.
#[derive(Clone, Debug)]
pub(super) struct View {
    pub(super) resource: &'static Resource,
    pub(super) plane: Plane,
    pub(super) caller: Caller,
    pub(super) namespace: Option<String>,
}

impl View {
    pub(super) fn address(&self) -> Address {
        Address::new(self.plane.area(), self.resource)
    }

    /// The smallest set that surely has everything the view shows.
    pub(super) fn candidates(&self) -> Candidates {
        match (self.resource.kind, &self.plane) {
            ("OrganizationMembership", Plane::User(id)) => Candidates::Indexed(id.clone()),
            ("Project", Plane::Organization(name)) => Candidates::Indexed(name.clone()),
            (kind, Plane::Organization(name)) if self.resource.namespaced && kind != "Role" => {
                Candidates::Namespace(access::namespace_of(name))
            }
            _ => self.namespace.clone().map_or(Candidates::All, Candidates::Namespace),
        }
    }

    pub(super) fn shows(&self, store: &Store, key: &Key, object: &Value) -> bool {
        if self.namespace.as_ref().is_some_and(|namespace| *namespace != key.namespace) {
            return false;
        }
        let own = |organization: &str| key.namespace == access::namespace_of(organization);
        match (self.resource.kind, &self.plane) {
            (_, Plane::Project(..)) => true,
            ("User", _) => key.name == self.caller.id,
            ("Organization", _) => access::is_member(store, &key.name, &self.caller.id),
            ("OrganizationMembership", Plane::User(id)) => object["spec"]["userRef"]["name"] == id.as_str(),
            ("UserInvitation", Plane::User(_)) => object["spec"]["email"] == self.caller.email.as_str(),
            ("Project", Plane::Organization(name)) => object["spec"]["ownerRef"]["name"] == name.as_str(),
            ("Namespace", Plane::Organization(name)) => key.name == access::namespace_of(name),
            ("Role", Plane::Organization(name)) => own(name) || key.namespace == "datum-cloud",
            ("Role", _) => key.namespace == "datum-cloud",
            (_, Plane::Organization(name)) => own(name),
            _ => false,
        }
    }

    /// The object of this name, if it is there and shown.
    pub(super) fn get(&self, store: &Store, name: &str) -> Option<Arc<Value>> {
        let key = Key::new(self.namespace.as_deref().unwrap_or_default(), name);
        let object = store.get(&self.address(), &key)?;
        self.shows(store, &key, object).then(|| Arc::clone(object))
    }
}
