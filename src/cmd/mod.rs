//! One file per leaf command, one folder per noun: `struct Args` and `run()`.
//!
//! A command is three steps: parse into meaning, one use case, one view. It never branches on the output format.

pub(crate) mod auth;
pub(crate) mod completion;
pub(crate) mod ctx;
pub(crate) mod describe;
pub(crate) mod emulator;
pub(crate) mod explain;
mod format;
pub(crate) mod get;
mod identity;
pub(crate) mod organizations;
pub(crate) mod projects;
mod prompt;
pub(crate) mod refresh;
#[allow(dead_code, unused_imports, reason = "its commands are being built")]
pub(crate) mod resource;
mod runtime;
pub(crate) mod version;
pub(crate) mod whoami;
