//! What is wrong with an object, in the words of a Kubernetes API server.

use serde_json::{Value, json};

use super::{Schema, Shape};

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::emulator::api) struct Cause {
    /// `FieldValueRequired` and the like.
    pub(in crate::emulator::api) reason: &'static str,
    pub(in crate::emulator::api) message: String,
    /// The path of the field, such as `spec.rules[0].name`.
    pub(in crate::emulator::api) field: String,
}

impl Cause {
    /// The cause as `details.causes` of a `Status` has it.
    pub(in crate::emulator::api) fn to_json(&self) -> Value {
        json!({"reason": self.reason, "message": self.message, "field": self.field})
    }

    /// The message of the `Status` that carries these causes: why `KIND.GROUP` called `name` is invalid.
    pub(in crate::emulator::api) fn message(qualified_kind: &str, name: &str, causes: &[Self]) -> String {
        let one = |cause: &Self| format!("{}: {}", cause.field, cause.message);
        let all = match causes {
            [only] => one(only),
            several => format!("[{}]", several.iter().map(one).collect::<Vec<_>>().join(", ")),
        };
        format!("{qualified_kind} {name:?} is invalid: {all}")
    }
}

/// Everything that is wrong with an object that is to take the place of `old`.
pub(in crate::emulator::api) fn check(schema: Schema, object: &Value, old: Option<&Value>) -> Vec<Cause> {
    let mut causes = Vec::new();
    Check { causes: &mut causes }.value(schema, "", object, old);
    causes
}

struct Check<'a> {
    causes: &'a mut Vec<Cause>,
}

impl Check<'_> {
    fn add(&mut self, reason: &'static str, path: &str, message: String) {
        let field = if path.is_empty() { "<nil>" } else { path };
        self.causes.push(Cause { reason, message, field: field.to_owned() });
    }

    fn invalid(&mut self, path: &str, shown: &str, why: &str) {
        self.add("FieldValueInvalid", path, format!("Invalid value: {shown}: {why}"));
    }

    fn value(&mut self, schema: Schema, path: &str, value: &Value, old: Option<&Value>) {
        let kind = kind_of(value);
        if kind != schema.kind() && !(kind == "integer" && schema.kind() == "number") {
            let why = format!("{path} in body must be of type {}: {kind:?}", schema.kind());
            return self.add("FieldValueTypeInvalid", path, format!("Invalid value: {kind:?}: {why}"));
        }
        if let (Some(why), Some(old)) = (schema.immutable(), old)
            && old != value
        {
            self.invalid(path, &format!("{kind:?}"), why);
        }
        match value {
            Value::Object(_) => self.object(schema, path, value, old),
            Value::Array(items) => self.array(schema, path, items, old),
            Value::String(text) => self.text(schema, path, text),
            Value::Number(_) => self.number(schema, path, value),
            Value::Bool(_) | Value::Null => {}
        }
    }

    fn object(&mut self, schema: Schema, path: &str, value: &Value, old: Option<&Value>) {
        let below = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
        for name in schema.list("required").iter().filter_map(Value::as_str) {
            if value.get(name).is_none() {
                self.add("FieldValueRequired", &below(name), "Required value".to_owned());
            }
        }
        for (name, value) in value.as_object().into_iter().flatten() {
            // The server writes what is in there, and the schema of managed fields would not end.
            if path == "metadata" && name == "managedFields" {
                continue;
            }
            if let Some(field) = schema.field(name) {
                let path = match schema.named_field(name) {
                    Some(_) => below(name),
                    None => format!("{path}[{name}]"),
                };
                self.value(field, &path, value, old.and_then(|old| old.get(name)));
            }
        }
    }

    fn array(&mut self, schema: Schema, path: &str, items: &[Value], old: Option<&Value>) {
        let count = items.len() as u64;
        if let Some(least) = schema.0["minItems"].as_u64().filter(|least| count < *least) {
            self.invalid(path, &count.to_string(), &format!("{path} in body should have at least {least} items"));
        }
        if let Some(most) = schema.0["maxItems"].as_u64().filter(|most| count > *most) {
            self.add("FieldValueTooMany", path, format!("Too many: {count}: must have at most {most} items"));
        }
        let key = |item: &Value| key_of(schema, item);
        for (place, item) in items.iter().enumerate() {
            let path = format!("{path}[{place}]");
            if let Some(key) =
                key(item).filter(|own| items[..place].iter().any(|other| key(other).as_ref() == Some(own)))
            {
                self.add("FieldValueDuplicate", &path, format!("Duplicate value: {key}"));
            }
            let before = match (key(item), old.and_then(Value::as_array)) {
                (Some(own), Some(old)) => old.iter().find(|other| key(other).as_ref() == Some(&own)),
                _ => None,
            };
            if let Some(schema) = schema.items() {
                self.value(schema, &path, item, before);
            }
        }
    }

    fn text(&mut self, schema: Schema, path: &str, text: &str) {
        let choices = schema.list("enum");
        if !choices.is_empty() && !choices.iter().any(|choice| choice == text) {
            let choices: Vec<_> = choices.iter().map(Value::to_string).collect();
            let message = format!("Unsupported value: {text:?}: supported values: {}", choices.join(", "));
            self.add("FieldValueNotSupported", path, message);
        }
        let length = text.chars().count() as u64;
        if let Some(least) = schema.0["minLength"].as_u64().filter(|least| length < *least) {
            let why = format!("{path} in body should be at least {least} chars long");
            self.invalid(path, &format!("{text:?}"), &why);
        }
        if let Some(most) = schema.0["maxLength"].as_u64().filter(|most| length > *most) {
            self.add("FieldValueTooLong", path, format!("Too long: may not be more than {most} bytes"));
        }
        if let Some(pattern) = schema.0["pattern"].as_str()
            && !regex_lite::Regex::new(pattern).is_ok_and(|pattern| pattern.is_match(text))
        {
            self.invalid(path, &format!("{text:?}"), &format!("{path} in body should match '{pattern}'"));
        }
        let is_time = || text.parse::<jiff::Timestamp>().is_ok();
        if schema.text("format") == "date-time" && !is_time() {
            self.invalid(path, &format!("{text:?}"), &format!("{path} in body must be of type date-time: {text:?}"));
        }
    }

    fn number(&mut self, schema: Schema, path: &str, value: &Value) {
        let number = value.as_f64().unwrap_or_default();
        let bound = |name: &str| schema.0.get(name).and_then(Value::as_f64);
        if let Some(least) = bound("minimum").filter(|least| number < *least) {
            self.invalid(
                path,
                &value.to_string(),
                &format!("{path} in body should be greater than or equal to {least}"),
            );
        }
        if let Some(most) = bound("maximum").filter(|most| number > *most) {
            self.invalid(path, &value.to_string(), &format!("{path} in body should be less than or equal to {most}"));
        }
    }
}

/// What an item of a list is told apart by, if anything.
fn key_of(schema: Schema, item: &Value) -> Option<Value> {
    match schema.shape() {
        Shape::Set => Some(item.clone()),
        Shape::Keyed(names) => {
            let part = |name: &str| Some((name.to_owned(), item.get(name)?.clone()));
            Some(Value::Object(names.iter().filter_map(Value::as_str).filter_map(part).collect()))
        }
        Shape::Whole | Shape::Object => None,
    }
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}
