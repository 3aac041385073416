//! Tests of `lookup`.

use super::{ContextProblem, Elsewhere, SessionProblem};
use crate::config::Config;
use crate::config::error::Problem;
use crate::yaml::Node;

fn config(text: &str) -> Config {
    Config::from_node(Node::parse(text).expect("YAML")).expect("a configuration")
}

fn session(name: &str, email: &str) -> String {
    format!("- {{name: {name}, user-key: k, user-email: {email}, endpoint: {{server: 'https://api.x'}}}}\n")
}

fn two_accounts() -> Config {
    let contexts = [
        ("a", "acme", None),
        ("a", "acme", Some("p1")),
        ("a", "acme", Some("dns")),
        ("a", "beta", None),
        ("a", "beta", Some("p2")),
        ("a", "gamma", Some("dns")),
        ("a", "delta", None),
        ("b", "acme", None),
        ("b", "solo", Some("only")),
    ];
    let mut text = format!("sessions:\n{}{}contexts:\n", session("a", "ada@x"), session("b", "bob@x"));
    for (session, organization, project) in contexts {
        let suffix = project.map(|project| format!("/{project}")).unwrap_or_default();
        let project = project.map(|project| format!(", project-id: {project}")).unwrap_or_default();
        text += &format!(
            "- {{name: {session}/{organization}{suffix}, session: {session}, organization-id: {organization}{project}}}\n"
        );
    }
    text += "cache:\n  organizations:\n";
    for (session, id, name) in
        [("a", "acme", "Acme, Inc."), ("a", "beta", "Twins"), ("a", "delta", "Twins"), ("b", "acme", "Acme of Bob")]
    {
        text += &format!("  - {{session: {session}, id: {id}, display-name: '{name}'}}\n");
    }
    text += "  projects:\n";
    for (session, id, name) in [("a", "p1", "Production"), ("a", "p2", "Production"), ("b", "only", "Sole")] {
        text += &format!("  - {{session: {session}, id: {id}, display-name: '{name}', org-id: x}}\n");
    }
    config(&text)
}

#[test]
fn a_context_is_found_by_name_then_ids_then_display_names() {
    let config = two_accounts();
    let found = |text: &str| config.resolve_context("a", text).map(|context| context.name.as_str());
    assert_eq!(found("a/acme/p1"), Ok("a/acme/p1"));
    assert_eq!(found("acme/p1"), Ok("a/acme/p1"));
    assert_eq!(found("acme"), Ok("a/acme"));
    assert_eq!(found("p2"), Ok("a/beta/p2"));
    assert_eq!(found("Acme, Inc."), Ok("a/acme"));
    assert_eq!(found("Acme, Inc./Production"), Ok("a/acme/p1"));
}

#[test]
fn several_matches_are_an_error_that_names_them() {
    let config = two_accounts();
    let candidates = |text: &str| match config.resolve_context("a", text) {
        Err(ContextProblem::Ambiguous { candidates, .. }) => candidates,
        other => panic!("{text}: {other:?}"),
    };
    assert_eq!(candidates("dns"), ["acme/dns", "gamma/dns"]);
    assert_eq!(candidates("Twins"), ["beta", "delta"]);
    assert_eq!(candidates("Production"), ["acme/p1", "beta/p2"]);
}

#[test]
fn a_miss_names_what_is_close_and_who_else_has_it() {
    let config = two_accounts();
    let Err(ContextProblem::Unknown { suggestions, elsewhere, .. }) = config.resolve_context("a", "amce") else {
        panic!("found")
    };
    assert_eq!((suggestions.first().map(String::as_str), elsewhere), (Some("acme"), vec![]));
    for text in ["only", "solo/only", "b/solo/only", "Sole"] {
        let Err(ContextProblem::Unknown { elsewhere, .. }) = config.resolve_context("a", text) else {
            panic!("{text} found")
        };
        let bob = Elsewhere { session: "b".into(), email: "bob@x".into(), reference: "solo/only".into() };
        assert_eq!(elsewhere, [bob], "{text}");
    }
    assert_eq!(Config::default().resolve_context("a", "acme"), Err(ContextProblem::NoContexts));
}

// STO-21
#[test]
fn pointers_that_lead_nowhere_pick_nobody() {
    let sessions = format!("sessions:\n{}{}", session("a", "ada@x"), session("b", "bob@x"));
    let dangling = config(&format!("{sessions}active-session: gone\ncurrent-context: gone/acme\n"));
    assert_eq!(dangling.effective_session(), Err(SessionProblem::NoneActive));
    assert_eq!(
        dangling.problems(),
        [
            Problem::DanglingCurrentContext { name: "gone/acme".into() },
            Problem::DanglingActiveSession { name: "gone".into() }
        ]
    );
    let orphan = config(&format!(
        "{sessions}active-session: b\ncurrent-context: gone/acme\ncontexts:\n- {{name: gone/acme, session: gone, organization-id: acme}}\n"
    ));
    assert_eq!(orphan.effective_session().map(|session| session.name.as_str()), Ok("b"));
    assert_eq!(orphan.effective_context(), None);
}

// STO-21
#[test]
fn one_name_for_two_sessions_picks_neither() {
    let text = format!("sessions:\n{}{}active-session: a\n", session("a", "ada@x"), session("a", "eve@x"));
    let config = config(&text);
    assert_eq!(config.effective_session(), Err(SessionProblem::Duplicate { name: "a".into() }));
    assert_eq!(config.problems(), [Problem::DuplicateSession { name: "a".into() }]);
}

// STO-21, STO-14
#[test]
fn entries_with_unusable_names_are_named_and_the_others_work() {
    let good = session("good", "ada@x");
    let bad = ["''", "\"a\\nb\"", "\"a\\x1b[31m\"", "[1]", "' '"].map(|name| session(name, "eve@x")).concat();
    let config = config(&format!("sessions:\n{bad}- 7\n- {{name: nokey}}\n{good}active-session: good\n"));
    assert_eq!(config.effective_session().map(|session| session.user_email.as_str()), Ok("ada@x"));
    assert_eq!(config.sessions.len(), 1);
    assert_eq!(config.problems().len(), 7);
    assert_eq!(config.problems()[1], Problem::BrokenSession { position: 2, key: "name" });
    assert_eq!(config.problems()[6], Problem::BrokenSession { position: 7, key: "user-key" });
}

// STO-21
#[test]
fn a_slash_in_a_session_name_lends_it_no_other_sessions_contexts() {
    let sessions = format!("sessions:\n{}{}", session("a", "ada@x"), session("a/acme", "eve@x"));
    let config = config(&format!("{sessions}contexts:\n- {{name: a/acme/p, session: a/acme, organization-id: p}}\n"));
    assert!(config.problems().contains(&Problem::SlashInSessionName { name: "a/acme".into() }));
    assert!(config.resolve_context("a", "acme/p").is_err());
    assert_eq!(config.resolve_context("a/acme", "p").map(|context| context.session.as_str()), Ok("a/acme"));
}

#[test]
fn an_email_finds_all_its_sessions() {
    let text = ["a@api.x", "b@api.x", "a@api.y"].map(|name| session(name, &format!("{}@x", &name[..1]))).concat();
    let config = config(&format!("sessions:\n{text}"));
    let names = |email| config.sessions_of(email).iter().map(|session| session.name.clone()).collect::<Vec<_>>();
    assert_eq!(names("A@x"), ["a@api.x", "a@api.y"]);
    assert_eq!(names("c@x"), [""; 0]);
}
