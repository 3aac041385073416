//! `auth get-token`: when a token is refreshed, and what a refresh leaves behind.

use crate::support::World;

const ADA: &str = "ada@example.com";

#[test]
fn a_valid_token_is_printed_without_asking_anybody_and_without_writing() {
    // RFR-01; real_strace shows the same in system calls.
    let world = World::ada();
    let asked = world.emulator().journal().len();
    let token = world.token();
    assert_eq!(token, world.credential(ADA)["token"]["access_token"]);
    let files = world.files();
    for format in ["token", "json", "client.authentication.k8s.io/v1"] {
        assert!(world.run(["auth", "get-token", "-o", format]).success().stdout.contains(&token));
    }
    assert!(world.files() == files, "a file was written");
    assert_eq!(world.emulator().journal().len(), asked);
}

#[test]
fn an_expired_token_is_refreshed_once_and_the_new_one_is_stored_and_works() {
    // RFR-02; real_strace shows the order of writing.
    let world = World::ada();
    let before = world.credential(ADA);
    world.expire(ADA);
    let token = world.token();
    let after = world.credential(ADA);
    assert_eq!(token, after["token"]["access_token"]);
    assert_ne!(before["token"]["access_token"], after["token"]["access_token"]);
    assert_ne!(before["token"]["refresh_token"], after["token"]["refresh_token"]);
    assert_eq!(world.token(), token);
    let _ = world.run(["organizations", "list"]).success();
    world.assert_refreshed(1);
}

#[test]
fn a_token_is_refreshed_in_its_last_minute_and_not_before() {
    // RFR-03
    let world = World::ada();
    world.expires_in(ADA, 75);
    let _ = world.token();
    let _ = world.run(["organizations", "list"]).success();
    world.assert_refreshed(0);
    world.expires_in(ADA, 30);
    let _ = world.token();
    world.assert_refreshed(1);
    world.expires_in(ADA, 30);
    let _ = world.run(["organizations", "list"]).success();
    world.assert_refreshed(2);
}

#[test]
fn a_longer_life_can_be_asked_for() {
    let world = World::ada();
    world.expires_in(ADA, 500);
    let _ = world.run(["auth", "get-token", "--min-ttl", "5m"]).success();
    world.assert_refreshed(0);
    let _ = world.run(["auth", "get-token", "--min-ttl", "10m"]).success();
    world.assert_refreshed(1);
}

#[test]
fn a_server_that_does_not_rotate_leaves_the_refresh_token_as_it_was() {
    // RFR-05
    let world = World::ada();
    world.emulator().set_refresh_rotation(false);
    let before = world.credential(ADA);
    for refreshes in 1..=2 {
        world.expire(ADA);
        let token = world.token();
        let after = world.credential(ADA);
        assert_eq!(token, after["token"]["access_token"]);
        assert_eq!(before["token"]["refresh_token"], after["token"]["refresh_token"]);
        world.assert_refreshed(refreshes);
    }
}

#[test]
fn an_empty_or_null_refresh_token_in_the_answer_leaves_the_old_one() {
    // RFR-06
    let world = World::ada();
    world.emulator().set_refresh_rotation(false);
    let before = world.credential(ADA);
    for (done, value) in ["\"\"", "null"].iter().enumerate() {
        world.fault(&format!("token.refresh:set.refresh_token={value},times=1"));
        world.expire(ADA);
        let _ = world.token();
        assert_eq!(before["token"]["refresh_token"], world.credential(ADA)["token"]["refresh_token"]);
        world.assert_refreshed(done + 1);
    }
}

#[test]
fn a_failing_refresh_does_not_take_a_token_away_that_still_works() {
    // RFR-24, RFR-27
    let world = World::ada();
    let token = world.token();
    world.expires_in(ADA, 40);
    world.fault("token.refresh:reset");
    let output = world.run(["auth", "get-token"]).success();
    assert_eq!(output.line(), token);
    insta::assert_snapshot!(output.stderr, @"warning: the token could not be refreshed and is about to expire: the connection to <host> broke before the answer was complete: Connection reset by peer (os error 104)");
    world.emulator().clear_faults();
    world.fault("token.refresh:status=503");
    assert_eq!(world.run(["auth", "get-token"]).success().line(), token);
    assert_eq!(world.credential(ADA)["token"]["access_token"], token);
    world.assert_refreshed(0);
}

#[test]
fn an_expiry_that_no_token_can_have_is_not_believed() {
    // RFR-29: the clock was set back by a day after the last refresh.
    let world = World::ada();
    let token = world.token();
    world.expires_in(ADA, 36 * 60 * 60);
    world.fault("token.refresh:status=503,times=2");
    assert_eq!(world.run(["auth", "get-token"]).success().line(), token, "it may still be good");
    assert_ne!(world.token(), token);
    world.assert_refreshed(1);
    let left = world.run(["auth", "get-token", "-o", "json"]).success().json()["expires_in"].as_i64().unwrap();
    assert!((43_100..=43_200).contains(&left), "{left}");
    world.assert_refreshed(1);
}

#[test]
fn a_suspect_token_that_the_server_refuses_is_refreshed() {
    // RFR-29
    let world = World::ada();
    world.expires_in(ADA, 36 * 60 * 60);
    world.emulator().expire_access_tokens();
    let _ = world.run(["organizations", "list"]).success();
    world.assert_refreshed(1);
}

#[test]
fn whatever_expires_in_says_there_is_a_token_and_no_endless_refreshing() {
    // RFR-30
    let cases = [
        ("unset.expires_in", Some(300)),
        ("set.expires_in=0", None),
        ("set.expires_in=-5", None),
        ("set.expires_in=1000000000000000000", Some(300)),
        ("set.expires_in=3600.5", Some(3600)),
        ("set.expires_in=\"3600\"", Some(3600)),
        ("set.expires_in=abc", Some(300)),
        ("set.expires_in=null", Some(300)),
        ("set.expires_in=true", Some(300)),
        ("set.expires_in=[1]", Some(300)),
    ];
    let world = World::ada();
    for (edit, life) in cases {
        let before = world.refreshes().0;
        world.fault(&format!("token.refresh:{edit},times=1"));
        world.expire(ADA);
        let first = world.run(["auth", "get-token", "-o", "json"]).success().json();
        let second = world.token();
        let Some(life) = life else {
            assert_ne!(first["access_token"], second, "{edit}: good for one use");
            assert_eq!(world.refreshes(), (before + 2, 0), "{edit}");
            continue;
        };
        let left = first["expires_in"].as_i64().unwrap_or_else(|| panic!("{edit}: {first}"));
        assert!((life - 5..=life).contains(&left), "{edit}: {left} s");
        assert_eq!(first["access_token"], second, "{edit}");
        assert_eq!(world.refreshes(), (before + 1, 0), "{edit}");
    }
}
