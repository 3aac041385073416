//! What would change in an object: two texts line by line, as `diff -u -N` shows them.

use serde_json::{Map, Value};
use similar::{Algorithm, ChangeTag, TextDiff};

use super::harmless::harmless;
use crate::ui::Paint;

/// Unchanged lines around a change.
const CONTEXT: usize = 3;
/// In place of a secret's value.
const MASK: &str = "***";
/// An object as a tool remembers it, with all its data.
const REMEMBERED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// How `after` differs from `before`, under a heading with `name`; empty if it does not. An object that is not there is
/// an empty text.
pub(crate) fn changes(name: &str, before: &str, after: &str, paint: &Paint) -> String {
    let difference = TextDiff::configure().algorithm(Algorithm::Myers).diff_lines(before, after);
    let mut text = String::new();
    for hunk in difference.unified_diff().context_radius(CONTEXT).iter_hunks() {
        if text.is_empty() {
            let name = harmless(name);
            let heading = [format!("diff -u -N LIVE/{name} MERGED/{name}"), format!("--- LIVE/{name}")];
            let heading = heading.into_iter().chain([format!("+++ MERGED/{name}")]);
            text.extend(heading.map(|line| format!("{}\n", paint.bold(&line))));
        }
        text.push_str(&format!("{}\n", paint.cyan(&hunk.header().to_string())));
        for change in hunk.iter_changes() {
            let line = change.value();
            let shown = harmless(line.strip_suffix('\n').unwrap_or(line));
            text.push_str(&match change.tag() {
                ChangeTag::Equal => format!(" {shown}"),
                ChangeTag::Delete => paint.red(&format!("-{shown}")),
                ChangeTag::Insert => paint.green(&format!("+{shown}")),
            });
            text.push_str(if line.ends_with('\n') { "\n" } else { "\n\\ No newline at end of file\n" });
        }
    }
    text
}

/// Takes the data out of two states of a secret, so that one still sees which values are not the same.
pub(crate) fn mask_secret(before: &mut Value, after: &mut Value) {
    for field in ["data", "stringData"] {
        let (mut was, mut will) = (texts(before, field), texts(after, field));
        for (key, value) in &mut was {
            match will.get_mut(key) {
                Some(other) if other != value => {
                    *value = format!("{MASK} (before)").into();
                    *other = format!("{MASK} (after)").into();
                }
                Some(other) => {
                    *value = MASK.into();
                    *other = MASK.into();
                }
                None => *value = MASK.into(),
            }
        }
        will.iter_mut().filter(|(key, _)| !was.contains_key(*key)).for_each(|(_, value)| *value = MASK.into());
        put(before, field, was);
        put(after, field, will);
    }
    for object in [before, after] {
        if let Some(remembered) = object.pointer_mut("/metadata/annotations").and_then(|all| all.get_mut(REMEMBERED)) {
            *remembered = MASK.into();
        }
    }
}

fn texts(object: &Value, field: &str) -> Map<String, Value> {
    object.get(field).and_then(Value::as_object).cloned().unwrap_or_default()
}

fn put(object: &mut Value, field: &str, values: Map<String, Value>) {
    if let Some(place) = object.get_mut(field) {
        *place = values.into();
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{changes, mask_secret};
    use crate::ui::{ColorChoice, Ui};

    fn plain(before: &str, after: &str) -> String {
        changes("v1.Secret.default.one", before, after, Ui::plain().paint())
    }

    #[test]
    fn changes_look_like_those_of_diff() {
        let before = "a: 1\nb: 2\nc: 3\nd: 4\ne: 5\nf: 6\n";
        insta::assert_snapshot!(plain(before, &before.replace("e: 5", "e: 7")), @r"
        diff -u -N LIVE/v1.Secret.default.one MERGED/v1.Secret.default.one
        --- LIVE/v1.Secret.default.one
        +++ MERGED/v1.Secret.default.one
        @@ -2,5 +2,5 @@
         b: 2
         c: 3
         d: 4
        -e: 5
        +e: 7
         f: 6
        ");
        assert!(plain("", "a\nb").ends_with("@@ -0,0 +1,2 @@\n+a\n+b\n\\ No newline at end of file\n"));
        assert_eq!(plain(before, before), "");
    }

    #[test]
    fn colour_comes_only_where_it_is_told() {
        let painted = changes("x", "a\n", "\x1b[2J\n", Ui::new(ColorChoice::Always, false, 0).paint());
        assert!(painted.ends_with("\x1b[31m-a\x1b[0m\n\x1b[32m+\\x1b[2J\x1b[0m\n"), "{painted:?}");
        assert!(!plain("a\n", "\x1b[2J\n").contains('\x1b'));
    }

    #[test]
    fn secrets_show_what_is_not_the_same_and_nothing_else() {
        let remembered = json!({"annotations": {super::REMEMBERED: "{\"data\":{\"a\":\"MQ==\"}}"}});
        let mut before = json!({"metadata": remembered, "data": {"a": "MQ==", "b": "Mg==", "gone": "Mw=="}});
        let mut after = json!({"data": {"a": "MQ==", "b": "NA==", "new": "Mw=="}, "stringData": {"c": "5"}});
        mask_secret(&mut before, &mut after);
        let masked = json!({"annotations": {super::REMEMBERED: "***"}});
        assert_eq!(before, json!({"metadata": masked, "data": {"a": "***", "b": "*** (before)", "gone": "***"}}));
        let data = json!({"a": "***", "b": "*** (after)", "new": "***"});
        assert_eq!(after, json!({"data": data, "stringData": {"c": "***"}}));
    }
}
