use std::path::Path;

use super::{Change, Event};
use crate::api::scripted_server::{Asked, Reply, ScriptedServer};
use crate::api::{ApiType, Cluster, Connection, ControlPlane, Error, JSON, ListEnd, Selection, TABLE};
use crate::http::{Client, TokenProvider};
use crate::secret::Secret;

struct Tokens;

impl TokenProvider for Tokens {
    async fn token(&self, refused: Option<&Secret>) -> Result<Secret, anyhow::Error> {
        Ok(Secret::new(refused.map_or("old", |_| "new").to_owned()))
    }
}

fn line(change: &str, name: &str, version: u32) -> String {
    let object = format!(r#"{{"kind":"DNSZone","metadata":{{"name":"{name}","resourceVersion":"{version}"}}}}"#);
    format!("{{\"type\":\"{change}\",\"object\":{object}}}\n")
}

fn list(version: u32, objects: &[(&str, u32)]) -> Reply {
    let items: Vec<_> = objects
        .iter()
        .map(|(name, version)| format!(r#"{{"metadata":{{"name":"{name}","resourceVersion":"{version}"}}}}"#))
        .collect();
    (200, vec![], format!(r#"{{"metadata":{{"resourceVersion":"{version}"}},"items":[{}]}}"#, items.join(",")))
}

fn ok(lines: &[String]) -> Reply {
    (200, vec![], lines.concat())
}

/// Watches from version 1 until `count` events came, and says what they were and what the server was asked.
fn watch(
    accept: &'static str,
    count: usize,
    script: impl Fn(usize, &Asked) -> Reply + Send + Sync + 'static,
) -> (Result<Vec<Event>, Error>, Vec<Asked>) {
    let server = ScriptedServer::start(script);
    let client = Client::new().expect("a client");
    let connection = Connection::new(&client, server.host.clone(), Tokens);
    let cluster = Cluster::new(connection, ControlPlane::Platform, Path::new(""), "ada");
    let kind = ApiType { version: "v1".to_owned(), plural: "zones".to_owned(), ..ApiType::default() };
    let collection = cluster.collection(&kind, None).expect("usable");
    let end = ListEnd { resource_version: "1".to_owned() };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let outcome = runtime.block_on(async {
        let mut watch = cluster.watch(&collection, &Selection::default(), accept, &end);
        let mut events = Vec::new();
        while events.len() < count {
            events.push(watch.next().await?);
        }
        Ok(events)
    });
    (outcome, server.journal())
}

fn told(events: &[Event]) -> Vec<String> {
    let name = |event: &Event| {
        let object: serde_json::Value = serde_json::from_str(event.object.get()).expect("JSON");
        let metadata = object.pointer("/rows/0/object/metadata").unwrap_or(&object["metadata"]);
        metadata["name"].as_str().expect("a name").to_owned()
    };
    events.iter().map(|event| format!("{:?} {}", event.change, name(event))).collect()
}

#[test]
fn a_watch_that_ends_goes_on_after_its_last_event() {
    let (events, asked) = watch(JSON, 3, |earlier, _| match earlier {
        0 => ok(&[line("ADDED", "a", 5), line("BOOKMARK", "", 9)]),
        // Cut off in the middle of an event: that event is asked for again.
        1 => (200, vec![], line("MODIFIED", "a", 12)[..30].to_owned()),
        _ => ok(&[line("MODIFIED", "a", 12), line("DELETED", "a", 13)]),
    });
    assert_eq!(told(&events.expect("works")), ["Added a", "Modified a", "Deleted a"]);
    let from = |asked: &Asked| asked.target.rsplit_once("resourceVersion=").expect("a place").1.to_owned();
    assert_eq!(asked.iter().map(from).collect::<Vec<_>>(), ["1", "9", "9"]);
}

#[test]
fn a_forgotten_place_is_made_up_for_by_the_difference_of_two_lists() {
    for answered in [true, false] {
        let (events, _) = watch(JSON, 6, move |earlier, asked| match earlier {
            0 => ok(&[line("ADDED", "kept", 5), line("ADDED", "changed", 6), line("ADDED", "gone", 7)]),
            1 if answered => (410, vec![], r#"{"kind":"Status","code":410,"message":"too old"}"#.to_owned()),
            1 => (
                200,
                vec![],
                r#"{"type":"ERROR","object":{"kind":"Status","code":410,"message":"old"}}"#.to_owned() + "\n",
            ),
            _ if !asked.target.contains("watch=") => list(20, &[("kept", 5), ("changed", 15), ("new", 16)]),
            _ => ok(&[]),
        });
        let told = told(&events.expect("works"));
        assert_eq!(told[3..], ["Modified changed", "Added new", "Deleted gone"], "{answered}");
    }
}

#[test]
fn a_token_that_expires_under_a_watch_is_replaced_and_nothing_is_missed() {
    let (events, asked) = watch(JSON, 2, |earlier, asked| match (earlier, asked.bearer.as_deref()) {
        (0, _) => ok(&[line("ADDED", "a", 5)]),
        (_, Some("old")) => (401, vec![], String::new()),
        _ => ok(&[line("ADDED", "b", 6)]),
    });
    assert_eq!(told(&events.expect("works")), ["Added a", "Added b"]);
    assert!(asked.last().expect("asked").target.ends_with("resourceVersion=5"));
}

#[test]
fn a_server_in_trouble_is_asked_again_and_a_refusal_ends_the_watch() {
    let (events, _) = watch(JSON, 1, |earlier, _| match earlier {
        0 => (503, vec![], String::new()),
        _ => ok(&[line("ADDED", "a", 5)]),
    });
    assert_eq!(told(&events.expect("works")), ["Added a"]);
    let (refused, _) = watch(JSON, 1, |_, _| (403, vec![], r#"{"kind":"Status","message":"no"}"#.to_owned()));
    assert!(matches!(refused, Err(Error::Forbidden { .. })));
}

#[test]
fn a_table_is_made_up_for_row_by_row() {
    let row = |name: &str, version: u32| {
        format!(r#"{{"cells":["{name}"],"object":{{"metadata":{{"name":"{name}","resourceVersion":"{version}"}}}}}}"#)
    };
    let table = |rows: &[String], version: u32| {
        format!(
            r#"{{"kind":"Table","metadata":{{"resourceVersion":"{version}"}},"columnDefinitions":[{{"name":"Name"}}],"rows":[{}]}}"#,
            rows.join(",")
        )
    };
    let added = |name: &str, version: u32| {
        format!("{{\"type\":\"ADDED\",\"object\":{}}}\n", table(&[row(name, version)], version))
    };
    let (first, second) = (added("a", 5) + &added("b", 6), table(&[row("a", 5), row("c", 8)], 9));
    let (events, _) = watch(TABLE, 4, move |earlier, asked| match earlier {
        0 => (200, vec![], first.clone()),
        1 => (410, vec![], String::new()),
        _ if !asked.target.contains("watch=") => (200, vec![], second.clone()),
        _ => ok(&[]),
    });
    let events = events.expect("works");
    assert_eq!(told(&events), ["Added a", "Added b", "Added c", "Deleted b"]);
    assert!(events.iter().all(|event| event.object.get().contains("columnDefinitions")));
    assert_eq!(events[3].change, Change::Deleted);
}
