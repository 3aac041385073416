//! A document of YAML or JSON as the value that an API takes.

use serde_json::Value;

/// The value of the one document in `text`; what is wrong with it otherwise, in words and with its place.
///
/// A key that is there twice is wrong: readers differ in which of the two they take. Tags and `.nan` have no value.
pub(crate) fn document(text: &str) -> Result<Value, String> {
    let mut value: yaml_serde::Value = yaml_serde::from_str(text).map_err(|error| error.to_string())?;
    value.apply_merge().map_err(|error| error.to_string())?;
    serde_json::to_value(value).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::document;

    #[test]
    fn yaml_and_json_are_the_same_value() {
        let value = json!({"a": {"b": [1, "x", null, true]}, "1": "y"});
        assert_eq!(document("a:\n  b: [1, x, null, true]\n1: y\n").unwrap(), value);
        assert_eq!(document(&value.to_string()).unwrap(), value);
        assert_eq!(document("a: &x {b: 1}\nc:\n  <<: *x\n").unwrap()["c"], json!({"b": 1}));
    }

    #[test]
    fn a_key_that_is_there_twice_is_wrong_and_so_are_two_documents() {
        for wrong in ["a: 1\na: 2\n", "{\"a\": 1, \"a\": 2}", "a: 1\n---\nb: 2\n", "a: [", "\ta: 1"] {
            assert!(document(wrong).is_err(), "{wrong}");
        }
    }
}
