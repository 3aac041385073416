//! Which file is written, and what it is like afterwards.

use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::path::Path;

use super::{default_file, names, read, update};
use crate::support::World;

fn mode(path: &Path) -> u32 {
    path.metadata().unwrap_or_else(|error| panic!("{}: {error}", path.display())).permissions().mode() & 0o7777
}

#[test]
fn a_new_file_and_its_directory_are_the_owners_alone() {
    // KCF-01
    let world = World::ada();
    let _ = update(&world, &["--project", "web-1"]).success();
    let file = default_file(&world);
    assert_eq!((mode(&file), mode(file.parent().unwrap())), (0o600, 0o700));
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(text.starts_with("apiVersion: v1\n") && text.contains("\nkind: Config\n"), "{text}");
    let deep = world.scratch("a/b/config");
    let _ = update(&world, &["--project", "web-1", "--kubeconfig", deep.to_str().unwrap()]).success();
    assert_eq!((mode(&deep), mode(&world.scratch("a/b")), mode(&world.scratch("a"))), (0o600, 0o700, 0o700));
    let others: Vec<_> = std::fs::read_dir(file.parent().unwrap()).unwrap().flatten().collect();
    assert_eq!(others.len(), 1, "a lock or a temporary file was left: {others:?}");
}

#[test]
fn an_equal_update_touches_neither_file_nor_directory() {
    // KCF-03
    let world = World::ada();
    let _ = update(&world, &["--project", "web-1"]).success();
    let stamp = |path: &Path| {
        let metadata = path.metadata().unwrap();
        (metadata.ino(), metadata.mtime(), metadata.mtime_nsec(), metadata.ctime_nsec())
    };
    let file = default_file(&world);
    let before = (stamp(&file), stamp(file.parent().unwrap()));
    let again = update(&world, &["--project", "web-1", "-o", "json"]).success().says("was there already").json();
    assert_eq!((&again["status"], again["files"].as_array().map(Vec::len)), (&"unchanged".into(), Some(0)));
    assert_eq!((stamp(&file), stamp(file.parent().unwrap())), before);
}

#[test]
fn of_several_files_the_one_that_has_the_entry_is_changed_else_the_first_that_exists_else_the_last() {
    // KCF-06
    let mut world = World::ada();
    let [a, b, c] = ["a", "b", "c"].map(|name| world.scratch(name));
    let list = |parts: &[&Path]| parts.iter().map(|part| part.to_str().unwrap()).collect::<Vec<_>>().join(":");
    world.set("KUBECONFIG", format!(":{}::{}:{}:", list(&[&a]), list(&[&b]), list(&[&a])));
    let _ = update(&world, &["--project", "one"]).success();
    assert!(!a.exists() && b.exists(), "none exists: the last");
    std::fs::write(&c, "contexts:\n- name: mine\n  context: {cluster: x, user: y}\n").unwrap();
    world.set("KUBECONFIG", list(&[&a, &c, &b]));
    let _ = update(&world, &["--project", "two"]).success();
    assert_eq!(names(&read(&c), "contexts"), ["mine", "datum-project-two"], "the first that exists");
    assert_eq!(names(&read(&c), "users"), Vec::<String>::new(), "the user is in another file");
    let _ = update(&world, &["--project", "one", "--exec-interactive-mode", "Never", "--no-use"]).success();
    assert_eq!(names(&read(&c), "contexts"), ["mine", "datum-project-two"]);
    assert_eq!(read(&b)["users"][0]["user"]["exec"]["interactiveMode"], "Never");
    assert!(!a.exists());
    // Relative parts belong to the working directory, and nothing is ever called a:b.
    world.set("KUBECONFIG", "sub/x:sub/y");
    let _ = update(&world, &["--project", "one"]).success();
    assert!(world.scratch("sub/y").exists());
    let odd = std::fs::read_dir(world.scratch(""))
        .unwrap()
        .flatten()
        .find(|entry| entry.file_name().to_string_lossy().contains(':'));
    assert!(odd.is_none(), "{odd:?}");
    world.set("KUBECONFIG", "::");
    let _ = update(&world, &["--project", "one"]).exits(2).says("--kubeconfig FILE");
    world.set("KUBECONFIG", list(&[&a]));
    let _ = update(&world, &["--project", "one", "--kubeconfig", c.to_str().unwrap()]).success();
    assert!(!a.exists(), "the flag stands above the variable");
}

#[test]
fn permissions_owner_and_group_stay_and_an_open_file_is_told_of() {
    // KCF-08
    let world = World::ada();
    let file = default_file(&world);
    std::fs::create_dir(file.parent().unwrap()).unwrap();
    std::fs::set_permissions(file.parent().unwrap(), std::fs::Permissions::from_mode(0o755)).unwrap();
    for bits in [0o644, 0o640, 0o600, 0o400] {
        let _ = std::fs::remove_file(&file);
        std::fs::write(&file, "kind: Config\n").unwrap();
        if rustix::process::geteuid().is_root() {
            std::os::unix::fs::chown(&file, None, Some(12345)).unwrap();
        }
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(bits)).unwrap();
        let before = file.metadata().unwrap();
        let output = update(&world, &["--project", "web-1"]).success();
        let after = file.metadata().unwrap();
        assert_eq!((after.uid(), after.gid(), mode(&file)), (before.uid(), before.gid(), bits));
        assert_eq!(output.stderr.contains("is open to others"), bits & 0o077 != 0, "{bits:o}: {output}");
        assert_eq!(mode(file.parent().unwrap()), 0o755, "the directory is not ours to change");
    }
}

#[test]
fn a_link_stays_a_link_and_its_target_is_changed() {
    // KCF-09
    let world = World::ada();
    let file = default_file(&world);
    let dotfiles = world.scratch("dotfiles");
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    std::fs::create_dir(&dotfiles).unwrap();
    std::fs::write(dotfiles.join("kube"), "# mine\n").unwrap();
    symlink("../../dotfiles/kube", &file).unwrap();
    let _ = update(&world, &["--project", "web-1"]).success();
    assert_eq!(std::fs::read_link(&file).unwrap(), Path::new("../../dotfiles/kube"));
    let text = std::fs::read_to_string(dotfiles.join("kube")).unwrap();
    assert!(text.starts_with("# mine\n") && text.contains("datum-project-web-1"), "{text}");
}
