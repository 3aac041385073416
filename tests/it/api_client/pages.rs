//! Long lists, page by page.

use std::fmt::Write as _;

use super::Front;
use super::bounds::within;
use crate::support::Answer;

/// As many as a page holds.
const PAGE: usize = 500;
const PAGES: usize = 400;

/// Page `number` of a list whose last page is the one before `PAGES`, as a list or as a table.
fn page(number: usize, as_table: bool) -> Answer {
    let next = if number + 1 < PAGES { format!("\"{}\"", number + 1) } else { "null".to_owned() };
    let mut items = String::new();
    for item in number * PAGE..(number + 1) * PAGE {
        let object = format!(r#"{{"metadata":{{"name":"zone-{item}"}}}}"#);
        let separator = if items.is_empty() { "" } else { "," };
        let _ = match as_table {
            true => write!(items, r#"{separator}{{"cells":["zone-{item}"],"object":{object}}}"#),
            false => write!(items, "{separator}{object}"),
        };
    }
    let list = match as_table {
        true => format!(r#""kind":"Table","columnDefinitions":[{{"name":"Name","type":"string"}}],"rows":[{items}]"#),
        false => {
            format!(r#""kind":"DNSZoneList","apiVersion":"dns.networking.miloapis.com/v1alpha1","items":[{items}]"#)
        }
    };
    let body = format!(r#"{{"metadata":{{"continue":{next}}},{list}}}"#);
    Answer::text(200, "Content-Type: application/json\r\n", &body)
}

fn endless_list(front: &Front) {
    front.on_zones(|request| {
        let query = format!("&{}&", request.query);
        let number = query.split_once("&continue=").and_then(|(_, rest)| rest.split('&').next()?.parse().ok());
        page(number.unwrap_or(0), request.head.contains("as=Table"))
    });
}

// API-11
#[test]
fn two_hundred_thousand_objects_pass_through_little_memory() {
    let front = Front::new();
    let _ = front.get(&[]).success();
    endless_list(&front);
    for (words, memory) in [(&["-o", "name"][..], 64 * 1024), (&["-o", "json"], 64 * 1024), (&[], 256 * 1024)] {
        let output = within(&front.world, memory, &[&["get", "dnszones"], words].concat()).success();
        assert_eq!(output.stdout.matches("zone-199999").count(), 1, "{words:?}");
        assert_eq!(output.stdout.matches("zone-").count(), PAGE * PAGES, "{words:?}");
    }
}

// API-11
#[test]
fn a_list_whose_pages_lead_back_to_an_earlier_one_ends() {
    let front = Front::new();
    let _ = front.get(&[]).success();
    for (tokens, most) in [(&["1", "1"][..], 2), (&["1", "2", "3", "1"], 4)] {
        let mut left = tokens.iter().cycle();
        front.on_zones(move |_| {
            let next = left.next().expect("a cycle");
            Answer::json(200, &serde_json::json!({"kind": "Table", "metadata": {"continue": next}, "rows": []}))
        });
        let output = front.get(&[]).says("the list of <api> never ends");
        assert_ne!(output.status, 0);
        assert_eq!((output.stdout.as_str(), front.requests().len()), ("", most));
    }
}

// API-11
#[test]
fn a_list_that_invents_new_pages_for_ever_ends() {
    let front = Front::new();
    let mut count = 0;
    front.on_zones(move |_| {
        count += 1;
        Answer::json(
            200,
            &serde_json::json!({"kind": "Table", "metadata": {"continue": count.to_string()}, "rows": []}),
        )
    });
    let output = front.get(&[]).says("the list of <api> never ends");
    assert_eq!((output.status != 0, output.stdout.as_str()), (true, ""));
    assert!(front.requests().len() < 300, "{}", front.requests().len());
}
