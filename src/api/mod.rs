//! Control planes and the typed resources that the commands need.
//!
//! Every answer is bounded, every list ends, and the bearer token goes to the session's own server and nowhere else.
//! What the server says in its error texts is data: whoever shows it sanitizes it.

mod connection;
mod control_plane;
mod discovery;
mod error;
mod resource;
#[cfg(test)]
mod scripted_server;

pub(crate) use connection::Connection;
pub(crate) use control_plane::ControlPlane;
pub(crate) use discovery::{Discovery, Progress, discover_organizations};
pub(crate) use error::Error;
pub(crate) use resource::{Organization, Project};
