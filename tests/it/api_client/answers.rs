//! Answers that are not what the API promises.

use serde_json::json;

use super::Front;
use crate::support::Answer;

const TABLE: &str = r#"{"kind":"Table","apiVersion":"meta.k8s.io/v1","metadata":{},
    "columnDefinitions":[{"name":"Name","type":"string","priority":0}],
    "rows":[{"cells":["one"],"object":{"metadata":{"name":"one"}}}]}"#;

fn labelled(content_type: &str, body: &str) -> Answer {
    Answer::text(200, &format!("Content-Type: {content_type}\r\n"), body)
}

// API-09
#[test]
fn an_answer_that_is_no_list_shows_nothing_and_is_named_for_what_it_is() {
    let front = Front::new();
    for (label, body, words) in [
        ("text/html", "<html>Sign in to the hotel</html>", "answered with a web page (status 200), not with its API"),
        ("application/json", "\n <!doctype html>", "answered with a web page (status 200), not with its API"),
        ("application/json", "", "the answer of <api> is not understood"),
        ("application/json", &TABLE[..TABLE.len() - 20], "the answer of <api> is not understood"),
        ("application/json", "[]", "the answer of <api> is not understood"),
        ("text/plain", "ok", "the answer of <api> is not understood"),
        ("application/vnd.kubernetes.protobuf", "k8s\u{0}\n", "the answer of <api> is not understood"),
        ("application/json", "\u{1f}\u{8b}\u{8}", "the answer of <api> is not understood"),
    ] {
        front.always(labelled(label, body));
        for words_behind in [&[][..], &["-o", "json"], &["-o", "name"], &["one"]] {
            let output = front.get(words_behind);
            assert!([1, 5, 7].contains(&output.status), "{label} {body:?}:\n{output}");
            assert_eq!(output.stdout, "", "{label} {body:?}");
            let _ = output.says(words);
        }
    }
}

// API-09
#[test]
fn a_cut_answer_shows_nothing() {
    let front = Front::new();
    front.on_zones(|_| {
        let length = TABLE.len() + 10;
        let head = format!("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n");
        Answer::Bytes([head.as_bytes(), TABLE.as_bytes()].concat())
    });
    for words in [&[][..], &["-o", "json"], &["-o", "name"]] {
        let output = front.get(words).exits(5).says("the connection to <api> broke before the answer was complete");
        assert_eq!(output.stdout, "");
    }
}

// API-09
#[test]
fn a_table_whose_second_page_is_broken_is_not_shown_in_part() {
    let front = Front::new();
    front.on_zones(|request| match request.query.contains("continue=") {
        true => labelled("text/html", "<html>"),
        false => labelled("application/json", &TABLE.replace("\"metadata\":{},", "\"metadata\":{\"continue\":\"2\"},")),
    });
    let output = front.get(&[]);
    assert_ne!(output.status, 0);
    assert_eq!(output.stdout, "");
    let json = front.get(&["-o", "json"]);
    assert_ne!(json.status, 0);
    assert!(serde_json::from_str::<serde_json::Value>(&json.stdout).is_err(), "a whole document:\n{json}");
}

// API-09
#[test]
fn a_byte_order_mark_and_a_wrong_label_do_no_harm() {
    let front = Front::new();
    for answer in [
        labelled("application/json", &format!("\u{feff}{TABLE}")),
        labelled("text/plain", TABLE),
        Answer::text(200, "", TABLE),
    ] {
        front.always(answer);
        assert_eq!(front.get(&[]).success().stdout, "NAME\none\n");
    }
}

// API-09
#[test]
fn a_list_of_another_shape_is_no_reason_to_crash() {
    let front = Front::new();
    for body in [json!({}), json!({"items": null}), json!({"rows": 7}), json!({"items": [7]}), json!(null), json!("x")]
    {
        front.always(Answer::json(200, &body));
        for words in [&[][..], &["-o", "json"], &["-o", "name"], &["one", "-o", "yaml"]] {
            let output = front.get(words);
            assert!([0, 1, 5].contains(&output.status), "{body}:\n{output}");
        }
    }
}
