//! Several accounts side by side: list, switch, who am I, log out.

use crate::support::World;

#[test]
fn two_people_and_a_machine_live_side_by_side() {
    let world = World::two_people();
    let file = world.credentials_file();
    let _ = world.run(["login", "--credentials", file.to_str().unwrap(), "--no-context"]).success();
    insta::assert_snapshot!(world.run(["auth", "list"]).success(), @r"");
}

#[test]
fn switching_restores_the_context_of_that_account() {
    let world = World::two_people();
    let _ = world.run(["auth", "switch", "ada@example.com"]).success();
    let _ = world.run(["ctx", "use", "acme"]).success();
    let _ = world.run(["auth", "switch", "grace@example.com"]).success();
    insta::assert_snapshot!(world.run(["auth", "switch", "ada@example.com"]).success(), @r"");
    insta::assert_snapshot!(world.run(["whoami"]).success(), @r"");
}
