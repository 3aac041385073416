use serde_json::{Value, json};

use super::{
    Cause, Schema, Served, check, decode, decode_yaml, document, find, index, protobuf, prune, set_defaults, swagger,
    types, unknown_fields,
};

fn schema(kind: &str) -> Schema {
    types().iter().find(|one| one.kind == kind).expect("a type").schema()
}

fn record_set(records: &Value) -> Value {
    json!({
        "apiVersion": "dns.networking.miloapis.com/v1alpha1", "kind": "DNSRecordSet", "metadata": {"name": "www"},
        "spec": {"dnsZoneRef": {"name": "example"}, "recordType": "A", "records": records},
    })
}

fn wrong(kind: &str, object: &Value, old: Option<&Value>) -> Vec<String> {
    check(schema(kind), object, old)
        .iter()
        .map(|one| format!("{} {}: {}", one.reason, one.field, one.message))
        .collect()
}

/// Every schema in a schema, with its path.
fn walk(schema: &Value, path: &str, visit: &mut impl FnMut(&str, &Value)) {
    visit(path, schema);
    for (name, field) in schema["properties"].as_object().into_iter().flatten() {
        walk(field, &format!("{path}.{name}"), visit);
    }
    for part in ["items", "additionalProperties"] {
        schema.get(part).into_iter().for_each(|inner| walk(inner, &format!("{path}[]"), visit));
    }
}

#[test]
fn every_schema_is_complete() {
    assert_eq!(types().len(), 22);
    for one in types() {
        walk(&one.schema, &one.kind, &mut |path, schema| {
            assert!(schema["type"].is_string(), "{path} has no type");
            assert!(schema.get("$ref").is_none(), "{path} refers to what is not there");
            if !path.ends_with(']') {
                assert!(schema["description"].is_string(), "{path} has no description");
            }
            for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
                assert!(schema["properties"].get(name).is_some(), "{path} requires the unknown {name}");
            }
            if let Some(pattern) = schema["pattern"].as_str() {
                let _ = regex_lite::Regex::new(pattern).expect(path);
            }
        });
    }
}

#[test]
fn an_object_is_checked_in_the_words_of_a_server() {
    let object = record_set(&json!([{"name": "www", "ttl": 0}, {"ttl": "soon"}, {"name": "www"}]));
    let mut object = object;
    object["spec"]["recordType"] = "B".into();
    object["spec"]["dnsZoneRef"] = json!({});
    let expected = [
        "FieldValueRequired spec.dnsZoneRef.name: Required value",
        "FieldValueNotSupported spec.recordType: Unsupported value: \"B\": supported values: \"A\", \"AAAA\", \"ALIAS\", \
         \"CAA\", \"CNAME\", \"HTTPS\", \"MX\", \"NS\", \"PTR\", \"SOA\", \"SRV\", \"SVCB\", \"TLSA\", \"TXT\"",
        "FieldValueInvalid spec.records[0].ttl: Invalid value: 0: spec.records[0].ttl in body should be greater than or equal to 1",
        "FieldValueRequired spec.records[1].name: Required value",
        "FieldValueTypeInvalid spec.records[1].ttl: Invalid value: \"string\": spec.records[1].ttl in body must be of type integer: \"string\"",
        "FieldValueDuplicate spec.records[2]: Duplicate value: {\"name\":\"www\"}",
    ];
    assert_eq!(wrong("DNSRecordSet", &object, None), expected);
    assert!(
        wrong("DNSRecordSet", &record_set(&json!([{"name": "@", "ttl": 60, "a": {"content": "192.0.2.1"}}])), None)
            .is_empty()
    );
}

#[test]
fn one_message_names_every_cause() {
    let message = |object: &Value| {
        let causes = check(schema("DNSZone"), object, None);
        assert!(causes.iter().all(|cause| cause.to_json()["reason"].is_string()));
        Cause::message("DNSZone.dns.networking.miloapis.com", "x", &causes)
    };
    let start = "DNSZone.dns.networking.miloapis.com \"x\" is invalid: ";
    assert_eq!(message(&json!({})), format!("{start}spec: Required value"));
    let both = "[spec.domainName: Required value, spec.dnsZoneClassName: Required value]";
    assert_eq!(message(&json!({"spec": {}})), format!("{start}{both}"));
}

#[test]
fn patterns_and_lengths_are_checked() {
    let contact = |country: &str, name: &str| json!({"spec": {"contactInfo": {"email": "a@example.com", "name": name, "address": {"country": country}}}});
    assert!(wrong("Organization", &contact("CH", "Ada"), None).is_empty());
    let expected = [
        "FieldValueInvalid spec.contactInfo.name: Invalid value: \"\": spec.contactInfo.name in body should be at least 1 chars long",
        "FieldValueInvalid spec.contactInfo.address.country: Invalid value: \"ch\": spec.contactInfo.address.country in body should match '^[A-Z]{2}$'",
    ];
    assert_eq!(wrong("Organization", &contact("ch", ""), None), expected);
    let long = wrong("Organization", &contact("CH", &"x".repeat(257)), None);
    assert_eq!(long, ["FieldValueTooLong spec.contactInfo.name: Too long: may not be more than 256 bytes"]);
}

#[test]
fn what_is_immutable_stays_as_it_was() {
    let zone = |domain: &str| json!({"spec": {"domainName": domain, "dnsZoneClassName": "x"}});
    let old = zone("example.com");
    assert!(wrong("DNSZone", &zone("example.com"), Some(&old)).is_empty());
    let expected = ["FieldValueInvalid spec.domainName: Invalid value: \"string\": domainName is immutable"];
    assert_eq!(wrong("DNSZone", &zone("example.org"), Some(&old)), expected);
}

#[test]
fn duplicate_and_unknown_fields_are_named() {
    let decoded = decode(br#"{"spec":{"a":1,"a":2,"l":[{"b":1,"b":2}]}}"#).expect("JSON");
    assert_eq!(decoded.duplicates, [r#"duplicate field "spec.a""#, r#"duplicate field "spec.l[0].b""#]);
    assert_eq!(decoded.value, json!({"spec": {"a": 2, "l": [{"b": 2}]}}));
    let mut object = record_set(&json!([{"name": "@", "tll": 60}]));
    object["specs"] = json!({});
    object["metadata"]["lables"] = json!({});
    let unknown = unknown_fields(schema("DNSRecordSet"), &object);
    let expected =
        [r#"unknown field "metadata.lables""#, r#"unknown field "spec.records[0].tll""#, r#"unknown field "specs""#];
    assert_eq!(unknown, expected);
    prune(schema("DNSRecordSet"), &mut object);
    assert_eq!(object, record_set(&json!([{"name": "@"}])));
}

#[test]
fn a_body_in_yaml_is_read_and_nothing_may_follow_json() {
    assert_eq!(decode_yaml(b"spec: {a: 1}\n").expect("YAML").value, json!({"spec": {"a": 1}}));
    assert_eq!(decode_yaml(b"a: 1\na: 2\n").expect("YAML").duplicates, [r#"duplicate field "a""#]);
    assert!(decode_yaml(b"a: [").is_err());
    assert!(decode(b"{} x").is_err());
}

#[test]
fn defaults_are_filled_in_where_the_parent_is_there() {
    let mut account = json!({"spec": {}});
    set_defaults(schema("ServiceAccount"), &mut account);
    assert_eq!(account, json!({"spec": {"state": "Active"}}));
    let mut account = json!({});
    set_defaults(schema("ServiceAccount"), &mut account);
    assert_eq!(account, json!({}));
}

fn zones() -> Served<'static> {
    Served {
        group: "dns.networking.miloapis.com",
        version: "v1alpha1",
        kind: "DNSZone",
        plural: "dnszones",
        namespaced: true,
        has_status: true,
    }
}

#[test]
fn every_reference_of_a_document_leads_somewhere() {
    let served = [zones()];
    let root = "apis/dns.networking.miloapis.com/v1alpha1";
    assert_eq!(index(&served)["paths"][root]["serverRelativeURL"], format!("/openapi/v3/{root}"));
    assert!(document(&served, "api/v1").is_none());
    let document = document(&served, root).expect("a document");
    let text = document.to_string();
    for reference in text.split(r##""$ref":"#/"##).skip(1) {
        let pointer = format!("/{}", reference.split('"').next().expect("a reference"));
        assert!(document.pointer(&pointer).is_some(), "{pointer}");
    }
    let patch = &document["paths"][format!("/{root}/namespaces/{{namespace}}/dnszones/{{name}}")]["patch"];
    assert_eq!(patch["x-kubernetes-action"], "patch");
    assert_eq!(patch["x-kubernetes-group-version-kind"]["kind"], "DNSZone");
    assert!(patch["parameters"].as_array().expect("a list").iter().any(|one| one["name"] == "fieldValidation"));
    assert!(find("dns.networking.miloapis.com", "v1alpha1", "DNSZone").is_some_and(|one| !one.is_core()));
}

#[test]
fn the_old_document_says_the_same_in_the_old_way() {
    let swagger = swagger(&[zones()]);
    let text = swagger.to_string();
    assert!(!text.contains("#/components/") && !text.contains("allOf"));
    for reference in text.split(r##""$ref":"#/"##).skip(1) {
        let pointer = format!("/{}", reference.split('"').next().expect("a reference"));
        assert!(swagger.pointer(&pointer).is_some(), "{pointer}");
    }
    let patch = swagger["paths"].as_object().expect("paths").values().find_map(|item| item.get("patch"));
    let names: Vec<_> = patch.expect("a patch")["parameters"].as_array().expect("a list").iter().collect();
    assert!(names.iter().any(|one| one["name"] == "fieldValidation" && one["type"] == "string"));
    assert!(names.iter().any(|one| one["in"] == "body"));
}

#[test]
fn protobuf_has_field_numbers_and_lengths() {
    let document =
        json!({"swagger": "2.0", "definitions": {"A": {"type": "string", "x-a": 1, "description": "x".repeat(130)}}});
    let mut schema = vec![4 << 3 | 2, 0x82, 1];
    schema.extend([b'x'; 130]);
    schema.extend([0xb2, 1, 8, 0x0a, 6]);
    schema.extend(b"string");
    schema.extend([0xfa, 1, 10, 0x0a, 3]);
    schema.extend(b"x-a");
    schema.extend([0x12, 3, 0x12, 1, b'1']);
    let mut expected = b"\x0a\x032.0\x12\x00\x42\x00\x4a".to_vec();
    let pair = [b"\x0a\x01A\x12\x9d\x01".as_slice(), &schema].concat();
    let definitions = [&[0x0a, pair.len() as u8 & 0x7f | 0x80, 1], pair.as_slice()].concat();
    expected.extend([definitions.len() as u8 & 0x7f | 0x80, 1]);
    expected.extend(definitions);
    assert_eq!(protobuf(&document), expected);
}
