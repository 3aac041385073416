//! The commands that ask a control plane: what it serves, who one is there, what one may do, and anything else by path.

mod completion;
mod everywhere;
mod projects;
mod questions;
mod raw;
mod types;
