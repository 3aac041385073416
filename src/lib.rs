//! `datumctl` signs people and machines in to Datum Cloud, keeps their sessions and hands out fresh tokens.
//!
//! A module imports only from rows below it, never sideways:
//!
//! ```text
//! 9  main -> lib -> cli
//! 8  cmd                        parse, one use case, one view
//! 7  app                        puts the parts together, lazily
//! 6  error                      what a person reads when something failed
//! 5  machine                    service accounts: their keys, credentials files, roles
//! 4  auth                       use cases: log in, token, switch, log out
//! 3  oauth   session   api      the protocol, the store, the control planes
//!    kubeconfig   render        what kubectl reads; objects as kubectl shows them
//!    manifest                   the objects that files hold
//! 2  http    config    ui       one client, ~/.datumctl/config, one printer
//! 1  sys     yaml               the machine: environment, clock, files; files people edit
//! 0  secret  exit               a value that cannot be printed, one that ends a process
//!    emulator                   beside it all: sys and secret only
//!    fuzzing                    beside it all, for tests only
//! ```
//!
//! Only [`run`] and [`emulator`] are public; `docs/architecture.md` has the invariants and the tests that hold them.

mod api;
mod app;
mod auth;
mod cli;
mod cmd;
mod config;
pub mod emulator;
mod error;
mod exit;
#[cfg(any(test, fuzzing))]
pub mod fuzzing;
mod http;
mod kubeconfig;
mod machine;
mod manifest;
mod oauth;
mod render;
mod secret;
mod session;
mod sys;
mod ui;
mod yaml;

pub use cli::run;
