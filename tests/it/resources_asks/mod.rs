//! The commands that ask a control plane: what it serves, who one is there, what one may do, and anything else by path.

mod completion;
mod everywhere;
mod everywhere_named;
mod projects;
mod questions;
mod raw;
mod types;
