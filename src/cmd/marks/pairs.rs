//! `KEY=VALUE` and `KEY-`: what a command line wants of labels or annotations, checked before any server sees it.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::Mark;
use super::syntax;
use crate::error::Failure;
use crate::ui::sanitize;

/// What is to be set and what removed.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Pairs {
    pub(super) set: BTreeMap<String, String>,
    pub(super) removed: Vec<String>,
}

/// Splits words into those that name objects and the pairs that follow them.
pub(super) fn split(words: &[String]) -> Result<(&[String], &[String]), Failure> {
    let is_pair = |word: &String| word.find('=').is_some_and(|place| place > 0) || (word.ends_with('-') && word != "-");
    let end = words.iter().position(is_pair).unwrap_or(words.len());
    let (objects, pairs) = words.split_at(end);
    match pairs.iter().find(|word| !is_pair(word)) {
        Some(word) => {
            Err(Failure::usage(format!("the objects must be named before the changes: {:?}", sanitize(word))))
        }
        None => Ok((objects, pairs)),
    }
}

impl Pairs {
    /// Reads words such as `KEY=VALUE` and `KEY-`.
    ///
    /// # Errors
    /// A usage failure for keys and values that no server takes, and for a key that is to be both.
    pub(super) fn parse(words: &[String], mark: Mark) -> Result<Self, Failure> {
        let mut pairs = Self::default();
        for word in words {
            let wrong =
                |problem: &str| Failure::usage(format!("invalid {} {:?}: {problem}", mark.singular(), sanitize(word)));
            let key = match word.split_once('=') {
                Some((key, value)) => {
                    if mark == Mark::Label {
                        syntax::value(value).map_err(wrong)?;
                    }
                    pairs.set.insert(key.to_owned(), value.to_owned());
                    key
                }
                None => {
                    let key = word.strip_suffix('-').unwrap_or(word);
                    pairs.removed.push(key.to_owned());
                    key
                }
            };
            syntax::key(key).map_err(wrong)?;
        }
        match pairs.removed.iter().find(|key| pairs.set.contains_key(*key)) {
            Some(key) => Err(Failure::usage(format!(
                "can not both modify and remove a {} in the same command: {:?}",
                mark.singular(),
                sanitize(key)
            ))),
            None => Ok(pairs),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.set.is_empty() && self.removed.is_empty()
    }

    /// The members of `present` that would be replaced by something else, each in words.
    pub(super) fn overwritten(&self, present: &Map<String, Value>) -> Vec<String> {
        let differs = |(key, value): (&String, &String)| {
            let old = present.get(key).and_then(Value::as_str).filter(|old| old != value)?;
            Some(format!("'{key}' already has a value ({old}), and --overwrite is false"))
        };
        self.set.iter().filter_map(differs).collect()
    }

    /// What has to change in `present`; `null` for what goes.
    pub(super) fn changes(&self, present: &Map<String, Value>) -> Map<String, Value> {
        let differs = |(key, value): &(&String, &String)| present.get(*key).and_then(Value::as_str) != Some(value);
        let set = self.set.iter().filter(differs).map(|(key, value)| (key.clone(), Value::from(value.clone())));
        let gone = self.removed.iter().filter(|key| present.contains_key(*key));
        set.chain(gone.map(|key| (key.clone(), Value::Null))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{Mark, Pairs, split};

    fn words(text: &str) -> Vec<String> {
        text.split(' ').map(str::to_owned).collect()
    }

    #[test]
    fn objects_come_first_and_changes_after_them() {
        let all = words("projects shop a=1 b-");
        let (objects, pairs) = split(&all).unwrap();
        assert_eq!((objects, pairs), (&all[..2], &all[2..]));
        assert!(split(&words("projects a=1 shop")).is_err());
    }

    #[test]
    fn a_pair_sets_or_removes_a_key() {
        let pairs = Pairs::parse(&words("a=1 example.com/b= c-"), Mark::Label).unwrap();
        assert_eq!(
            pairs.set.into_iter().collect::<Vec<_>>(),
            [("a".into(), "1".into()), ("example.com/b".into(), String::new())]
        );
        assert_eq!(pairs.removed, ["c"]);
        let text = Pairs::parse(&["note=a = b, with words".to_owned()], Mark::Annotation).unwrap();
        assert_eq!(text.set["note"], "a = b, with words");
    }

    #[test]
    fn what_no_server_takes_is_refused_here() {
        for wrong in ["a=b=c", "a= ", "a=-x", "-a=1", "A/b/c=1", "a/=1", "UPPER.example/a=1", "a=1 a-"] {
            assert!(
                Pairs::parse(&wrong.split(' ').map(str::to_owned).collect::<Vec<_>>(), Mark::Label).is_err(),
                "{wrong}"
            );
        }
        for long in [format!("{}=1", "k".repeat(64)), format!("k={}", "v".repeat(64))] {
            assert!(Pairs::parse(&[long], Mark::Label).is_err());
        }
    }
}
