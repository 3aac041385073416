//! Tests of `change`.

use super::{DiscoveredOrganization, DiscoveredProject, SessionDetails};
use crate::config::Config;
use crate::yaml::Node;

const EXAMPLE: &str = include_str!("../../../tests/fixtures/original-home/config");
const ADA: &str = "ada@example.com@api.datum.net";
const CI: &str = "ci@web-x1.iam.datum.net@api.staging.env.datum.net";

fn config(text: &str) -> Config {
    Config::from_node(Node::parse(text).expect("YAML")).expect("a configuration")
}

fn in_force(config: &Config) -> Option<&str> {
    config.effective_session().ok().map(|session| session.name.as_str())
}

fn details(name: &str) -> SessionDetails {
    SessionDetails {
        name: name.to_owned(),
        user_key: "new-key".to_owned(),
        user_email: "new@x".to_owned(),
        user_name: None,
        server: "https://api.new".to_owned(),
        auth_hostname: "auth.new".to_owned(),
    }
}

#[test]
fn a_new_session_takes_over_although_a_context_of_another_was_current() {
    let mut config = config(EXAMPLE);
    assert_eq!(in_force(&config), Some(ADA));
    config.upsert_session(details("new@x@api.new"));
    config.activate("new@x@api.new").expect("it is there");
    assert_eq!(in_force(&config), Some("new@x@api.new"));
    assert_eq!(config.effective_context(), None);
    config.activate(ADA).expect("it is there");
    assert_eq!(
        config.effective_context().map(|context| context.reference()).as_deref(),
        Some("acme/production-a1b2c3")
    );
}

#[test]
fn activating_nobody_changes_nothing() {
    let (mut config, before) = (config(EXAMPLE), config(EXAMPLE));
    assert!(config.activate("nobody").is_err());
    assert!(config.use_context("nobody/acme").is_err());
    assert_eq!(config, before);
}

#[test]
fn using_a_context_moves_all_three_pointers() {
    let mut config = config(EXAMPLE);
    let name = format!("{CI}/org-7f3k2");
    config.use_context(&name).expect("it is there");
    assert_eq!(in_force(&config), Some(CI));
    assert_eq!(config.active_session.as_deref(), Some(CI));
    assert_eq!(config.sessions[1].last_context.as_deref(), Some(name.as_str()));
}

#[test]
fn logging_in_again_keeps_what_a_person_set_by_hand() {
    let text = EXAMPLE.replace("    server: https://api.datum.net\n", "    server: https://api.datum.net\n    tls-server-name: inner\n    insecure-skip-tls-verify: true\n    certificate-authority-data: Zm9v\n    x-note: mine\n");
    let mut config = config(&text);
    config.upsert_session(details(ADA));
    let session = &config.sessions[0];
    assert_eq!((session.user_key.as_str(), session.endpoint.server.as_str()), ("new-key", "https://api.new"));
    assert_eq!(session.endpoint.tls_server_name.as_deref(), Some("inner"));
    assert_eq!(session.endpoint.certificate_authority_data.as_deref(), Some("Zm9v"));
    assert!(session.endpoint.insecure_skip_tls_verify);
    assert_eq!(session.endpoint.extra, [("x-note".to_owned(), Node::Text("mine".to_owned()))]);
    assert!(session.last_context.is_some());
    assert_eq!(config.sessions.len(), 2);
}

#[test]
fn removing_a_session_takes_everything_of_it_and_nothing_else() {
    let mut config = config(EXAMPLE);
    assert!(config.remove_session(ADA));
    assert_eq!(in_force(&config), None);
    assert_eq!((config.current_context.as_ref(), config.active_session.as_ref()), (None, None));
    assert_eq!(config.contexts.iter().map(|context| context.session.as_str()).collect::<Vec<_>>(), [CI]);
    assert_eq!((config.cache.organizations.len(), config.cache.projects.len()), (1, 0));
    assert!(!config.remove_session(ADA));
}

// STO-14
#[test]
fn logging_in_mends_an_entry_that_could_not_be_used() {
    let mut config = config(&format!("sessions:\n- {{name: {ADA}}}\n- {{name: other}}\n"));
    assert!(config.sessions.is_empty());
    config.upsert_session(details(ADA));
    assert_eq!((config.sessions.len(), config.broken_sessions.len()), (1, 1));
    assert!(config.remove_session("other"));
    config.remove_all_sessions();
    assert_eq!(config, Config { problems: config.problems.clone(), ..Config::default() });
}

#[test]
fn a_discovery_replaces_one_sessions_contexts_and_keeps_the_others_in_front() {
    let mut config = config(EXAMPLE);
    let organizations = [DiscoveredOrganization { id: "zeta".into(), display_name: "Zeta".into(), role: None }];
    let projects = [DiscoveredProject { id: "p".into(), display_name: String::new(), organization_id: "zeta".into() }];
    let now = "2026-07-16T18:24:09.12Z".parse().expect("a time");
    config.replace_contexts(ADA, &organizations, &projects, now);
    let references: Vec<_> = config.contexts.iter().map(|context| context.reference()).collect();
    assert_eq!(references, ["org-7f3k2", "zeta", "zeta/p"]);
    assert_eq!(config.contexts[2].namespace.as_deref(), Some("default"));
    assert_eq!(config.contexts[1].namespace, None);
    assert_eq!(config.cache.last_refreshed.as_deref(), Some("2026-07-16T18:24:09.12Z"));
    assert_eq!(config.display_names(ADA).organization("zeta"), Some("Zeta"));
    assert_eq!(config.display_names(ADA).organization("acme"), None);
    assert_eq!(in_force(&config), Some(ADA), "the account stays though its context is gone");
    assert_eq!((config.current_context.as_ref(), config.sessions[0].last_context.as_ref()), (None, None));
}

// STO-19
#[test]
fn bare_context_names_of_an_older_version_get_their_session() {
    let old = |active: &str| {
        config(&format!(
            "active-session: {active}\ncurrent-context: acme/p\ncontexts:\n\
             - {{name: acme/p, session: a, organization-id: acme, project-id: p}}\n\
             - {{name: acme/p, session: b, organization-id: acme, project-id: p}}\n\
             - {{name: acme, session: a, organization-id: acme}}\nsessions:\n\
             - {{name: a, user-key: a, last-context: acme, endpoint: {{server: s}}}}\n\
             - {{name: b, user-key: b, endpoint: {{server: s}}}}\n"
        ))
    };
    let migrated = old("b");
    assert_eq!(
        migrated.contexts.iter().map(|context| context.name.as_str()).collect::<Vec<_>>(),
        ["a/acme/p", "b/acme/p", "a/acme"]
    );
    assert_eq!(migrated.current_context.as_deref(), Some("b/acme/p"));
    assert_eq!(migrated.sessions[0].last_context.as_deref(), Some("a/acme"));
    assert_eq!(old("nobody").current_context, None, "two accounts could be meant");
}
