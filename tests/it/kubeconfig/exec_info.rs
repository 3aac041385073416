//! What kubectl says to `auth get-token` in `KUBERNETES_EXEC_INFO`.

use serde_json::{Value, json};

use super::ADA;
use crate::support::{Output, World};

fn ask(world: &mut World, info: &Value) -> Output {
    world.set("KUBERNETES_EXEC_INFO", info.to_string());
    world.run(["auth", "get-token", "-o", "client.authentication.k8s.io/v1"])
}

#[test]
fn the_answer_has_the_version_that_was_asked_for() {
    // RFR-38
    let mut world = World::ada();
    for version in ["v1", "v1beta1"] {
        let version = format!("client.authentication.k8s.io/{version}");
        let info = json!({"apiVersion": version, "kind": "ExecCredential", "spec": {"interactive": true}});
        let answer = ask(&mut world, &info).success().json();
        assert_eq!(answer["apiVersion"], version);
        assert_eq!(answer["status"]["token"], world.credential(ADA)["token"]["access_token"]);
    }
    let info = json!({"apiVersion": "client.authentication.k8s.io/v1alpha1", "spec": {}});
    let _ = ask(&mut world, &info).exits(2).says("v1alpha1, which is not spoken here");
}

#[test]
fn a_token_goes_to_no_cluster_but_the_sessions_own_server() {
    let mut world = World::ada();
    let info = |server: Value| json!({"apiVersion": "client.authentication.k8s.io/v1", "spec": {"interactive": false, "cluster": {"server": server}}});
    let own = world.emulator().url().to_owned();
    let _ = ask(&mut world, &info(json!(format!("{own}/apis/x/control-plane")))).success();
    let elsewhere = [
        json!("https://evil.example/apis/x"),
        json!(own.replace("127.0.0.1", "localhost")),
        json!(format!("{own}0")),
        json!(format!("{own}@evil.example/")),
        json!(own.replace("http:", "https:")),
        json!("not a url"),
    ];
    for server in elsewhere {
        let output = ask(&mut world, &info(server.clone())).exits(7).says("its tokens go nowhere else");
        assert_eq!(output.stdout, "", "{server}");
    }
    let _ = ask(&mut world, &info(json!(7))).exits(2);
}
