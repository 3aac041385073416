//! The identity provider's machines: who can sign in with a key.
//!
//! An account of a project becomes a machine when it has its email, and follows its object from then on: [`News`] says
//! what became of the objects. Accounts of the seed whose email names no project of the seed have no object.

mod generation;
mod key;

use std::collections::BTreeMap;

pub(crate) use generation::Generation;
pub(crate) use key::MachineKey;

use super::keys::{Key, Source};
use super::seed::Seed;

/// A machine that can sign in.
#[derive(Clone, Debug)]
pub(crate) struct Machine {
    /// Client id, `sub` of its tokens and UID of its object.
    pub(crate) id: String,
    /// Short name.
    pub(crate) name: String,
    pub(crate) email: String,
    /// The project whose account it is.
    pub(crate) project: Option<String>,
    pub(crate) active: bool,
    /// Oldest first.
    pub(crate) keys: Vec<MachineKey>,
    /// Where the key of its credentials file comes from, and the id of that key while it lives.
    file: Option<(Source, String)>,
}

/// An account as its object says it is.
pub(crate) struct Account {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) email: String,
    pub(crate) project: String,
    pub(crate) active: bool,
}

/// What became of the accounts' objects since the last time.
pub(crate) enum News {
    Changes(Vec<Change>),
    /// Every account there is: nobody knows any more what changed.
    All(Vec<Account>),
}

pub(crate) enum Change {
    Present(Account),
    /// The account of this id is gone.
    Gone(String),
}

#[derive(Default)]
pub(crate) struct Machines {
    pub(crate) generation: Generation,
    all: BTreeMap<String, Machine>,
    /// How many keys the API has made.
    minted: usize,
    /// Up to which of them pairs are made or being made.
    prepared: usize,
}

impl Machines {
    /// The machines of a seed, each with the key of its credentials file.
    pub(crate) fn seeded(seed: &Seed) -> Self {
        let mut machines = Self { generation: Generation::of_seed(seed.machine_accounts), ..Self::default() };
        for (number, account) in seed.service_accounts.iter().enumerate() {
            let source = Source::Account(number);
            source.prepare();
            let key = Key::new(source);
            let machine = Machine {
                id: account.id.clone(),
                name: account.name.clone(),
                email: account.email.clone(),
                project: seed.project_of(account).map(str::to_owned),
                active: !account.disabled,
                file: Some((source, key.id.clone())),
                keys: vec![MachineKey::made(key, MachineKey::default_end())],
            };
            machines.all.insert(machine.id.clone(), machine);
        }
        machines
    }

    pub(crate) fn get(&self, id: &str) -> Option<&Machine> {
        self.all.get(id)
    }

    pub(crate) fn get_mut(&mut self, id: &str) -> Option<&mut Machine> {
        self.all.get_mut(id)
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = &Machine> {
        self.all.values()
    }

    pub(crate) fn by_email(&self, email: &str) -> Option<&Machine> {
        self.all().find(|machine| machine.email == email)
    }

    /// The machines of one project.
    pub(crate) fn of_project(&self, project: &str) -> impl Iterator<Item = &Machine> {
        self.all().filter(move |machine| machine.project.as_deref() == Some(project))
    }

    /// Takes the news in and returns the ids of the machines whose tokens die.
    pub(crate) fn follow(&mut self, news: News) -> Vec<String> {
        let changes = match news {
            News::Changes(changes) => changes,
            News::All(accounts) => {
                let is_gone = |machine: &&Machine| {
                    machine.project.is_some() && !accounts.iter().any(|account| account.id == machine.id)
                };
                let gone: Vec<_> = self.all().filter(is_gone).map(|machine| Change::Gone(machine.id.clone())).collect();
                gone.into_iter().chain(accounts.into_iter().map(Change::Present)).collect()
            }
        };
        changes.into_iter().filter_map(|change| self.take_in(change)).collect()
    }

    /// Takes one change in and returns the machine's id if its tokens die.
    fn take_in(&mut self, change: Change) -> Option<String> {
        match change {
            Change::Gone(id) => self.all.remove(&id).map(|machine| machine.id),
            Change::Present(account) => {
                let Account { id, name, email, project, active } = account;
                let before = self.all.remove(&id);
                if before.is_none() {
                    self.prepare_next();
                }
                let (keys, file) = before.map(|machine| (machine.keys, machine.file)).unwrap_or_default();
                let machine = Machine { id: id.clone(), name, email, project: Some(project), active, keys, file };
                self.all.insert(id.clone(), machine);
                (!active).then_some(id)
            }
        }
    }

    /// A pair for a new key under a fresh id.
    pub(crate) fn mint_pair(&mut self) -> Key {
        let key = Key::new(Source::Minted(self.minted));
        self.minted += 1;
        self.prepare_next();
        key
    }

    fn prepare_next(&mut self) {
        if self.prepared <= self.minted {
            self.prepared = self.minted + 1;
            Source::Minted(self.minted).prepare();
        }
    }

    /// The key of a machine's credentials file; a new one where there is none, or where it was revoked.
    pub(crate) fn file_key(&mut self, id: &str) -> Option<Key> {
        let machine = self.all.get(id)?;
        let own = machine.file.as_ref().and_then(|(_, key)| machine.keys.iter().find(|one| one.id == *key));
        if let Some(pair) = own.filter(|key| !key.has_expired()).and_then(MachineKey::pair) {
            return Some(pair.clone());
        }
        let (key, source) = match machine.file {
            Some((source, _)) => (Key::new(source), source),
            None => {
                let source = Source::Minted(self.minted);
                (self.mint_pair(), source)
            }
        };
        let machine = self.all.get_mut(id)?;
        machine.file = Some((source, key.id.clone()));
        machine.keys.push(MachineKey::made(key.clone(), MachineKey::default_end()));
        Some(key)
    }
}
