//! Control planes: their types, their objects, and the organizations and projects that contexts are made of.
//!
//! `connection` is one server asked as one session, `repeat` says when a request is sent again, `list` reads pages,
//! `watch` follows changes, `cluster` is one control plane with its `types`, `objects` what can be done in it. Every
//! answer is bounded, every list ends, and the bearer token goes to the session's own server and nowhere else. What the
//! server says in its error texts is data: whoever shows it sanitizes it.

mod call;
mod cluster;
mod connection;
mod control_plane;
mod difference;
mod discovery;
mod error;
mod list;
mod objects;
mod onboarding;
mod organizations;
mod path;
mod repeat;
mod resource;
#[cfg(test)]
mod scripted_server;
mod types;
mod watch;

pub(crate) use call::{Call, JSON, METADATA, TABLE};
pub(crate) use cluster::{Cluster, require_usable};
pub(crate) use connection::Connection;
pub(crate) use control_plane::ControlPlane;
pub(crate) use difference::merge_patch;
pub(crate) use discovery::{Discovery, PARALLEL_READS, Progress, discover_organizations};
pub(crate) use error::{Error, managed_by_others};
pub(crate) use list::{ListEnd, Part};
pub(crate) use objects::{ObjectPatch, Selection, WriteOptions};
pub(crate) use onboarding::{Onboarding, portal};
pub(crate) use resource::{Organization, Project};
pub(crate) use types::{ApiType, TypeProblem, Types};
pub(crate) use watch::{Change, Event, items};
