//! Secrets are compared without being shown.

use serde_json::{Map, Value};

const MASK: &str = "***";

/// Replaces the values of a Secret; one that changes says so.
pub(super) fn put_on(mut before: Option<&mut Value>, mut after: Option<&mut Value>) {
    let is_secret = |object: &Value| object["apiVersion"] == "v1" && object["kind"] == "Secret";
    if ![&before, &after].into_iter().flatten().any(|object| is_secret(object)) {
        return;
    }
    for field in ["data", "stringData"] {
        mask(fields(before.as_deref_mut(), field), fields(after.as_deref_mut(), field));
    }
    // kubectl's own apply keeps the whole object here.
    for object in [before, after].into_iter().flatten() {
        mask(None, fields(Some(&mut object["metadata"]), "annotations").filter(|all| all.contains_key(LAST_APPLIED)));
    }
}

const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

fn fields<'o>(object: Option<&'o mut Value>, field: &str) -> Option<&'o mut Map<String, Value>> {
    object.and_then(|object| object.get_mut(field)).and_then(Value::as_object_mut)
}

fn mask(mut before: Option<&mut Map<String, Value>>, mut after: Option<&mut Map<String, Value>>) {
    let keys = |fields: &Option<&mut Map<String, Value>>| -> Vec<String> {
        fields.iter().flat_map(|fields| fields.keys().cloned()).collect()
    };
    let (old_keys, new_keys) = (keys(&before), keys(&after));
    for key in &old_keys {
        let (Some(old), new) = (
            before.as_mut().and_then(|fields| fields.get_mut(key)),
            after.as_mut().and_then(|fields| fields.get_mut(key)),
        ) else {
            continue;
        };
        match new {
            Some(new) if new != old => {
                (*old, *new) = (format!("{MASK} (before)").into(), format!("{MASK} (after)").into())
            }
            Some(new) => (*old, *new) = (MASK.into(), MASK.into()),
            None => *old = MASK.into(),
        }
    }
    for key in new_keys.iter().filter(|key| !old_keys.contains(key)) {
        if let Some(new) = after.as_mut().and_then(|fields| fields.get_mut(key)) {
            *new = MASK.into();
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::put_on;

    #[test]
    fn nothing_of_a_secret_is_left_but_which_keys_change() {
        let mut before = json!({"apiVersion": "v1", "kind": "Secret", "data": {"same": "c2FtZQ==", "old": "b2xk", "gone": "Z29uZQ=="},
            "metadata": {"annotations": {"kubectl.kubernetes.io/last-applied-configuration": "{b2xk}"}}});
        let mut after = json!({"apiVersion": "v1", "kind": "Secret", "data": {"same": "c2FtZQ==", "old": "bmV3", "added": "YWRkZWQ="}});
        put_on(Some(&mut before), Some(&mut after));
        assert_eq!(before["data"], json!({"same": "***", "old": "*** (before)", "gone": "***"}));
        assert_eq!(after["data"], json!({"same": "***", "old": "*** (after)", "added": "***"}));
        assert!(!before.to_string().contains("b2xk"), "{before}");
        let mut other = json!({"apiVersion": "v1", "kind": "ConfigMap", "data": {"a": "b"}});
        put_on(None, Some(&mut other));
        assert_eq!(other["data"]["a"], "b");
    }
}
