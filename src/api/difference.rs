//! The merge patch (RFC 7386) that leads from one document to another.

use serde_json::{Map, Value};

/// What turns `before` into `after` when it is merged in; `None` when they are the same.
///
/// A list is replaced whole, and a `null` in `after` is the same as nothing: merge patches cannot say more.
pub(crate) fn merge_patch(before: &Value, after: &Value) -> Option<Value> {
    match (before, after) {
        (Value::Object(before), Value::Object(after)) => {
            let removed = before.keys().filter(|key| !after.contains_key(*key)).map(|key| (key.clone(), Value::Null));
            let changed = after.iter().filter_map(|(key, value)| {
                let change = match before.get(key) {
                    Some(old) => merge_patch(old, value),
                    None if value.is_null() => None,
                    None => Some(without_nulls(value)),
                };
                change.map(|change| (key.clone(), change))
            });
            let patch: Map<_, _> = removed.chain(changed).collect();
            (!patch.is_empty()).then_some(Value::Object(patch))
        }
        _ => (before != after).then(|| without_nulls(after)),
    }
}

/// The members of an object that are there; inside of lists a `null` is a value like any other.
fn without_nulls(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let there = members.iter().filter(|(_, value)| !value.is_null());
            Value::Object(there.map(|(key, value)| (key.clone(), without_nulls(value))).collect())
        }
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::merge_patch;

    #[test]
    fn only_what_differs_is_said_and_what_is_gone_is_null() {
        let before = json!({"metadata": {"name": "a", "labels": {"x": "1", "y": "2"}}, "spec": {"list": [1, 2]}});
        let after = json!({"metadata": {"name": "a", "labels": {"x": "3"}}, "spec": {"list": [2], "new": {"b": true}}});
        assert_eq!(
            merge_patch(&before, &after),
            Some(json!({"metadata": {"labels": {"y": null, "x": "3"}}, "spec": {"list": [2], "new": {"b": true}}}))
        );
        assert_eq!(merge_patch(&before, &before), None);
    }

    fn document() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            any::<bool>().prop_map(Value::from),
            (0..3).prop_map(Value::from),
            "[ab]?".prop_map(Value::from)
        ];
        leaf.prop_recursive(3, 24, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
                prop::collection::btree_map("[a-d]", inner, 0..4).prop_map(|all| all.into_iter().collect()),
            ]
        })
    }

    proptest! {
        #[test]
        fn merging_the_patch_into_the_first_document_gives_the_second(before in document(), after in document()) {
            let mut merged = before.clone();
            if let Some(patch) = merge_patch(&before, &after) {
                json_patch::merge(&mut merged, &patch);
            }
            prop_assert_eq!(merged, after);
        }
    }
}
