//! The API as kubectl and scripts meet it.

use serde_json::json;

use super::client::{get, get_as, send, tokens};
use super::{Emulator, start};
use crate::emulator::{Options, Seed};

const ADA: &str = "/apis/iam.miloapis.com/v1alpha1/users/331234567890123401";
const ORGANIZATIONS: &str = "/apis/resourcemanager.miloapis.com/v1alpha1/organizations";

fn token(emulator: &Emulator) -> String {
    tokens(emulator)["access_token"].as_str().unwrap().to_owned()
}

#[test]
fn without_a_living_token_everything_but_health_is_unauthorized() {
    let emulator = start();
    for path in ["/version", "/apis", &format!("{ADA}/control-plane/apis"), "/apis/nothing/v1/nowhere"] {
        let answer = get_as(&emulator, path, "nonsense");
        assert_eq!(answer.status, 401, "{path}");
        let status = answer.json();
        assert_eq!(
            (&status["kind"], &status["reason"], &status["code"]),
            (&json!("Status"), &json!("Unauthorized"), &json!(401))
        );
    }
    assert_eq!(get(&emulator, "/readyz").body, "ok");
}

#[test]
fn an_expired_token_is_unauthorized() {
    let emulator = start();
    let token = token(&emulator);
    assert_eq!(get_as(&emulator, "/version", &token).status, 200);
    emulator.expire_access_tokens();
    assert_eq!(get_as(&emulator, "/version", &token).status, 401);
}

#[test]
fn the_user_control_plane_lists_own_memberships_with_names() {
    let emulator = start();
    let path = format!("{ADA}/control-plane/apis/resourcemanager.miloapis.com/v1alpha1/organizationmemberships");
    let list = get_as(&emulator, &path, &token(&emulator)).json();
    assert_eq!(list["kind"], "OrganizationMembershipList");
    assert_eq!(list["items"].as_array().unwrap().len(), 1);
    let first = &list["items"][0];
    assert_eq!(first["spec"]["organizationRef"]["name"], "acme");
    assert_eq!(first["spec"]["roles"][0]["name"], "owner");
    assert_eq!(first["status"]["organization"]["displayName"], "Acme, Inc.");
    assert_eq!(first["metadata"]["namespace"], "organization-acme");
}

#[test]
fn lists_come_in_pages() {
    let mut seed = Seed::default();
    let template = seed.organizations[1].clone();
    for number in 0..5 {
        let name = format!("org-{number}");
        let organization =
            crate::emulator::Organization { name: name.clone(), projects: Vec::new(), ..template.clone() };
        seed.organizations.push(organization);
        let mut membership = seed.memberships[0].clone();
        membership.organization = name;
        seed.memberships.push(membership);
    }
    let emulator = Emulator::start(Options { seed, ..Options::default() }).unwrap();
    let token = token(&emulator);
    let path =
        format!("{ADA}/control-plane/apis/resourcemanager.miloapis.com/v1alpha1/organizationmemberships?limit=4");
    let first = get_as(&emulator, &path, &token).json();
    assert_eq!((first["items"].as_array().unwrap().len(), &first["metadata"]["remainingItemCount"]), (4, &json!(2)));
    let key = first["metadata"]["continue"].as_str().unwrap();
    let second = get_as(&emulator, &format!("{path}&continue={key}"), &token).json();
    assert_eq!(second["items"].as_array().unwrap().len(), 2);
    assert!(second["metadata"].get("continue").is_none());
    assert_eq!(get_as(&emulator, &format!("{path}&continue=nonsense"), &token).status, 400);
}

#[test]
fn an_organization_lists_its_projects_to_members_only() {
    let emulator = start();
    let token = token(&emulator);
    let projects = "control-plane/apis/resourcemanager.miloapis.com/v1alpha1/projects";
    let list = get_as(&emulator, &format!("{ORGANIZATIONS}/acme/{projects}"), &token).json();
    let names: Vec<_> = list["items"].as_array().unwrap().iter().map(|one| one["metadata"]["name"].clone()).collect();
    assert_eq!(names, ["production-a1b2c3", "staging-d4e5f6"]);
    assert_eq!(list["items"][0]["metadata"]["annotations"]["kubernetes.io/display-name"], "Production");
    for other in ["hopper-labs", "no-such-org"] {
        let refused = get_as(&emulator, &format!("{ORGANIZATIONS}/{other}/{projects}"), &token);
        assert_eq!((refused.status, refused.json()["reason"].as_str()), (403, Some("Forbidden")));
    }
    let one = get_as(&emulator, &format!("{ORGANIZATIONS}/acme/{projects}/nothing"), &token);
    assert_eq!((one.status, one.json()["reason"].as_str()), (404, Some("NotFound")));
}

#[test]
fn an_organization_tells_whether_onboarding_is_complete() {
    let emulator = start();
    let path = format!("{ADA}/control-plane{ORGANIZATIONS}/acme");
    let organization = get_as(&emulator, &path, &token(&emulator)).json();
    let conditions = organization["status"]["conditions"].as_array().unwrap();
    let onboarding = conditions.iter().find(|one| one["type"] == "OnboardingComplete").unwrap();
    assert_eq!((&onboarding["status"], &onboarding["reason"]), (&json!("True"), &json!("Ready")));
}

#[test]
fn nobody_enters_another_persons_control_plane() {
    let emulator = start();
    let other = "/apis/iam.miloapis.com/v1alpha1/users/331234567890123402/control-plane/version";
    assert_eq!(get_as(&emulator, other, &token(&emulator)).status, 403);
}

#[test]
fn the_own_user_can_be_read() {
    let emulator = start();
    let token = token(&emulator);
    let user = get_as(&emulator, &format!("{ADA}/control-plane{ADA}"), &token).json();
    assert_eq!(user["spec"]["email"], "ada@example.com");
    assert_eq!(get_as(&emulator, ADA, &token).json()["metadata"]["uid"], user["metadata"]["uid"]);
}

#[test]
fn discovery_lists_what_a_control_plane_serves() {
    let emulator = start();
    let token = token(&emulator);
    let groups = get_as(&emulator, &format!("{ORGANIZATIONS}/acme/control-plane/apis"), &token).json();
    assert!(groups["groups"].as_array().unwrap().iter().any(|one| one["name"] == "resourcemanager.miloapis.com"));
    let path = format!("{ORGANIZATIONS}/acme/control-plane/apis/resourcemanager.miloapis.com/v1alpha1");
    let resources = get_as(&emulator, &path, &token).json();
    assert!(resources["resources"].as_array().unwrap().iter().any(|one| one["name"] == "projects"));
    assert_eq!(get_as(&emulator, "/api", &token).json()["versions"], json!([]));
}

#[test]
fn the_caller_can_ask_who_it_is() {
    let emulator = start();
    let bearer = format!("Authorization: Bearer {}", token(&emulator));
    let review = send(&emulator, "POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", &[&bearer], "{}").json();
    assert_eq!(review["status"]["userInfo"]["username"], "ada@example.com");
    assert_eq!(review["status"]["userInfo"]["uid"], "331234567890123401");
}

#[test]
fn fields_and_labels_narrow_a_list() {
    let emulator = start();
    let token = token(&emulator);
    let base = format!("{ORGANIZATIONS}/acme/control-plane/apis/resourcemanager.miloapis.com/v1alpha1");
    let count = |query: &str| {
        let list = get_as(&emulator, &format!("{base}/{query}"), &token).json();
        list["items"].as_array().map(Vec::len)
    };
    assert_eq!(count("projects?fieldSelector=metadata.name%3Dstaging-d4e5f6"), Some(1));
    assert_eq!(count("projects?labelSelector=resourcemanager.miloapis.com/organization-name%3Dacme"), Some(2));
    assert_eq!(count("projects?labelSelector=!resourcemanager.miloapis.com/organization-name"), Some(0));
    assert_eq!(count("organizationmemberships"), Some(3));
    assert_eq!(count("organizationmemberships?fieldSelector=spec.userRef.name!%3D331234567890123401"), Some(2));
    assert_eq!(count("projects?fieldSelector=spec.nothing%3D1"), None);
}
