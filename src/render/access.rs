//! What somebody may do.

use std::collections::BTreeMap;

use serde_json::Value;

use super::tabs::{LIST, line_up};

/// One rule of a review of the caller's own rights; about resources or about paths.
#[derive(Clone, Debug, Default)]
struct AccessRule {
    /// `get`, `*`.
    verbs: Vec<String>,
    /// API groups; the core group is empty text.
    groups: Vec<String>,
    /// Plurals, with `/status` and the like behind.
    resources: Vec<String>,
    /// Names of single objects; none means all.
    resource_names: Vec<String>,
    /// Paths that are no resources, `/healthz`.
    paths: Vec<String>,
}

impl AccessRule {
    fn of(rule: &Value) -> Self {
        let words = |member: &str| {
            let words = rule[member].as_array().map(Vec::as_slice).unwrap_or_default();
            words.iter().filter_map(|word| word.as_str().map(str::to_owned)).collect()
        };
        Self {
            verbs: words("verbs"),
            groups: words("apiGroups"),
            resources: words("resources"),
            resource_names: words("resourceNames"),
            paths: words("nonResourceURLs"),
        }
    }
}

/// The rules in the status of a `SelfSubjectRulesReview` as `kubectl auth can-i --list` shows them: taken apart to one
/// resource each, verbs of the same resource together again, sorted.
pub(crate) fn access_list(status: &Value, no_headers: bool) -> String {
    let rules = ["resourceRules", "nonResourceRules"].into_iter().filter_map(|kind| status[kind].as_array());
    let rules: Vec<_> = rules.flatten().map(AccessRule::of).collect();
    let mut rules = together(rules.iter().flat_map(taken_apart));
    rules.sort_by_cached_key(sort_key);
    let mut text = String::new();
    if !no_headers {
        text.push_str("Resources\tNon-Resource URLs\tResource Names\tVerbs\n");
    }
    for rule in &rules {
        let (resource, paths) = (resource_with_group(rule), listed(&rule.paths));
        let (names, verbs) = (listed(&rule.resource_names), listed(&rule.verbs));
        text.push_str(&format!("{resource}\t{paths}\t{names}\t{verbs}\n"));
    }
    line_up(&text, LIST)
}

/// Rules with at most one verb, resource, name or path each.
fn taken_apart(rule: &AccessRule) -> Vec<AccessRule> {
    let names: Vec<Vec<String>> = match rule.resource_names.as_slice() {
        [] => vec![Vec::new()],
        names => names.iter().map(|name| vec![name.clone()]).collect(),
    };
    let mut single = Vec::new();
    for (group, resource) in rule.groups.iter().flat_map(|group| rule.resources.iter().map(move |it| (group, it))) {
        for (verb, names) in rule.verbs.iter().flat_map(|verb| names.iter().map(move |names| (verb, names))) {
            single.push(AccessRule {
                verbs: vec![verb.clone()],
                groups: vec![group.clone()],
                resources: vec![resource.clone()],
                resource_names: names.clone(),
                paths: Vec::new(),
            });
        }
    }
    for (path, verb) in rule.paths.iter().flat_map(|path| rule.verbs.iter().map(move |verb| (path, verb))) {
        single.push(AccessRule { verbs: vec![verb.clone()], paths: vec![path.clone()], ..AccessRule::default() });
    }
    single
}

/// One rule for all verbs of a resource; paths stay as they are.
fn together(single: impl Iterator<Item = AccessRule>) -> Vec<AccessRule> {
    let mut rules = Vec::new();
    let mut of_resources: BTreeMap<[Vec<String>; 3], AccessRule> = BTreeMap::new();
    for rule in single {
        if !rule.paths.is_empty() {
            rules.push(rule);
            continue;
        }
        let key = [rule.groups.clone(), rule.resources.clone(), rule.resource_names.clone()];
        let known = of_resources.entry(key).or_insert_with(|| AccessRule { verbs: Vec::new(), ..rule.clone() });
        for verb in rule.verbs {
            if !known.verbs.contains(&verb) {
                known.verbs.push(verb);
            }
        }
    }
    rules.extend(of_resources.into_values());
    rules
}

/// kubectl sorts by the text of the whole rule, verbs first.
fn sort_key(rule: &AccessRule) -> String {
    let [verbs, groups, resources, names, paths] =
        [&rule.verbs, &rule.groups, &rule.resources, &rule.resource_names, &rule.paths].map(|words| listed(words));
    format!("Verbs:{verbs},APIGroups:{groups},Resources:{resources},ResourceNames:{names},NonResourceURLs:{paths},")
}

/// `widgets.example.org/status`.
fn resource_with_group(rule: &AccessRule) -> String {
    let Some(resource) = rule.resources.first() else {
        return String::new();
    };
    let (plural, part) =
        resource.split_once('/').map_or((resource.as_str(), None), |(plural, part)| (plural, Some(part)));
    let group = rule.groups.first().filter(|group| !group.is_empty());
    let group = group.map(|group| format!(".{group}")).unwrap_or_default();
    let part = part.map(|part| format!("/{part}")).unwrap_or_default();
    format!("{plural}{group}{part}")
}

fn listed(words: &[String]) -> String {
    format!("[{}]", words.join(" "))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::access_list;

    fn status() -> Value {
        let of = |verbs: &[&str], group: &str, resources: &[&str], names: &[&str]| json!({"verbs": verbs, "apiGroups": [group], "resources": resources, "resourceNames": names});
        json!({
            "resourceRules": [
                of(&["get", "list"], "example.org", &["widgets", "widgets/status"], &[]),
                of(&["delete", "list"], "example.org", &["widgets"], &[]),
                of(&["*"], "*", &["*"], &[]),
                of(&["get"], "", &["secrets"], &["a", "b"]),
                of(&["create"], "authorization.k8s.io", &["selfsubjectaccessreviews", "selfsubjectrulesreviews"], &[]),
            ],
            "nonResourceRules": [{"verbs": ["get", "head"], "nonResourceURLs": ["/healthz", "/version"]}],
        })
    }

    #[test]
    fn rights_are_listed_as_kubectl_lists_them() {
        insta::assert_snapshot!(access_list(&status(), false), @"
        Resources                                       Non-Resource URLs   Resource Names   Verbs
        *.*                                             []                  []               [*]
        selfsubjectaccessreviews.authorization.k8s.io   []                  []               [create]
        selfsubjectrulesreviews.authorization.k8s.io    []                  []               [create]
        widgets.example.org                             []                  []               [get list delete]
        widgets.example.org/status                      []                  []               [get list]
                                                        [/healthz]          []               [get]
                                                        [/version]          []               [get]
        secrets                                         []                  [a]              [get]
        secrets                                         []                  [b]              [get]
                                                        [/healthz]          []               [head]
                                                        [/version]          []               [head]
        ");
        let one = json!({"resourceRules": [status()["resourceRules"][0]]});
        insta::assert_snapshot!(access_list(&one, true), @"
        widgets.example.org/status   []    []    [get list]
        widgets.example.org          []    []    [get list]
        ");
    }
}
