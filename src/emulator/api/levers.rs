//! What scripts and tests do to the API's objects directly, past every rule.

use serde::Deserialize;
use serde_json::Value;

use super::catalog;
use super::metadata;
use super::store::{Address, Area, Key};
use super::world::World;
use crate::emulator::seed::Seed;

/// Why a lever on objects did not move.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The type is none of the API's.
    #[error("the API has no such type")]
    Type,
    /// There is no such project, object or member.
    #[error("there is no {0:?}")]
    Unknown(String),
}

/// Many objects to make at once.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
pub(crate) enum Filling {
    /// So many objects of a type, such as `dnszones.dns.networking.miloapis.com`, in a project.
    Objects { project: String, r#type: String, count: usize },
    /// So many organizations of somebody, each with so many projects.
    Organizations { organizations: usize, projects: usize, member: String },
}

impl World {
    /// Stores an object of any known type as it is, status included; `project` is empty for the platform's own types.
    pub(crate) fn put_directly(&mut self, project: &str, mut object: Value) -> Result<(), Refused> {
        let resource = catalog::of(&object).filter(|resource| !resource.is_virtual).ok_or(Refused::Type)?;
        let area = self.area(project)?;
        let key = Key::of(&object);
        let present = self.store.get(&Address::new(area.clone(), resource), &key);
        let uid = present.map(|present| present["metadata"]["uid"].clone());
        if object["metadata"]["uid"].is_null() {
            metadata::stamp(resource, &mut object["metadata"]);
            if let Some(uid) = uid {
                object["metadata"]["uid"] = uid;
            }
        }
        self.store.put(resource, area, object);
        Ok(())
    }

    /// Removes an object at once, whatever holds it; `object` needs type, name and namespace only.
    pub(crate) fn delete_directly(&mut self, project: &str, object: &Value) -> Result<(), Refused> {
        let resource = catalog::of(object).ok_or(Refused::Type)?;
        let key = Key::of(object);
        let address = Address::new(self.area(project)?, resource);
        self.store.remove(&address, &key).map(drop).ok_or(Refused::Unknown(key.name))
    }

    /// Makes many objects.
    pub(crate) fn fill_directly(&mut self, seed: &Seed, filling: &Filling) -> Result<(), Refused> {
        match filling {
            Filling::Objects { project, r#type, count } => {
                let (plural, group) = r#type.split_once('.').unwrap_or((r#type, ""));
                let resource = catalog::named(group, plural).filter(|resource| !resource.is_virtual);
                let resource = resource.ok_or(Refused::Type)?;
                self.area(project)?;
                self.fill(resource, project, *count);
            }
            Filling::Organizations { organizations, projects, member } => {
                seed.id_of(member).ok_or_else(|| Refused::Unknown(member.clone()))?;
                self.populate(seed, *organizations, *projects, member);
            }
        }
        Ok(())
    }

    fn area(&self, project: &str) -> Result<Area, Refused> {
        if project.is_empty() {
            return Ok(Area::Platform);
        }
        let owner = super::access::owner_of(&self.store, project);
        owner.map(|_| Area::Project(project.to_owned())).ok_or_else(|| Refused::Unknown(project.to_owned()))
    }
}
