use proptest::prelude::*;
use serde_json::{Value, json};

use super::fields::Fields;
use super::{Error, Write, apply, json, manager, merge, strategic, track};
use crate::emulator::api::schema::{Type, find};

const API: &str = "dns.networking.miloapis.com/v1alpha1";
const NOW: &str = "2026-01-01T00:00:00Z";
const LATER: &str = "2026-01-01T00:01:00Z";

fn record_sets() -> &'static Type {
    find("dns.networking.miloapis.com", "v1alpha1", "DNSRecordSet").expect("a type")
}

fn config_maps() -> &'static Type {
    find("", "v1", "ConfigMap").expect("a type")
}

fn by<'a>(manager: &'a str, now: &'a str) -> Write<'a> {
    Write { of: record_sets(), manager, subresource: None, now }
}

/// Records as `(name, ttl)`.
fn set(records: &[(&str, u32)]) -> Value {
    let record = |(name, ttl): &(&str, u32)| json!({"name": name, "ttl": ttl});
    json!({
        "apiVersion": API, "kind": "DNSRecordSet", "metadata": {"name": "www"},
        "spec": {"recordType": "A", "records": records.iter().map(record).collect::<Vec<_>>()},
    })
}

fn names(object: &Value) -> Vec<&str> {
    object["spec"]["records"].as_array().into_iter().flatten().filter_map(|one| one["name"].as_str()).collect()
}

fn conflict(result: Result<Value, Error>) -> (String, Vec<Value>) {
    match result {
        Err(Error::Conflict { message, causes }) => (message, causes),
        other => panic!("{other:?}"),
    }
}

#[test]
fn who_applies_first_creates_the_object_and_owns_what_it_says() {
    let object = apply(&by("ada", NOW), None, &set(&[("www", 60)]), false).expect("no conflict");
    let expected = json!([{
        "manager": "ada", "operation": "Apply", "apiVersion": API, "time": NOW, "fieldsType": "FieldsV1",
        "fieldsV1": {"f:spec": {"f:recordType": {}, "f:records": {r#"k:{"name":"www"}"#: {".": {}, "f:name": {}, "f:ttl": {}}}}},
    }]);
    assert_eq!(object["metadata"]["managedFields"], expected);
    let again = apply(&by("ada", LATER), Some(&object), &set(&[("www", 60)]), false).expect("no conflict");
    assert_eq!(again, object, "nothing changed, so not even the time may");
}

#[test]
fn a_field_of_somebody_else_is_a_conflict_until_it_is_forced() {
    let created = track(&by("kubectl-create", NOW), None, &set(&[("www", 60)]));
    let (message, causes) = conflict(apply(&by("ada", LATER), Some(&created), &set(&[("www", 300)]), false));
    let path = r#".spec.records[name="www"].ttl"#;
    let owner = format!("conflict with \"kubectl-create\" using {API}");
    assert_eq!(message, format!("Apply failed with 1 conflict: {owner}: {path}"));
    assert_eq!(causes, [json!({"reason": "FieldManagerConflict", "message": owner, "field": path})]);
    let mut other = set(&[("www", 300)]);
    other["spec"]["recordType"] = "AAAA".into();
    let (message, _) = conflict(apply(&by("ada", LATER), Some(&created), &other, false));
    let expected = format!(
        "Apply failed with 2 conflicts: conflicts with \"kubectl-create\" using {API}:\n- .spec.recordType\n- {path}"
    );
    assert_eq!(message, expected);
    let forced = apply(&by("ada", LATER), Some(&created), &set(&[("www", 300)]), true).expect("forced");
    assert_eq!(forced["spec"]["records"][0]["ttl"], 300);
    let theirs = &forced["metadata"]["managedFields"][1];
    assert_eq!(theirs["manager"], "kubectl-create");
    let records = &theirs["fieldsV1"]["f:spec"]["f:records"];
    assert_eq!(records[r#"k:{"name":"www"}"#], json!({".": {}, "f:name": {}}), "{records}");
}

#[test]
fn what_two_apply_alike_is_shared_and_stays_until_both_let_go() {
    let first = apply(&by("ada", NOW), None, &set(&[("www", 60), ("a", 1)]), false).expect("no conflict");
    let second = apply(&by("bob", NOW), Some(&first), &set(&[("www", 60), ("b", 2)]), false).expect("shared");
    assert_eq!(names(&second), ["www", "a", "b"]);
    let third = apply(&by("ada", LATER), Some(&second), &set(&[]), false).expect("no conflict");
    assert_eq!(names(&third), ["www", "b"]);
    let last = apply(&by("bob", LATER), Some(&third), &set(&[("b", 2)]), false).expect("no conflict");
    assert_eq!(names(&last), ["b"]);
}

#[test]
fn an_update_takes_what_it_changes_away_from_who_applied_it() {
    let object = apply(&by("ada", NOW), None, &set(&[("www", 60)]), false).expect("no conflict");
    let mut edited = object.clone();
    edited["spec"]["records"][0]["ttl"] = 5.into();
    let edited = track(&by("kubectl-edit", LATER), Some(&object), &edited);
    let (message, _) = conflict(apply(&by("ada", LATER), Some(&edited), &set(&[("www", 60)]), false));
    assert!(message.contains("conflict with \"kubectl-edit\" using"), "{message}");
    let same = track(&by("somebody", "2027-01-01T00:00:00Z"), Some(&edited), &edited);
    assert_eq!(same, edited, "who changes nothing leaves no trace");
}

#[test]
fn an_object_from_before_has_an_owner_for_all_of_it() {
    let mut untracked = set(&[("www", 60)]);
    untracked["metadata"]["uid"] = "1".into();
    let (message, _) = conflict(apply(&by("ada", NOW), Some(&untracked), &set(&[("www", 61)]), false));
    assert!(message.contains("conflict with \"before-first-apply\" using"), "{message}");
}

#[test]
fn fields_applied_by_kubectl_from_its_side_before_are_taken_over() {
    let mut before = set(&[("www", 60)]);
    before["metadata"]["annotations"] =
        json!({"kubectl.kubernetes.io/last-applied-configuration": set(&[("www", 60)]).to_string()});
    let before = track(&by("kubectl-client-side-apply", NOW), None, &before);
    let next = set(&[("www", 90)]);
    let _ = conflict(apply(&by("ada", LATER), Some(&before), &next, false));
    let taken = apply(&by("kubectl", LATER), Some(&before), &next, false).expect("taken over");
    assert_eq!(taken["spec"]["records"][0]["ttl"], 90);
}

#[test]
fn the_status_is_owned_through_its_own_path_alone() {
    let object = apply(&by("ada", NOW), None, &set(&[("www", 60)]), false).expect("no conflict");
    let mut next = object.clone();
    next["status"] = json!({"conditions": [{"type": "Ready", "status": "True"}]});
    let through = track(&Write { subresource: Some("status"), ..by("controller", NOW) }, Some(&object), &next);
    let entry = &through["metadata"]["managedFields"][1];
    assert_eq!(entry["subresource"], "status");
    let ready = json!({".": {}, "f:status": {}, "f:type": {}});
    let conditions = json!({".": {}, r#"k:{"type":"Ready"}"#: ready});
    assert_eq!(entry["fieldsV1"], json!({"f:status": {".": {}, "f:conditions": conditions}}));
    assert_eq!(
        track(&by("somebody", NOW), Some(&object), &next)["metadata"]["managedFields"].as_array().map(Vec::len),
        Some(1)
    );
}

#[test]
fn what_does_not_fit_the_type_cannot_be_applied() {
    let why = |object: &Value| apply(&by("ada", NOW), None, object, false).expect_err("untyped").to_string();
    let start = format!("failed to create typed patch object (/www; {API}, Kind=DNSRecordSet): ");
    let mut object = set(&[]);
    object["spec"]["foo"] = 1.into();
    assert_eq!(why(&object), format!("{start}.spec.foo: field not declared in schema"));
    let twice = format!("{start}.spec.records: duplicate entries for key [name=\"a\"]");
    assert_eq!(why(&set(&[("a", 1), ("a", 2)])), twice);
    object["spec"] = json!({"records": [{"ttl": 1}]});
    assert!(
        why(&object).contains("element 0: associative list with keys has an element that omits key field \"name\"")
    );
    object["metadata"]["managedFields"] = json!([]);
    assert_eq!(why(&object), "metadata.managedFields must be nil");
}

#[test]
fn owners_can_be_rewritten_and_erased_by_a_write() {
    let object = track(&by("ada", NOW), None, &set(&[("www", 60)]));
    let mut next = object.clone();
    next["metadata"]["managedFields"][0]["manager"] = "bob".into();
    assert_eq!(track(&by("x", LATER), Some(&object), &next)["metadata"]["managedFields"][0]["manager"], "bob");
    next["metadata"]["managedFields"] = json!([{}]);
    assert!(track(&by("x", LATER), Some(&object), &next)["metadata"].get("managedFields").is_none());
    next["metadata"]["managedFields"] = json!([]);
    assert_eq!(track(&by("x", LATER), Some(&object), &next), object);
}

#[test]
fn the_manager_is_named_by_the_query_or_by_the_client() {
    assert_eq!(manager(Some("ada"), Some("kubectl/v1.33 (linux)")), "ada");
    assert_eq!(manager(Some(""), Some("kubectl/v1.33 (linux)")), "kubectl");
    assert_eq!(manager(None, None), "unknown");
}

#[test]
fn a_merge_patch_does_what_the_table_of_its_rfc_says() {
    let table = [
        (json!({"a":"b"}), json!({"a":"c"}), json!({"a":"c"})),
        (json!({"a":"b"}), json!({"b":"c"}), json!({"a":"b","b":"c"})),
        (json!({"a":"b"}), json!({"a":null}), json!({})),
        (json!({"a":"b","b":"c"}), json!({"a":null}), json!({"b":"c"})),
        (json!({"a":["b"]}), json!({"a":"c"}), json!({"a":"c"})),
        (json!({"a":"c"}), json!({"a":["b"]}), json!({"a":["b"]})),
        (json!({"a":{"b":"c"}}), json!({"a":{"b":"d","c":null}}), json!({"a":{"b":"d"}})),
        (json!({"a":[{"b":"c"}]}), json!({"a":[1]}), json!({"a":[1]})),
        (json!(["a", "b"]), json!(["c", "d"]), json!(["c", "d"])),
        (json!({"a":"b"}), json!(["c"]), json!(["c"])),
        (json!({"a":"foo"}), json!(null), json!(null)),
        (json!({"a":"foo"}), json!("bar"), json!("bar")),
        (json!({"e":null}), json!({"a":1}), json!({"e":null,"a":1})),
        (json!([1, 2]), json!({"a":"b","c":null}), json!({"a":"b"})),
        (json!({}), json!({"a":{"bb":{"ccc":null}}}), json!({"a":{"bb":{}}})),
    ];
    for (object, patch, expected) in table {
        assert_eq!(merge(&object, &patch), expected, "{object} with {patch}");
    }
}

#[test]
fn a_json_patch_is_all_or_nothing() {
    let object = json!({"spec": {"a/b": 1, "list": [1, 2]}});
    let patch = br#"[{"op":"test","path":"/spec/a~1b","value":1},{"op":"add","path":"/spec/list/-","value":3},
                     {"op":"move","from":"/spec/a~1b","path":"/c"}]"#;
    assert_eq!(json(&object, patch).expect("it fits"), json!({"c": 1, "spec": {"list": [1, 2, 3]}}));
    assert!(matches!(json(&object, br#"[{"op":"remove","path":"/x"}]"#), Err(Error::Unprocessable(_))));
    assert!(matches!(json(&object, br#"{"op":"remove"}"#), Err(Error::Malformed(_))));
}

#[test]
fn a_strategic_patch_merges_the_lists_of_core_types() {
    let object = json!({"data": {"a": "1", "b": "2"}, "metadata": {"finalizers": ["x", "y"], "ownerReferences": [
        {"uid": "1", "name": "one"}, {"uid": "2", "name": "two"}]}});
    let patched = |patch: &Value| strategic(config_maps().schema(), &object, patch).expect("a patch");
    let patch = json!({"data": {"b": null, "c": "3"}, "metadata": {
        "finalizers": ["z", "x"], "$deleteFromPrimitiveList/finalizers": ["y"],
        "ownerReferences": [{"uid": "2", "name": "zwei"}, {"uid": "1", "$patch": "delete"}, {"uid": "3"}],
        "$setElementOrder/ownerReferences": [{"uid": "3"}, {"uid": "2"}]}});
    let expected = json!({"data": {"a": "1", "c": "3"}, "metadata": {
        "finalizers": ["x", "z"], "ownerReferences": [{"uid": "3"}, {"uid": "2", "name": "zwei"}]}});
    assert_eq!(patched(&patch), expected);
    assert_eq!(patched(&json!({"data": {"$patch": "replace", "z": "9"}}))["data"], json!({"z": "9"}));
    assert_eq!(patched(&json!({"data": {"$retainKeys": ["a"]}}))["data"], json!({"a": "1"}));
    let nameless = json!({"metadata": {"ownerReferences": [{"name": "x"}]}});
    assert!(matches!(strategic(config_maps().schema(), &object, &nameless), Err(Error::Malformed(_))));
}

/// A few records with few names, so that two of them often meet.
fn records() -> impl Strategy<Value = Vec<(String, u32)>> {
    prop::collection::btree_map("[a-e]", 1..4_u32, 0..5).prop_map(|map| map.into_iter().collect())
}

fn applied(records: &[(String, u32)]) -> Value {
    set(&records.iter().map(|(name, ttl)| (name.as_str(), *ttl)).collect::<Vec<_>>())
}

fn field_set() -> impl Strategy<Value = Fields> {
    let edge = prop::sample::select(vec!["f:a", "f:b", r#"k:{"name":"x"}"#, r#"v:"y""#]);
    Just(Fields::leaf())
        .boxed()
        .prop_recursive(4, 24, 4, move |inner| {
            (any::<bool>(), prop::collection::vec((edge.clone(), inner), 0..4)).prop_map(|(owned, below)| {
                let mut fields = Fields::default();
                fields.owned = owned;
                below.into_iter().for_each(|(edge, inner)| fields.put(edge, inner));
                fields
            })
        })
        .prop_map(|inner| {
            let mut root = Fields::default();
            root.put("f:spec", inner);
            root
        })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn applying_twice_is_applying_once(first in records(), other in records()) {
        let object = apply(&by("ada", NOW), None, &applied(&first), false).unwrap();
        let object = apply(&by("bob", NOW), Some(&object), &applied(&other), true).unwrap();
        let again = apply(&by("bob", LATER), Some(&object), &applied(&other), false).unwrap();
        prop_assert_eq!(again, object);
    }

    #[test]
    fn what_nobody_applies_any_longer_is_gone(first in records(), second in records()) {
        let object = apply(&by("ada", NOW), None, &applied(&first), false).unwrap();
        let object = apply(&by("ada", NOW), Some(&object), &applied(&second), false).unwrap();
        let expected: Vec<_> = second.iter().map(|(name, _)| name.as_str()).collect();
        let mut found = names(&object);
        found.sort_unstable();
        prop_assert_eq!(found, expected);
        let fresh = apply(&by("ada", NOW), None, &applied(&second), false).unwrap();
        prop_assert_eq!(&fresh["metadata"], &object["metadata"]);
    }

    #[test]
    fn what_two_managers_apply_apart_does_not_depend_on_who_was_first(all in records(), split in 0..5_usize) {
        let (one, two) = all.split_at(split.min(all.len()));
        let both = |first: (&str, &[(String, u32)]), second: (&str, &[(String, u32)])| {
            let object = apply(&by(first.0, NOW), None, &applied(first.1), false).unwrap();
            let mut object = apply(&by(second.0, NOW), Some(&object), &applied(second.1), false).unwrap();
            let records = object["spec"]["records"].as_array_mut().unwrap();
            records.sort_by_key(|record| record["name"].to_string());
            object
        };
        prop_assert_eq!(both(("ada", one), ("bob", two)), both(("bob", two), ("ada", one)));
    }

    #[test]
    fn sets_of_fields_keep_the_laws_of_sets(one in field_set(), two in field_set()) {
        prop_assert_eq!(Fields::from_json(&one.to_json()), one.clone());
        prop_assert_eq!(one.union(&two), two.union(&one));
        prop_assert_eq!(one.intersection(&two), two.intersection(&one));
        let (rest, common) = (one.difference(&two), one.intersection(&two));
        prop_assert!(rest.intersection(&two).is_empty());
        prop_assert_eq!(rest.union(&common), one.clone());
        prop_assert!(one.difference(&one).is_empty());
        prop_assert!(one.difference_with_contents(&two).intersection(&two).is_empty());
    }
}
