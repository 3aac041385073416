//! The server acted, but its answer never came: no key that nobody has is left unsaid.

use super::{content, exchange, key_ids, key_in, machines, with_account};

/// Strikes the request that makes the key: the account and the list of its keys are read before.
const CREATION: &str = "after=2,times=1";

#[test]
fn a_key_whose_answer_was_lost_is_named_with_the_command_that_revokes_it() {
    for misbehaviour in ["commit-then-reset", "commit-then-status=502", "commit-then-garbage"] {
        let world = with_account();
        let file = world.keeper("c.json");
        world.emulator().add_fault(format!("api.other:{misbehaviour},{CREATION}").parse().unwrap());
        let words = ["keys", "create", "--account", "ci-deploy", "--output-file", file.to_str().unwrap()];
        let output = machines(&world, &words).exits(5).says("whether a key was made is not known");
        let left = key_ids(&world);
        assert_eq!(left.len(), 1, "{misbehaviour}");
        let help =
            format!("datumctl service-accounts keys revoke {} --account ci-deploy --project staging-d4e5f6", left[0]);
        let _ = output.says(&help);
        assert!(!file.exists());
    }
}

#[test]
fn a_request_that_failed_outright_made_no_key_and_says_so() {
    let world = with_account();
    let file = world.keeper("c.json");
    world.emulator().add_fault(format!("api.other:status=500,{CREATION}").parse().unwrap());
    let words = ["keys", "create", "--account", "ci-deploy", "--output-file", file.to_str().unwrap()];
    let _ = machines(&world, &words).exits(5).says("no key has appeared so far");
    assert!(!file.exists() && key_ids(&world).is_empty());
}

#[test]
fn a_rotation_whose_answer_was_lost_changes_nothing_in_the_file() {
    let world = with_account();
    let path = key_in(&world, "c.json");
    let before = content(&path);
    world.emulator().add_fault(format!("api.other:commit-then-reset,{CREATION}").parse().unwrap());
    let words = ["keys", "rotate", "--account", "ci-deploy", "--output-file", path.to_str().unwrap()];
    let _ = machines(&world, &words).exits(5).says("keys revoke");
    assert_eq!(content(&path), before);
    let _ = exchange(&world, &path).success();
    assert_eq!(super::litter(&path), Vec::<std::path::PathBuf>::new());
}

#[test]
fn credentials_that_are_not_understood_are_not_shown_and_their_key_is_revoked() {
    let world = with_account();
    let file = world.keeper("c.json");
    for answer in [r#"set.status={"authProviderKeyID":"1","privateKey":"CNRY-no-credentials"}"#, "unset.status"] {
        world.emulator().add_fault(format!("api.other:{answer},{CREATION}").parse().unwrap());
        let words = ["keys", "create", "--account", "ci-deploy", "--output-file", file.to_str().unwrap(), "-vv"];
        let output = machines(&world, &words);
        assert!(output.status != 0 && !output.stderr.contains("CNRY"), "{output}");
        assert!(!file.exists());
    }
}

#[test]
fn a_key_made_only_to_learn_the_scope_is_named_when_it_cannot_be_revoked() {
    let world = with_account();
    let file = world.scratch("c.json");
    // The account, the list before, the creation; then the revocation.
    world.emulator().add_fault("api.other:status=500,after=3,times=1".parse().unwrap());
    let words = ["keys", "create", "--account", "ci-deploy", "--generate", "--key-size", "2048", "--output-file"];
    let output = machines(&world, &[&words[..], &[file.to_str().unwrap()]].concat());
    let left = key_ids(&world);
    assert_eq!((left.len(), file.exists()), (1, false), "{output}");
    let _ = output.exits(1).says(&format!("keys revoke {} --account ci-deploy --project staging-d4e5f6", left[0]));
}
