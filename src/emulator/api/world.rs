//! Everything that is kept, and what happens to it by itself after a while.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::access;
use super::bindings;
use super::catalog::{self, Resource};
use super::conditions;
use super::store::{Address, Area, Candidates, Key, Store};
use crate::emulator::machines::Generation;
use crate::sys::clock;

/// How long a controller takes for one step.
const STEP: Duration = Duration::from_millis(150);

/// After so many steps a controller looks again for what was missing.
const LOOK_AGAIN: u32 = 8;

/// The objects of all control planes, and the controllers' work that is still to be done.
#[derive(Default)]
pub(crate) struct World {
    pub(crate) store: Store,
    agenda: Vec<(Timestamp, Step)>,
    /// What the accounts of projects are.
    pub(super) generation: Generation,
    /// The version up to which the identity provider knows what became of accounts.
    pub(super) followed: u64,
}

/// Where one object is.
#[derive(Clone, Debug)]
pub(super) struct Spot {
    pub(super) resource: &'static Resource,
    pub(super) area: Area,
    pub(super) key: Key,
}

impl Spot {
    pub(super) fn address(&self) -> Address {
        Address::new(self.area.clone(), self.resource)
    }
}

/// Something a controller will do.
#[derive(Debug)]
enum Step {
    /// What was created becomes ready.
    Ripen(Spot),
    /// A project's cleanup is under way.
    Clean(Spot),
    /// What waits for its end has waited long enough.
    Finish(Spot),
    /// An organization is gone, and what belonged to it goes too.
    Bury(String),
}

impl World {
    /// Does what is due and tells how long it is until the next thing is.
    pub(crate) fn settle(&mut self) -> Option<Duration> {
        let now = clock::now();
        let agenda = std::mem::take(&mut self.agenda);
        let (due, later) = agenda.into_iter().partition::<Vec<_>, _>(|(at, _)| *at <= now);
        self.agenda = later;
        due.into_iter().for_each(|(_, step)| self.act(step));
        let next = self.agenda.iter().map(|(at, _)| *at).min()?;
        Some(Duration::try_from(next.duration_since(now)).unwrap_or_default())
    }

    fn schedule(&mut self, step: Step, steps: u32) {
        let at = clock::now().checked_add(STEP * steps).unwrap_or(Timestamp::MAX);
        self.agenda.push((at, step));
    }

    fn act(&mut self, step: Step) {
        match step {
            Step::Ripen(spot) if spot.resource.kind == "PolicyBinding" => self.bind(&spot),
            Step::Ripen(spot) => self.change(&spot, |object| conditions::ripen(spot.resource, &spot.area, object)),
            Step::Clean(spot) => self.change(&spot, |object| conditions::cleanup(object, "CleanupAwaitingCompletion")),
            Step::Finish(spot) => {
                if spot.resource.kind == "Namespace" {
                    self.empty(&spot.area, &spot.key.name);
                }
                self.change(&spot, |object| {
                    let ours = |one: &Value| *one == spot.resource.finalizer() || *one == "foregroundDeletion";
                    if let Some(finalizers) = object["metadata"]["finalizers"].as_array_mut() {
                        finalizers.retain(|one| !ours(one));
                    }
                });
                self.collect(&spot);
            }
            Step::Bury(organization) => self.bury(&organization),
        }
    }

    /// Changes an object that is still there.
    fn change(&mut self, spot: &Spot, change: impl FnOnce(&mut Value)) {
        if let Some(old) = self.store.get(&spot.address(), &spot.key) {
            let mut object = Value::clone(old);
            change(&mut object);
            if object != **old {
                self.store.put(spot.resource, spot.area.clone(), object);
            }
        }
    }

    /// Looks whether everything that a binding refers to is there, and again later where it is not.
    fn bind(&mut self, spot: &Spot) {
        let Some(binding) = self.store.get(&spot.address(), &spot.key) else { return };
        let missing = bindings::check(&self.store, &spot.area, self.generation, binding).err();
        self.change(spot, |object| match &missing {
            None => conditions::ripen(spot.resource, &spot.area, object),
            Some((reason, message)) => conditions::set(object, "Ready", "False", reason, message),
        });
        if missing.is_some() {
            self.schedule(Step::Ripen(spot.clone()), LOOK_AGAIN);
        }
    }

    /// What follows from a creation.
    pub(super) fn created(&mut self, spot: &Spot) {
        if spot.resource.has_status && spot.resource.kind != "Namespace" {
            self.schedule(Step::Ripen(spot.clone()), 1);
        }
        if spot.resource.kind == "Project" {
            self.namespace(Area::Project(spot.key.name.clone()), "default");
        }
    }

    /// What follows from a change of what is wanted.
    pub(super) fn updated(&mut self, spot: &Spot, old: &Value, new: &Value) {
        let is_watched = matches!(spot.resource.kind, "ServiceAccount" | "MachineAccount" | "PolicyBinding");
        if is_watched && old["spec"] != new["spec"] {
            self.schedule(Step::Ripen(spot.clone()), 1);
        }
    }

    /// Makes a namespace.
    pub(super) fn namespace(&mut self, area: Area, name: &str) {
        if let Some(resource) = catalog::named("", "namespaces") {
            let metadata = super::metadata::fresh(resource, name, None);
            let mut object = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": metadata,
                "spec": {"finalizers": ["kubernetes"]}, "status": {"phase": "Active"}});
            object["metadata"]["labels"] = json!({"kubernetes.io/metadata.name": name});
            self.store.put(resource, area, object);
        }
    }

    /// Takes an object into deletion: it goes now, unless something has to happen first.
    pub(super) fn delete(&mut self, spot: &Spot, foreground: bool) -> Option<Value> {
        let mut object = Value::clone(self.store.get(&spot.address(), &spot.key)?);
        if object["metadata"]["deletionTimestamp"].is_string() {
            return Some(object);
        }
        if foreground {
            match object["metadata"]["finalizers"].as_array_mut() {
                Some(finalizers) => finalizers.push("foregroundDeletion".into()),
                None => object["metadata"]["finalizers"] = json!(["foregroundDeletion"]),
            }
        }
        let waits = object["metadata"]["finalizers"].as_array().is_some_and(|finalizers| !finalizers.is_empty())
            || spot.resource.kind == "Namespace";
        if !waits {
            self.remove(spot);
            return None;
        }
        let now = super::metadata::time(clock::now());
        object["metadata"]["deletionTimestamp"] = now.into();
        object["metadata"]["deletionGracePeriodSeconds"] = 0.into();
        match spot.resource.kind {
            "Project" => {
                conditions::cleanup(&mut object, "CleanupStarted");
                self.schedule(Step::Clean(spot.clone()), 1);
            }
            "Namespace" => object["status"]["phase"] = "Terminating".into(),
            _ => {}
        }
        let stored = self.store.put(spot.resource, spot.area.clone(), object);
        self.schedule(Step::Finish(spot.clone()), 2);
        Some(Value::clone(&stored))
    }

    /// Ends the deletion of an object that nothing holds any more; tells whether it is gone.
    pub(super) fn collect(&mut self, spot: &Spot) -> bool {
        let gone = self.store.get(&spot.address(), &spot.key).is_some_and(|object| {
            let held = object["metadata"]["finalizers"].as_array().is_some_and(|finalizers| !finalizers.is_empty());
            object["metadata"]["deletionTimestamp"].is_string() && !held
        });
        if gone {
            self.remove(spot);
        }
        gone
    }

    fn remove(&mut self, spot: &Spot) {
        let removed = self.store.remove(&spot.address(), &spot.key);
        match spot.resource.kind {
            _ if removed.is_none() => {}
            "Project" => self.store.remove_area(&Area::Project(spot.key.name.clone())),
            "Organization" => self.schedule(Step::Bury(spot.key.name.clone()), 1),
            _ => {}
        }
    }

    /// Removes everything in a namespace.
    fn empty(&mut self, area: &Area, namespace: &str) {
        for address in self.store.addresses(area) {
            let inside = Candidates::Namespace(namespace.to_owned());
            let found = self.store.collection(&address).into_iter().flat_map(|all| all.behind(&inside, None));
            let keys: Vec<_> = found.map(|(key, _)| key.clone()).collect();
            keys.iter().for_each(|key| drop(self.store.remove(&address, key)));
        }
    }

    fn bury(&mut self, organization: &str) {
        if let Some(address) = access::platform("projects") {
            let owned = Candidates::Indexed(organization.to_owned());
            let found = self.store.collection(&address).into_iter().flat_map(|all| all.behind(&owned, None));
            let keys: Vec<_> = found.map(|(key, _)| key.clone()).collect();
            for key in keys {
                self.store.remove(&address, &key);
                self.store.remove_area(&Area::Project(key.name));
            }
        }
        let namespace = access::namespace_of(organization);
        self.empty(&Area::Platform, &namespace);
        if let Some(namespaces) = catalog::named("", "namespaces") {
            self.store.remove(&Address::new(Area::Platform, namespaces), &Key::new("", &namespace));
        }
    }
}
