//! `describe` and `explain`: objects and types in words.

mod describe;
mod explain;

use crate::support::{Output, World};

fn in_project(world: &World, words: &[&str]) -> Output {
    world.run([words, &["--project", "production-a1b2c3"]].concat())
}
