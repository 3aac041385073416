//! Accounts of projects as the identity provider sees them: what became of their objects.

use serde_json::Value;

use super::catalog::{self, Resource};
use super::conditions;
use super::store::{Address, Area, Collection, Key};
use super::world::World;
use crate::emulator::machines::{Account, Change, Generation, News};

const GROUP: &str = "iam.miloapis.com";

/// The type of accounts in a generation.
pub(super) fn resource(generation: Generation) -> Option<&'static Resource> {
    catalog::named(GROUP, generation.accounts())
}

/// Where a project's accounts are.
pub(super) fn address(generation: Generation, project: &str) -> Option<Address> {
    Some(Address::new(Area::Project(project.to_owned()), resource(generation)?))
}

impl World {
    /// What became of accounts since the last time; `None` where nothing has changed at all.
    pub(crate) fn news_of_accounts(&mut self) -> Option<News> {
        let (since, now) = (self.followed, self.store.version());
        if since == now {
            return None;
        }
        self.followed = now;
        let resource = resource(self.generation)?;
        let mut news = Vec::new();
        let Ok(changes) = self.store.changes_after(since) else { return Some(News::All(self.accounts(resource))) };
        for change in changes.filter(|change| change.address.is_of(resource)) {
            let project = change.address.project().unwrap_or_default();
            let of = |object: &Option<_>| object.as_deref().and_then(|object| account(project, object));
            let (before, after) = (of(&change.before), of(&change.after));
            let gone = before.filter(|before| after.as_ref().is_none_or(|after| after.id != before.id));
            news.extend(gone.map(|gone| Change::Gone(gone.id)));
            news.extend(after.map(Change::Present));
        }
        Some(News::Changes(news))
    }

    fn accounts(&self, resource: &Resource) -> Vec<Account> {
        let of_project = |(address, collection): (&Address, &Collection)| {
            let project = address.project().unwrap_or_default();
            collection.values().filter_map(|object| account(project, object)).collect::<Vec<_>>()
        };
        self.store.collections_of(resource).flat_map(of_project).collect()
    }

    /// Lets an account sign in or not, with no controller in between.
    pub(crate) fn set_account_state(&mut self, project: &str, name: &str, is_active: bool) {
        let (Some(resource), Some(address)) = (resource(self.generation), address(self.generation, project)) else {
            return;
        };
        let Some(object) = self.store.get(&address, &Key::new("", name)) else { return };
        let mut object = Value::clone(object);
        let generation = object["metadata"]["generation"].as_u64().unwrap_or_default();
        object["metadata"]["generation"] = (generation + 1).into();
        object["spec"]["state"] = if is_active { "Active" } else { "Inactive" }.into();
        let area = Area::Project(project.to_owned());
        conditions::ripen(resource, &area, &mut object);
        self.store.put(resource, area, object);
    }
}

/// The account that an object stands for, once it has its email.
fn account(project: &str, object: &Value) -> Option<Account> {
    let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
    Some(Account {
        id: text("/metadata/uid")?,
        name: text("/metadata/name")?,
        email: text("/status/email").filter(|email| !email.is_empty())?,
        project: project.to_owned(),
        active: text("/status/state").as_deref() != Some("Inactive"),
    })
}
