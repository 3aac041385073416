//! A strict local Datum Cloud on loopback: identity provider and API, with wire types of its own.
//!
//! One [`Emulator`] is one thread with one listener on 127.0.0.1. A request is read whole, given to a synchronous
//! handler under one lock and answered; faults strike before or after the handler. It is stricter than the real
//! service, so that a client which works here has no luck to thank. `docs/emulator.md` is the manual.

mod api;
mod browser;
mod control;
mod exchange;
mod fault;
mod identity;
mod journal;
mod keys;
mod machines;
mod options;
mod pages;
mod routes;
mod running;
mod seed;
mod server;
mod shared;
mod state;
mod streaming;
#[cfg(test)]
mod tests;

use state::State;

pub use api::Refused;
pub use browser::{SignInError, Who, approve_device, sign_in};
pub use fault::{Fault, FaultError};
pub use journal::JournalEntry;
pub use options::Options;
pub use routes::ROUTES;
pub use running::{Account, ChildEnvironment, Emulator, StartError, Unknown};
pub use seed::{Client, Membership, Organization, Person, Project, Seed, SeedError, ServiceAccount};
