//! One value of YAML or JSON within strict limits: no key twice, no alias bomb, nothing that JSON cannot say.

use std::cell::{Cell, RefCell};
use std::fmt;

use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use super::Problem;

/// Deeper than any type of Kubernetes; the readers themselves stop at 128.
const DEPTH_LIMIT: usize = 100;
/// What one source may become in memory, in bytes, aliases resolved.
const SIZE_LIMIT: usize = 256 * 1024 * 1024;
/// What a value costs beside its text.
const VALUE_SIZE: usize = 48;

/// What all values of one source share while they are read.
#[derive(Debug, Default)]
pub(super) struct Reading {
    size: Cell<usize>,
    problem: RefCell<Option<Problem>>,
}

impl Reading {
    /// The value that `deserializer` reads.
    pub(super) fn value<'de, D: Deserializer<'de>>(&self, deserializer: D) -> Result<Value, D::Error> {
        Seed { reading: self, depth: 0 }.deserialize(deserializer)
    }

    /// What made the last value fail, if it was one of our limits.
    pub(super) fn take_problem(&self) -> Option<Problem> {
        self.problem.take()
    }

    fn fail<E: de::Error>(&self, problem: Problem) -> E {
        self.problem.replace(Some(problem));
        E::custom("refused")
    }

    fn pay<E: de::Error>(&self, bytes: usize) -> Result<(), E> {
        let size = self.size.get() + bytes;
        self.size.set(size);
        if size > SIZE_LIMIT { Err(self.fail(Problem::TooMuch)) } else { Ok(()) }
    }
}

#[derive(Clone, Copy)]
struct Seed<'a> {
    reading: &'a Reading,
    depth: usize,
}

impl<'de> DeserializeSeed<'de> for Seed<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        self.reading.pay(VALUE_SIZE)?;
        if self.depth > DEPTH_LIMIT {
            return Err(self.reading.fail(Problem::TooDeep));
        }
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seed<'_> {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a value without a tag")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_i128<E: de::Error>(self, value: i128) -> Result<Value, E> {
        Err(self.reading.fail(Problem::Number(value.to_string())))
    }

    fn visit_u128<E: de::Error>(self, value: u128) -> Result<Value, E> {
        Err(self.reading.fail(Problem::Number(value.to_string())))
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Value, E> {
        let number = Number::from_f64(value).ok_or_else(|| self.reading.fail(Problem::Number(value.to_string())))?;
        Ok(Value::Number(number))
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<Value, E> {
        self.reading.pay(value.len())?;
        Ok(Value::String(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(self.deeper())? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some(key) = entries.next_key_seed(self.deeper())? {
            let key = self.key(key)?;
            if map.contains_key(&key) {
                return Err(self.reading.fail(Problem::DuplicateKey(key)));
            }
            map.insert(key, entries.next_value_seed(self.deeper())?);
        }
        if let Some(merged) = map.shift_remove("<<") {
            self.merge(&mut map, merged)?;
        }
        Ok(Value::Object(map))
    }
}

impl Seed<'_> {
    fn deeper(self) -> Self {
        Self { depth: self.depth + 1, ..self }
    }

    /// Numbers and truth values as keys are texts in JSON.
    fn key<E: de::Error>(self, key: Value) -> Result<String, E> {
        match key {
            Value::String(text) => Ok(text),
            Value::Bool(_) | Value::Number(_) => Ok(key.to_string()),
            Value::Null | Value::Array(_) | Value::Object(_) => Err(self.reading.fail(Problem::ComplexKey)),
        }
    }

    /// The merge key of YAML 1.1: what stands in the mapping itself wins, then the earlier of those merged.
    fn merge<E: de::Error>(self, map: &mut Map<String, Value>, merged: Value) -> Result<(), E> {
        let several = match merged {
            Value::Array(several) => several,
            one => vec![one],
        };
        for one in several {
            let Value::Object(fields) = one else { return Err(self.reading.fail(Problem::Merge)) };
            for (key, value) in fields {
                map.entry(key).or_insert(value);
            }
        }
        Ok(())
    }
}
