//! Policy bindings: who may enter a control plane, and what they may do there.

use serde_json::{Value, json};

use super::client::{VERIFIER, open, redeem};
use super::machine::Machine;
use super::machine_accounts::{ACCOUNTS, created, eventually};
use super::objects::{Client, MAPS, ORGANIZATION, PROJECT, PROJECTS, ZONES, map, zone};
use super::start;
use crate::emulator::Emulator;

const IN_PROJECT: &str = "/apis/iam.miloapis.com/v1alpha1/namespaces/default/policybindings";
const IN_ORGANIZATION: &str = "/apis/iam.miloapis.com/v1alpha1/namespaces/organization-acme/policybindings";
const ROLES: &str = "/apis/iam.miloapis.com/v1alpha1/namespaces/organization-acme/roles";
const REVIEWS: &str = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
const RESOURCE_MANAGER: &str = "resourcemanager.miloapis.com";

/// A project with an owner and a machine that may do nothing yet.
struct Scene<'a> {
    emulator: &'a Emulator,
    owner: Client<'a>,
    robot: Client<'a>,
    /// The robot as a subject.
    subject: Value,
    token: String,
}

impl<'a> Scene<'a> {
    fn new(emulator: &'a Emulator) -> Self {
        let owner = Client::new(emulator, PROJECT);
        let (subject, token) = machine(emulator, &owner);
        Self { emulator, robot: Client::with(emulator, PROJECT, &token), owner, subject, token }
    }

    /// Binds the robot to a role of the platform on the project.
    fn bind(&self, name: &str, role: &str) -> Value {
        let selector = json!({"resourceRef": reference(self.emulator, "Project", "production-a1b2c3")});
        let binding = binding(name, &json!({"name": role, "namespace": "datum-cloud"}), &self.subject, &selector);
        self.stored(&binding)
    }

    /// The binding, when its controller has looked at it.
    fn stored(&self, binding: &Value) -> Value {
        let answer = self.owner.send("POST", IN_PROJECT, binding);
        assert_eq!(answer.status, 201, "{answer:?}");
        assert_eq!(answer.json()["status"]["conditions"][0]["status"], "Unknown");
        settled(&self.owner, IN_PROJECT, binding)
    }

    fn may(&self, verb: &str, group: &str, resource: &str) -> bool {
        let review = json!({"spec": {"resourceAttributes": {"verb": verb, "group": group, "resource": resource}}});
        self.robot.send("POST", REVIEWS, &review).json()["status"]["allowed"] == true
    }
}

/// Creates the account `robot` and signs in: the subject, and an access token.
fn machine(emulator: &Emulator, owner: &Client<'_>) -> (Value, String) {
    let account = created(owner, "robot");
    let file = emulator.credentials_json_of(account["status"]["email"].as_str().unwrap()).unwrap();
    let subject = json!({"kind": "ServiceAccount", "name": "robot", "uid": account["metadata"]["uid"]});
    (subject, Machine::with_file(emulator, &file).sign_in(emulator).unwrap())
}

fn settled(client: &Client<'_>, path: &str, binding: &Value) -> Value {
    let path = format!("{path}/{}", binding["metadata"]["name"].as_str().unwrap());
    eventually(client, &path, |one| one["status"]["conditions"][0]["status"] != "Unknown")
}

fn binding(name: &str, role: &Value, subject: &Value, selector: &Value) -> Value {
    json!({"apiVersion": "iam.miloapis.com/v1alpha1", "kind": "PolicyBinding", "metadata": {"name": name},
        "spec": {"roleRef": role, "subjects": [subject], "resourceSelector": selector}})
}

/// A reference to a project or organization with the right UID.
fn reference(emulator: &Emulator, kind: &str, name: &str) -> Value {
    let object = match kind {
        "Project" => Client::new(emulator, ORGANIZATION).get(&format!("{PROJECTS}/{name}")),
        _ => Client::new(emulator, "").get(&format!("/apis/{RESOURCE_MANAGER}/v1alpha1/organizations/{name}")),
    };
    json!({"apiGroup": RESOURCE_MANAGER, "kind": kind, "name": name, "uid": object.json()["metadata"]["uid"]})
}

fn reason(binding: &Value) -> &str {
    binding["status"]["conditions"][0]["reason"].as_str().unwrap()
}

#[test]
fn a_machine_may_do_what_its_role_on_the_project_says() {
    let emulator = start();
    let scene = Scene::new(&emulator);
    let outside = scene.robot.get(ZONES);
    assert_eq!(outside.status, 403);
    assert!(outside.body.contains("robot@production-a1b2c3.iam.datum.net"), "{}", outside.body);
    let ready = scene.bind("robot-views", "viewer");
    assert_eq!((reason(&ready), &ready["status"]["conditions"][0]["status"]), ("Ready", &json!("True")));
    assert_eq!(scene.robot.get(ZONES).status, 200);
    let refused = scene.robot.send("POST", ZONES, &zone("example"));
    assert_eq!(refused.status, 403);
    assert!(refused.body.contains("cannot create resource"), "{}", refused.body);
    assert!(scene.may("list", "dns.networking.miloapis.com", "dnszones"));
    assert!(!scene.may("create", "dns.networking.miloapis.com", "dnszones"));
    scene.bind("robot-edits", "editor");
    assert_eq!(scene.robot.send("POST", ZONES, &zone("example")).status, 201);
    assert!(scene.may("*", "*", "*"));
}

#[test]
fn a_binding_decides_when_it_is_ready_and_no_longer_when_it_is_gone_or_names_others() {
    let emulator = start();
    let scene = Scene::new(&emulator);
    let selector = json!({"resourceRef": reference(&emulator, "Project", "production-a1b2c3")});
    let viewer = json!({"name": "viewer", "namespace": "datum-cloud"});
    let new = binding("robot-views", &viewer, &scene.subject, &selector);
    let mut unready = new.clone();
    unready["metadata"] = json!({"name": "unready", "namespace": "default"});
    unready["status"] = json!({"conditions": [{"type": "Ready", "status": "Unknown"}]});
    emulator.put_object("production-a1b2c3", unready).unwrap();
    assert_eq!(scene.robot.get(ZONES).status, 403);
    scene.stored(&new);
    assert_eq!(scene.robot.get(ZONES).status, 200);
    let path = format!("{IN_PROJECT}/robot-views");
    let everybody = json!({"spec": {"subjects": [{"kind": "Group", "name": "system:authenticated"}]}});
    let merge = "application/merge-patch+json";
    assert_eq!(scene.owner.send_as("PATCH", &path, merge, &everybody).status, 200);
    assert_eq!(scene.robot.get(ZONES).status, 403);
    let back = json!({"spec": {"subjects": [scene.subject]}});
    scene.owner.send_as("PATCH", &path, merge, &back);
    eventually(&scene.owner, &path, |one| one["status"]["conditions"][0]["observedGeneration"] == 3);
    assert_eq!(scene.robot.get(ZONES).status, 200);
    scene.owner.send("DELETE", &path, &Value::Null);
    assert_eq!(scene.robot.get(ZONES).status, 403);
}

#[test]
fn a_binding_says_what_is_missing() {
    let emulator = start();
    let scene = Scene::new(&emulator);
    let right = reference(&emulator, "Project", "production-a1b2c3");
    let viewer = json!({"name": "viewer", "namespace": "datum-cloud"});
    let changed = |value: &Value, member: &str, new: &str| {
        let mut value = value.clone();
        value[member] = new.into();
        value
    };
    let subject = &scene.subject;
    let made = |number: usize, role: &Value, subject: &Value, selector: Value| {
        let stored = scene.stored(&binding(&format!("b-{number}"), role, subject, &selector));
        assert_eq!(stored["status"]["conditions"][0]["status"], "False", "{stored}");
        reason(&stored).to_owned()
    };
    let whole = || json!({"resourceRef": right});
    for (number, role) in [
        changed(&viewer, "name", "nothing"),
        changed(&viewer, "namespace", "organization-hopper-labs"),
        json!({"name": "viewer"}),
    ]
    .iter()
    .enumerate()
    {
        assert_eq!(made(number, role, subject, whole()), "RoleNotFound", "{role}");
    }
    for (number, subject) in [
        changed(subject, "name", "ci"),
        changed(subject, "uid", "331234567890123401"),
        changed(subject, "kind", "User"),
        json!({"kind": "Group", "name": "staff", "uid": "1"}),
    ]
    .iter()
    .enumerate()
    {
        assert_eq!(made(10 + number, &viewer, subject, whole()), "SubjectNotFound", "{subject}");
    }
    for (number, selector) in [
        json!({"resourceRef": changed(&right, "uid", "1")}),
        json!({"resourceRef": changed(&right, "name", "staging-d4e5f6")}),
        json!({"resourceRef": changed(&right, "apiGroup", "")}),
        json!({"resourceRef": reference(&emulator, "Project", "staging-d4e5f6")}),
        json!({"resourceRef": reference(&emulator, "Organization", "acme")}),
        json!({"resourceKind": {"apiGroup": RESOURCE_MANAGER, "kind": "Project"}}),
    ]
    .into_iter()
    .enumerate()
    {
        assert_eq!(made(20 + number, &viewer, subject, selector.clone()), "ResourceNotFound", "{selector}");
    }
    assert_eq!(scene.robot.get(ZONES).status, 403);
}

#[test]
fn a_binding_without_uid_or_with_two_resources_is_refused() {
    let emulator = start();
    let scene = Scene::new(&emulator);
    let right = reference(&emulator, "Project", "production-a1b2c3");
    let viewer = json!({"name": "viewer", "namespace": "datum-cloud"});
    let status = |subject: &Value, selector: Value| {
        let answer = scene.owner.send("POST", IN_PROJECT, &binding("b", &viewer, subject, &selector));
        (answer.status, answer.json()["details"]["causes"][0]["field"].as_str().unwrap_or_default().to_owned())
    };
    let whole = || json!({"resourceRef": right});
    let uid = (422, "spec.subjects[0].uid".to_owned());
    assert_eq!(status(&json!({"kind": "ServiceAccount", "name": "robot"}), whole()), uid);
    assert_eq!(status(&json!({"kind": "Group", "name": "staff"}), whole()), uid);
    let older = json!({"kind": "MachineAccount", "name": "robot", "uid": "1"});
    assert_eq!(status(&older, whole()), (422, "spec.subjects[0].kind".to_owned()));
    let both = json!({"resourceRef": right, "resourceKind": {"kind": "Project"}});
    assert_eq!(status(&scene.subject, both), (422, "spec.resourceSelector".to_owned()));
    assert_eq!(status(&scene.subject, json!({})), (422, "spec.resourceSelector".to_owned()));
    assert_eq!(status(&json!({"kind": "Group", "name": "system:authenticated"}), whole()).0, 201);
    let other = json!({"spec": {"roleRef": {"name": "editor"}}});
    let patched = scene.owner.send_as("PATCH", &format!("{IN_PROJECT}/b"), "application/merge-patch+json", &other);
    assert_eq!(patched.status, 422);
}

#[test]
fn a_binding_on_the_organization_reaches_its_projects_and_one_on_projects_only_them() {
    let emulator = start();
    let scene = Scene::new(&emulator);
    let owner = Client::new(&emulator, ORGANIZATION);
    let inside = Client::with(&emulator, ORGANIZATION, &scene.token);
    let viewer = json!({"name": "viewer", "namespace": "datum-cloud"});
    for (name, selector, in_organization) in [
        ("all-projects", json!({"resourceKind": {"apiGroup": RESOURCE_MANAGER, "kind": "Project"}}), 403),
        ("whole", json!({"resourceRef": reference(&emulator, "Organization", "acme")}), 200),
    ] {
        let new = binding(name, &viewer, &scene.subject, &selector);
        assert_eq!(owner.send("POST", IN_ORGANIZATION, &new).status, 201);
        assert_eq!(reason(&settled(&owner, IN_ORGANIZATION, &new)), "Ready");
        assert_eq!(scene.robot.get(ZONES).status, 200);
        assert_eq!(inside.get(PROJECTS).status, in_organization);
        owner.send("DELETE", &format!("{IN_ORGANIZATION}/{name}"), &Value::Null);
        assert_eq!(scene.robot.get(ZONES).status, 403);
    }
    let one = json!({"resourceRef": reference(&emulator, "Project", "production-a1b2c3")});
    let new = binding("one", &viewer, &scene.subject, &one);
    owner.send("POST", IN_ORGANIZATION, &new);
    assert_eq!(reason(&settled(&owner, IN_ORGANIZATION, &new)), "ResourceNotFound");
}

#[test]
fn a_role_of_the_organization_counts_with_what_it_inherits() {
    let emulator = start();
    let scene = Scene::new(&emulator);
    let owner = Client::new(&emulator, ORGANIZATION);
    let role = |name: &str, permission: &str, inherited: &str| {
        json!({"apiVersion": "iam.miloapis.com/v1alpha1", "kind": "Role", "metadata": {"name": name},
            "spec": {"launchStage": "Stable", "includedPermissions": [permission], "inheritedRoles": [{"name": inherited}]}})
    };
    owner.send("POST", ROLES, &role("reader", "core/configmaps.list", "writer"));
    let selector = json!({"resourceRef": reference(&emulator, "Project", "production-a1b2c3")});
    let reference = json!({"name": "reader", "namespace": "organization-acme"});
    assert_eq!(reason(&scene.stored(&binding("robot-reads", &reference, &scene.subject, &selector))), "Ready");
    assert_eq!(scene.robot.get(MAPS).status, 200);
    assert_eq!(scene.robot.get(ZONES).status, 403);
    assert_eq!(scene.robot.send("POST", MAPS, &map("a", "b")).status, 403);
    // It inherits from the one that inherits from it.
    owner.send("POST", ROLES, &role("writer", "core/configmaps.create", "reader"));
    assert_eq!(scene.robot.send("POST", MAPS, &map("a", "b")).status, 201);
    assert!(scene.may("create", "", "configmaps") && !scene.may("delete", "", "configmaps"));
}

#[test]
fn an_account_of_the_same_name_has_no_rights() {
    let emulator = start();
    let scene = Scene::new(&emulator);
    scene.bind("robot-views", "viewer");
    assert_eq!(scene.robot.get(ZONES).status, 200);
    let path = format!("{ACCOUNTS}/robot");
    scene.owner.send("DELETE", &path, &Value::Null);
    eventually(&scene.owner, &path, |one| one["reason"] == "NotFound");
    assert_eq!(scene.robot.get(ZONES).status, 401);
    let (_, token) = machine(&emulator, &scene.owner);
    assert_eq!(Client::with(&emulator, PROJECT, &token).get(ZONES).status, 403);
}

#[test]
fn a_role_about_keys_allows_nothing_else() {
    let emulator = start();
    let scene = Scene::new(&emulator);
    scene.bind("robot-keys", "identity-service-account-keys-editor");
    let keys = super::machine_keys::KEYS;
    let email = "robot@production-a1b2c3.iam.datum.net";
    let new = scene.robot.send("POST", keys, &super::machine_keys::key("next", email));
    assert_eq!(new.status, 201, "{new:?}");
    assert_eq!(scene.robot.get(keys).status, 200);
    let id = new.json()["status"]["authProviderKeyID"].as_str().unwrap().to_owned();
    assert_eq!(scene.robot.send("DELETE", &format!("{keys}/{id}"), &Value::Null).status, 403);
    assert_eq!(scene.robot.get(ACCOUNTS).status, 403);
    scene.bind("robot-all-keys", "identity-service-account-keys-admin");
    assert_eq!(scene.robot.send("DELETE", &format!("{keys}/{id}"), &Value::Null).status, 200);
}

#[test]
fn a_person_is_bound_by_the_uid_of_the_user() {
    let emulator = start();
    let ada = "331234567890123401";
    let user = Client::new(&emulator, "").get(&format!("/apis/iam.miloapis.com/v1alpha1/users/{ada}")).json();
    let code = open(&emulator).finish(&emulator, "grace@example.com", "allow").sent_back("code").unwrap();
    let token = redeem(&emulator, &code, VERIFIER).json()["access_token"].as_str().unwrap().to_owned();
    let labs = "/apis/resourcemanager.miloapis.com/v1alpha1/organizations/hopper-labs/control-plane";
    let compiler = "/apis/resourcemanager.miloapis.com/v1alpha1/projects/compiler-g7h8i9/control-plane";
    let project = Client::with(&emulator, labs, &token).get(&format!("{PROJECTS}/compiler-g7h8i9")).json();
    let selector = json!({"resourceRef": {"apiGroup": RESOURCE_MANAGER, "kind": "Project", "name": "compiler-g7h8i9",
        "uid": project["metadata"]["uid"]}});
    let viewer = json!({"name": "viewer", "namespace": "datum-cloud"});
    let grace = Client::with(&emulator, compiler, &token);
    let visitor = Client::new(&emulator, compiler);
    for (name, uid, reason_of, status) in
        [("wrong", json!(ada), "SubjectNotFound", 403), ("right", user["metadata"]["uid"].clone(), "Ready", 200)]
    {
        let subject = json!({"kind": "User", "name": ada, "uid": uid});
        let new = binding(name, &viewer, &subject, &selector);
        assert_eq!(grace.send("POST", IN_PROJECT, &new).status, 201);
        assert_eq!(reason(&settled(&grace, IN_PROJECT, &new)), reason_of);
        assert_eq!(visitor.get(ZONES).status, status);
    }
}
