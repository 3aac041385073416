//! The path under which kubectl starts this program.

use std::path::PathBuf;

use super::{ADA, default_file, entry, read, session, update};
use crate::support::{DATUMCTL, World};

/// A directory that is not one for temporary files: the build's own, or where that is one, the home.
fn lasting() -> tempfile::TempDir {
    let home = std::env::var_os("HOME").map(PathBuf::from);
    let mut places = std::iter::once(PathBuf::from(env!("CARGO_TARGET_TMPDIR"))).chain(home);
    let is_temporary = |place: &PathBuf| ["/tmp", "/var/tmp", "/dev/shm"].iter().any(|known| place.starts_with(known));
    let place = places.find(|place| !is_temporary(place)).expect("a build or a home outside of /tmp");
    tempfile::tempdir_in(place).expect("a directory")
}

fn command(world: &World) -> String {
    let user = format!("datum-{}", session(world, ADA));
    entry(&read(&default_file(world)), "users", &user)["exec"]["command"].as_str().expect("text").to_owned()
}

#[test]
fn the_command_is_a_link_on_the_path_that_outlives_the_next_upgrade() {
    // KCF-13
    let mut world = World::ada();
    let prefix = lasting();
    let cellar = prefix.path().join("Cellar/datumctl/1.2.3/bin");
    let bin = prefix.path().join("bin");
    for directory in [&cellar, &bin, &prefix.path().join("opt")] {
        std::fs::create_dir_all(directory).unwrap();
    }
    let installed = cellar.join("datumctl");
    std::fs::copy(DATUMCTL, &installed).unwrap();
    std::os::unix::fs::symlink("../Cellar/datumctl/1.2.3", prefix.path().join("opt/datumctl")).unwrap();
    std::os::unix::fs::symlink(&installed, bin.join("datumctl")).unwrap();
    let passing = world.scratch("passing");
    std::fs::create_dir(&passing).unwrap();
    std::os::unix::fs::symlink(&installed, passing.join("datumctl")).unwrap();
    let path = |directories: &[&PathBuf]| std::env::join_paths(directories).unwrap();
    let run = |world: &World| {
        let mut run = world.program(installed.to_str().unwrap(), ["auth", "update-kubeconfig", "--project", "web-1"]);
        let _ = world.finish(&run.output().unwrap(), false).success();
    };
    // The version's own directory and a temporary one come first on the path, and are passed over.
    world.set("PATH", path(&[&cellar, &passing, &bin]));
    run(&world);
    assert_eq!(command(&world), bin.join("datumctl").to_str().unwrap());
    world.set("PATH", path(&[&cellar]));
    run(&world);
    assert_eq!(command(&world), prefix.path().join("opt/datumctl/bin/datumctl").to_str().unwrap());
    // A different program of the same name is not this one.
    std::fs::remove_file(bin.join("datumctl")).unwrap();
    std::fs::write(bin.join("datumctl"), "another").unwrap();
    world.set("PATH", path(&[&bin]));
    run(&world);
    assert_eq!(command(&world), prefix.path().join("opt/datumctl/bin/datumctl").to_str().unwrap());
}

#[test]
fn whatever_the_path_looks_like_it_is_read_back_the_same() {
    // KCF-13
    let mut world = World::ada();
    world.set("PATH", "");
    let prefix = lasting();
    for name in ["with space", "it's \"quoted\"", "Zürich", "two\nlines", "# no: comment", "{{x}}", "yes"] {
        let directory = prefix.path().join(name);
        std::fs::create_dir(&directory).unwrap();
        let program = directory.join("datumctl");
        std::fs::hard_link(DATUMCTL, &program).or_else(|_| std::fs::copy(DATUMCTL, &program).map(drop)).unwrap();
        let mut run = world.program(program.to_str().unwrap(), ["auth", "update-kubeconfig", "--project", "web-1"]);
        let _ = world.finish(&run.output().unwrap(), false).success();
        assert_eq!(command(&world), program.to_str().unwrap());
    }
}

#[test]
fn a_program_that_may_be_cleared_away_is_warned_of() {
    // KCF-13
    let mut world = World::ada();
    world.set("PATH", "");
    let program = world.scratch("datumctl");
    std::fs::copy(DATUMCTL, &program).unwrap();
    let mut run = world.program(program.to_str().unwrap(), ["auth", "update-kubeconfig", "--project", "web-1"]);
    let _ = world.finish(&run.output().unwrap(), false).success().says("install datumctl and run this again");
}

#[test]
fn the_home_in_use_goes_along() {
    let mut world = World::new();
    world.set("DATUMCTL_HOME", "other home");
    let _ = world.login(ADA).success();
    let _ = update(&world, &["--project", "web-1"]).success();
    let user = format!("datum-{}", session(&world, ADA));
    let exec = entry(&read(&default_file(&world)), "users", &user)["exec"].clone();
    let env: Vec<(&str, &str)> = exec["env"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| (item["name"].as_str().unwrap(), item["value"].as_str().unwrap()))
        .collect();
    let home = world.scratch("other home");
    assert_eq!(env, [("DATUMCTL_CREDENTIAL_STORE", "file"), ("DATUMCTL_HOME", home.to_str().unwrap())]);
}
