use jiff::Timestamp;
use serde_json::json;

use super::{Related, describe};

const NOW: &str = "2026-11-23T12:00:00Z";

fn now() -> Timestamp {
    NOW.parse().expect("a time")
}

#[test]
fn an_object_is_shown_field_by_field_with_its_events() {
    let object = json!({
        "apiVersion": "example.com/v1", "kind": "Thing",
        "metadata": {"name": "one", "namespace": "default", "labels": {"b": "2", "a": "1"}, "managedFields": [{}], "uid": "u"},
        "spec": {"empty": {}, "none": null, "many": [], "list": [{"dnsName": "a"}, {"dnsName": "b"}], "on": true},
    });
    let events = vec![
        json!({"type": "Warning", "reason": "Late", "message": " later\n", "source": {"component": "it"}, "count": 3,
            "firstTimestamp": "2026-11-23T11:00:00Z", "lastTimestamp": "2026-11-23T11:59:00Z"}),
        json!({"type": "Normal", "reason": "Made", "message": "made", "reportingComponent": "maker",
            "eventTime": "2026-11-23T11:30:00.000000Z"}),
    ];
    let related = Related { events: Some(events), ..Related::default() };
    insta::assert_snapshot!(describe(&object, &related, now()), @r"
    Name:         one
    Namespace:    default
    Labels:       a=1
                  b=2
    Annotations:  <none>
    API Version:  example.com/v1
    Kind:         Thing
    Metadata:
      UID:  u
    Spec:
      Empty:
      List:
        Dns Name:  a
        Dns Name:  b
      Many:
      None:  <nil>
      On:    true
    Events:
      Type     Reason  Age                From   Message
      ----     ------  ----               ----   -------
      Normal   Made    30m                maker  made
      Warning  Late    60s (x3 over 60m)  it     later
    ");
    let related = Related { events: Some(Vec::new()), ..Related::default() };
    assert!(describe(&object, &related, now()).ends_with("\nEvents:  <none>\n"));
    assert!(!describe(&object, &Related::default(), now()).contains("Events"));
}

#[test]
fn the_data_of_a_secret_is_counted_and_never_shown() {
    let secret = json!({
        "apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/service-account-token",
        "metadata": {"name": "one", "namespace": "default"}, "data": {"token": "aHVudGVyMg==", "b": ""},
    });
    let shown = describe(&secret, &Related::default(), now());
    assert!(shown.ends_with("\nData\n====\nb:      0 bytes\ntoken:  7 bytes\n"), "{shown}");
    assert!(!shown.contains("hunter2") && !shown.contains("aHVudGVyMg"), "{shown}");
}

#[test]
fn long_annotations_get_lines_of_their_own_and_are_cut() {
    let object = json!({"metadata": {"annotations": {
        "kubectl.kubernetes.io/last-applied-configuration": "{}",
        "long": "\u{e4}".repeat(140), "lines": "a\nb\n", "short": "c",
    }}});
    let shown = describe(&object, &Related::default(), now());
    let cut = "\u{e4}".repeat(69);
    let expected = format!(
        "Annotations:  lines:\n                a\n                b\n              long:\n                {cut}...\n              short: c\n"
    );
    assert!(shown.contains(&expected), "{shown}");
}
