//! Several accounts side by side: list, switch, who am I, log out.

use crate::support::World;

#[test]
fn two_people_and_a_machine_live_side_by_side() {
    let world = World::two_people();
    let file = world.credentials_file();
    let _ = world.run(["login", "--credentials", file.to_str().unwrap(), "--no-context"]).success();
    insta::assert_snapshot!(world.run(["auth", "list"]).success(), @"
    USER                                 STATUS
    ada@example.com
    grace@example.com
    ci@production-a1b2c3.iam.datum.net   Active
    ");
    let list = world.run(["auth", "list", "-o", "json"]).success().json();
    let types: Vec<_> = list.as_array().expect("a list").iter().map(|account| account["type"].clone()).collect();
    assert_eq!(types, ["user", "user", "service_account"]);
    assert_eq!(world.run(["whoami", "-o", "json"]).success().json()["type"], "service_account");
}

#[test]
fn switching_restores_the_context_of_that_account() {
    let world = World::two_people();
    let _ = world.run(["auth", "switch", "ada@example.com"]).success();
    let _ = world.run(["ctx", "use", "acme"]).success();
    let _ = world.run(["auth", "switch", "grace@example.com"]).success();
    insta::assert_snapshot!(world.run(["auth", "switch", "ada@example.com"]).success(), @"
    ------- stderr -------
    ✓ Switched to ada@example.com
      context: acme
    ");
    insta::assert_snapshot!(world.run(["whoami"]).success(), @"
    User:         Ada Lovelace (ada@example.com)
    Type:         user
    Organization: Acme, Inc. (acme)
    Project:      (none)
    Context:      acme
    Endpoint:     <url>
    ");
}

#[test]
fn a_login_says_how_much_it_found() {
    let world = World::new();
    let _ = world.login("ada@example.com").success().says("  1 organization, 2 projects\n");
}
