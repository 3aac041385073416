//! `datumctl` signs people and machines in to Datum Cloud, keeps their sessions and hands out fresh tokens.
//!
//! A module imports only from rows below it, never sideways:
//!
//! ```text
//! 7  main -> lib -> cli
//! 6  cmd
//! 5  app
//! 4  error (with exit)   ui (imports sys only)
//! 3  auth
//! 2  oauth  session  api
//! 1  http   config
//! 0  sys    secret
//! side: emulator -> sys, secret only; imported by cmd::emulator and by tests, by nothing else
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
mod http;
mod oauth;
mod secret;
mod session;
mod sys;
mod ui;

pub use cli::run;
