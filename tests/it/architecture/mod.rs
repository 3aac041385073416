//! The invariants of `docs/architecture.md`, read off the sources: whoever breaks one sees it here first.

mod layers;
mod powers;
mod shape;
pub mod source;
