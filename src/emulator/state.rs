//! Everything an emulator remembers, behind one lock.

use std::time::Duration;

use crate::secret::Secret;
use crate::sys::random;

use super::Options;
use super::api::World;
use super::fault::Faults;
use super::identity::{Devices, Flows, Ledger};
use super::journal::Journal;
use super::keys::{Key, Source};
use super::machines::Machines;
use super::seed::{Person, Seed};

/// The state of one emulator.
pub(crate) struct State {
    /// `http://127.0.0.1:PORT`: the issuer and the base of the API.
    pub(crate) url: String,
    pub(crate) seed: Seed,
    pub(crate) settings: Settings,
    pub(crate) keys: ProviderKeys,
    pub(crate) machines: Machines,
    pub(crate) faults: Faults,
    pub(crate) journal: Journal,
    pub(crate) ledger: Ledger,
    pub(crate) flows: Flows,
    pub(crate) devices: Devices,
    pub(crate) mint: Mint,
    /// The API's objects.
    pub(crate) world: World,
    next_person: usize,
}

/// Times that can change while it runs.
pub(crate) struct Settings {
    pub(crate) access_token_ttl: Duration,
    pub(crate) device_interval: Duration,
    pub(crate) device_code_ttl: Duration,
    pub(crate) code_ttl: Duration,
}

impl State {
    pub(crate) fn new(url: String, options: Options) -> Self {
        Self {
            url,
            settings: Settings {
                access_token_ttl: options.access_token_ttl,
                device_interval: options.device_interval,
                device_code_ttl: options.device_code_ttl,
                code_ttl: options.code_ttl,
            },
            keys: ProviderKeys::new(),
            machines: Machines::seeded(&options.seed),
            faults: Faults::new(options.faults),
            journal: Journal::default(),
            ledger: Ledger::default(),
            flows: Flows::default(),
            devices: Devices::default(),
            mint: Mint::default(),
            world: World::seeded(&options.seed),
            seed: options.seed,
            next_person: 0,
        }
    }

    /// Each seeded person in turn.
    pub(crate) fn next_person(&mut self) -> &Person {
        let person = &self.seed.people[self.next_person % self.seed.people.len()];
        self.next_person += 1;
        person
    }

    /// Lets the identity provider know what became of the accounts in the API: machines come and go with them, and
    /// the tokens of those that are gone or inactive die.
    pub(crate) fn follow(&mut self) {
        let Some(news) = self.world.news_of_accounts() else { return };
        for id in self.machines.follow(news) {
            self.ledger.kill_subject(&id);
        }
    }

    /// `sub` of the person or machine with this email.
    pub(crate) fn id_of(&self, email: &str) -> Option<&str> {
        let machine = || self.machines.by_email(email).map(|machine| machine.id.as_str());
        self.seed.person_by_email(email).map(|person| person.id.as_str()).or_else(machine)
    }

    /// Email of the person or machine with this `sub`.
    pub(crate) fn email_of(&self, id: &str) -> Option<&str> {
        let machine = || self.machines.get(id).map(|machine| machine.email.as_str());
        self.seed.person(id).map(|person| person.email.as_str()).or_else(machine)
    }

    /// `id` if it is a client or machine that exists: the journal repeats nothing else.
    pub(crate) fn known_client(&self, id: &str) -> Option<String> {
        (id == self.seed.client.id || self.machines.get(id).is_some()).then(|| id.to_owned())
    }
}

/// The signing key of the identity provider.
pub(crate) struct ProviderKeys {
    current: Key,
    rotations: usize,
}

impl ProviderKeys {
    fn new() -> Self {
        Source::Provider(0).prepare();
        Self { current: Key::new(Source::Provider(0)), rotations: 0 }
    }

    pub(crate) fn current(&self) -> &Key {
        &self.current
    }

    /// Signs with another key under a new id from now on and publishes only that one. Two keys take turns: making
    /// one takes long, and a client goes by the id.
    pub(crate) fn rotate(&mut self) {
        self.rotations += 1;
        self.current = Key::new(Source::Provider(self.rotations % 2));
    }
}

/// Makes tokens and remembers each, so that tests can look for leaks.
#[derive(Default)]
pub(crate) struct Mint(Vec<Secret>);

impl Mint {
    /// A random token of 256 bits with a prefix that makes it easy to recognise.
    pub(crate) fn token(&mut self, prefix: &str) -> String {
        self.remember(format!("{prefix}{}", random::token::<32>()))
    }

    /// Remembers a secret made elsewhere.
    pub(crate) fn remember(&mut self, secret: String) -> String {
        let secret = Secret::new(secret);
        if !self.0.contains(&secret) {
            self.0.push(secret.clone());
        }
        secret.expose().clone()
    }

    /// Remembers a private key as one text, and every line of its private half: a leak may well be indented or
    /// escaped. The first third of a PKCS#8 key is the public modulus.
    pub(crate) fn remember_key(&mut self, pem: &Secret) {
        self.remember(pem.expose().clone());
        let lines: Vec<_> = pem.expose().lines().filter(|line| line.len() == 64).collect();
        lines[lines.len() / 3..].iter().for_each(|line| drop(self.remember((*line).to_owned())));
    }

    /// Everything minted so far.
    pub(crate) fn all(&self) -> Vec<String> {
        self.0.iter().map(|secret| secret.expose().clone()).collect()
    }

    /// Replaces every minted secret in `text`.
    pub(crate) fn redact(&self, text: String) -> String {
        self.0.iter().fold(text, |text, secret| match text.contains(secret.expose().as_str()) {
            true => text.replace(secret.expose().as_str(), "[redacted]"),
            false => text,
        })
    }
}
