//! What a refresh does with every kind of refusal, and who is asked how often.

use crate::support::{Output, World};

const ADA: &str = "ada@example.com";

/// The outcome of `get-token` with an expired token while this fault is in force, and how often the server was asked.
fn refresh_under(world: &World, fault: &str) -> (Output, usize) {
    let asked = world.requests("token.refresh");
    world.expire(ADA);
    world.fault(&format!("token.refresh:{fault}"));
    let output = world.run(["auth", "get-token"]);
    world.emulator().clear_faults();
    (output, world.requests("token.refresh") - asked)
}

/// The session is as good as before: the next command needs no login, and the server sees no spent token.
#[track_caller]
fn assert_kept(world: &World) {
    world.expire(ADA);
    let _ = world.token();
    assert_eq!(world.emulator().refresh_reuse_count(), 0);
}

#[test]
fn trouble_that_may_pass_is_met_with_one_repeat() {
    // RFR-20, RFR-24, RFR-25
    let world = World::ada();
    for fault in [
        "reset",
        "status=500",
        "status=502",
        "status=503",
        "status=504",
        "status=429",
        "status=503,retry-after=soon",
        "status=503,retry-after=0",
        "status=500,error=invalid_grant",
        "error=temporarily_unavailable",
        "error=server_error",
    ] {
        let (output, asked) = refresh_under(&world, &format!("times=1,{fault}"));
        let _ = output.success();
        assert_eq!(asked, 2, "{fault}");
        let (output, asked) = refresh_under(&world, fault);
        let _ = output.exits(5);
        assert_eq!(asked, 2, "{fault}");
        assert_kept(&world);
    }
}

#[test]
fn a_refusal_is_never_repeated_and_keeps_the_session() {
    // RFR-20, RFR-23
    let world = World::ada();
    for (fault, status) in [
        ("error=invalid_request", 4),
        ("error=invalid_client", 4),
        ("error=invalid_client,status=401", 4),
        ("error=unauthorized_client", 4),
        ("error=unsupported_grant_type", 4),
        ("error=invalid_scope", 4),
        ("error=invalid_target", 4),
        ("status=400", 5),
        ("status=403", 5),
        ("status=404", 5),
    ] {
        let (output, asked) = refresh_under(&world, fault);
        let _ = output.exits(status);
        assert_eq!(asked, 1, "{fault}");
        assert_kept(&world);
    }
}

#[test]
fn a_refusal_of_the_client_says_that_the_session_is_kept() {
    // RFR-23
    let world = World::ada();
    let (output, _) = refresh_under(&world, "error=invalid_client");
    insta::assert_snapshot!(output, @"
    ------- stderr -------
    error: the identity server refused to refresh: invalid_client
    hint: the session is kept; if this stays, log in again: datumctl login
    [exit status: 4]
    ");
}

#[test]
fn an_ended_session_is_told_apart_from_trouble() {
    let world = World::ada();
    world.emulator().revoke_sessions(ADA).unwrap();
    world.expire(ADA);
    insta::assert_snapshot!(world.run(["auth", "get-token"]).exits(4), @"
    ------- stderr -------
    error: the session has ended: the session was ended
    hint: datumctl login
    [exit status: 4]
    ");
    assert_eq!(world.requests("token.refresh"), 1);
}

#[test]
fn a_server_that_asks_for_patience_gets_ten_seconds_at_most() {
    // RFR-24
    let world = World::ada();
    let started = std::time::Instant::now();
    let (output, asked) = refresh_under(&world, "times=1,status=429,retry-after=2");
    let _ = output.success();
    assert_eq!(asked, 2);
    assert!(started.elapsed().as_secs() >= 2, "the server asked for 2 s");
    let (output, asked) = refresh_under(&world, "status=503,retry-after=3600");
    let _ = output.exits(5);
    assert_eq!(asked, 1, "an hour is not waited for");
    assert_kept(&world);
}

#[test]
fn a_login_page_in_place_of_an_answer_is_trouble_with_the_network() {
    // RFR-26
    let world = World::ada();
    let (output, _) = refresh_under(&world, "garbage");
    insta::assert_snapshot!(output.exits(5), @"
    ------- stderr -------
    error: <host> answered with a web page instead of data (HTTP 200): a captive portal or a proxy?
    hint: check the connection and try again; the session is kept
    [exit status: 5]
    ");
    assert_kept(&world);
}

#[test]
fn an_unreachable_server_keeps_the_session() {
    // RFR-26
    let world = World::ada();
    let right = world.credential(ADA)["endpoint_token_url"].clone();
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let authority = world.emulator().url().trim_start_matches("http://");
    for (endpoint, status) in [
        (format!("http://{closed}/oauth/v2/token"), 5),
        ("https://auth.invalid/oauth/v2/token".to_owned(), 5),
        // Something speaks, but not TLS: an interceptor, or a wrong port.
        (format!("https://{authority}/oauth/v2/token"), 7),
    ] {
        world.expire(ADA);
        world.edit_credential(ADA, |credential| credential["endpoint_token_url"] = endpoint.as_str().into());
        let output = world.run(["auth", "get-token"]);
        let _ = output.exits(status);
        world.edit_credential(ADA, |credential| credential["endpoint_token_url"] = right.clone());
        assert_kept(&world);
    }
}

#[test]
fn a_sibling_that_stored_a_newer_token_is_followed_after_invalid_grant() {
    // RFR-21
    let world = World::ada();
    let newer = world.credential_of_another_login(ADA);
    world.expire(ADA);
    world.fault("token.refresh:commit-then-delay=500ms,error=invalid_grant,times=1");
    let waiting = world.spawn(["auth", "get-token"]);
    world.await_requests("token.refresh", 1);
    world.edit_credential(ADA, |credential| *credential = newer.clone());
    let output = world.finish(&waiting.wait_with_output().unwrap(), true).success();
    assert_eq!(output.line(), newer["token"]["access_token"]);
    assert_eq!(world.requests("token.refresh"), 1);
}

#[test]
fn a_newer_token_that_has_expired_too_is_refreshed_in_its_turn() {
    // RFR-21
    let world = World::ada();
    let mut newer = world.credential_of_another_login(ADA);
    newer["token"]["expiry"] = "2020-01-01T00:00:00Z".into();
    world.expire(ADA);
    world.fault("token.refresh:commit-then-delay=500ms,error=invalid_grant,times=1");
    let waiting = world.spawn(["auth", "get-token"]);
    world.await_requests("token.refresh", 1);
    world.edit_credential(ADA, |credential| *credential = newer.clone());
    let output = world.finish(&waiting.wait_with_output().unwrap(), true).success();
    assert_eq!(output.line(), world.credential(ADA)["token"]["access_token"]);
    assert_kept(&world);
}

#[test]
fn a_fresh_token_that_the_api_refuses_is_exchanged_once() {
    // RFR-31
    let world = World::ada();
    world.fault("api:status=401");
    insta::assert_snapshot!(world.run(["organizations", "list"]).exits(4), @"
    ------- stderr -------
    error: <host> does not accept the credentials of ada@example.com@<host>
    hint: datumctl login
    [exit status: 4]
    ");
    world.assert_refreshed(1);
    assert_eq!(world.requests("token.refresh"), 1);
}

#[test]
fn a_token_that_another_process_has_replaced_is_read_again_and_not_refreshed() {
    // RFR-32: the refresh of the other process has killed the token that this one sends.
    let world = World::ada();
    let before = world.requests("api.organizationmemberships");
    world.fault("api.organizationmemberships:commit-then-delay=500ms,status=401,times=1");
    let waiting = world.spawn(["organizations", "list"]);
    world.await_requests("api.organizationmemberships", before + 1);
    world.expire(ADA);
    let _ = world.token();
    let _ = world.finish(&waiting.wait_with_output().unwrap(), false).success();
    assert_eq!(world.requests("api.organizationmemberships"), before + 2, "refused, and sent again");
    world.assert_refreshed(1);
}

#[test]
fn twenty_processes_with_a_refused_token_refresh_once() {
    // RFR-33
    let world = World::ada();
    world.emulator().expire_access_tokens();
    let all: Vec<_> = (0..20).map(|_| world.spawn(["organizations", "list"])).collect();
    for process in all {
        let _ = world.finish(&process.wait_with_output().unwrap(), false).success();
    }
    world.assert_refreshed(1);
}
