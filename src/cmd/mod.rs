//! One file per leaf command, one folder per noun: `struct Args` and `run()`.
//!
//! A command is three steps: parse into meaning, one use case, one view. It never branches on the output format.

pub(crate) mod api;
pub(crate) mod api_resources;
pub(crate) mod api_versions;
pub(crate) mod apply;
pub(crate) mod auth;
pub(crate) mod completion;
mod confirm;
pub(crate) mod create;
pub(crate) mod ctx;
pub(crate) mod delete;
pub(crate) mod describe;
pub(crate) mod diff;
pub(crate) mod edit;
pub(crate) mod emulator;
pub(crate) mod explain;
mod format;
pub(crate) mod get;
mod identity;
pub(crate) mod marks;
pub(crate) mod organizations;
pub(crate) mod patch;
pub(crate) mod projects;
mod prompt;
pub(crate) mod refresh;
pub(crate) mod refusal;
pub(crate) mod resource;
mod runtime;
pub(crate) mod service_accounts;
pub(crate) mod version;
pub(crate) mod wait;
pub(crate) mod whoami;
