//! From what a person types to a type: `dnszones`, `dnszone`, `DNSZone`, a short name, `TYPE.GROUP`, `TYPE.VERSION.GROUP`.

use super::{ApiType, Types};

/// Why a text names no type.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum TypeProblem {
    /// The control plane serves nothing of this name.
    #[error("the server doesn't have a resource type {asked:?}")]
    Unknown {
        /// What was asked for.
        asked: String,
        /// What may have been meant, the most likely first.
        similar: Vec<String>,
    },
    /// No type has this `apiVersion` and `kind`.
    #[error("no matches for kind {kind:?} in version {api_version:?}")]
    UnknownKind {
        /// Such as `DNSZone`.
        kind: String,
        /// Such as `dns.networking.miloapis.com/v1alpha1`.
        api_version: String,
    },
}

impl Types {
    /// The type that `asked` names.
    pub(crate) fn find(&self, asked: &str) -> Result<&ApiType, TypeProblem> {
        let lower = asked.to_lowercase();
        let (name, rest) = lower.split_once('.').unwrap_or((&lower, ""));
        let exact = |one: &&ApiType| one.plural == name || one.singular == name || one.kind.to_lowercase() == name;
        let short = |one: &&ApiType| one.short_names.iter().any(|short| *short == name);
        let of_rest = || self.all.iter().filter(|one| rest.is_empty() || one.is_in(rest));
        let found = of_rest().find(exact).or_else(|| of_rest().find(short));
        found.ok_or_else(|| TypeProblem::Unknown { asked: asked.to_owned(), similar: self.similar(&lower) })
    }

    /// The listable types of a category, such as `all`; empty when there is no such category.
    pub(crate) fn of_category(&self, category: &str) -> Vec<&ApiType> {
        let is_in = |one: &&ApiType| one.categories.iter().any(|name| name == category);
        let mut types: Vec<&ApiType> = Vec::new();
        for one in self.all.iter().filter(is_in) {
            if !types.iter().any(|known| (&known.group, &known.plural) == (&one.group, &one.plural)) {
                types.push(one);
            }
        }
        types
    }

    /// The type of an object's `apiVersion` and `kind`.
    pub(crate) fn of_kind(&self, api_version: &str, kind: &str) -> Result<&ApiType, TypeProblem> {
        let found = self.all.iter().find(|one| one.kind == kind && one.api_version() == api_version);
        found.ok_or_else(|| TypeProblem::UnknownKind { kind: kind.to_owned(), api_version: api_version.to_owned() })
    }

    fn similar(&self, asked: &str) -> Vec<String> {
        let names = self.all.iter().flat_map(|one| [&one.plural, &one.singular].into_iter().chain(&one.short_names));
        let mut near: Vec<_> = names
            .map(|name| (strsim::damerau_levenshtein(asked, name), name))
            .filter(|(distance, name)| *distance <= 1 + name.len() / 4)
            .collect();
        near.sort();
        near.dedup_by(|left, right| left.1 == right.1);
        near.into_iter().map(|(_, name)| name.clone()).take(3).collect()
    }
}

impl ApiType {
    /// Whether `rest` of `TYPE.REST` is its group, a beginning of it, or its version and group.
    fn is_in(&self, rest: &str) -> bool {
        let of_group = |text: &str| self.group == text || self.group.starts_with(&format!("{text}."));
        let of_version = || match rest.split_once('.') {
            Some((version, group)) => version == self.version && of_group(group),
            None => rest == self.version && self.group.is_empty(),
        };
        of_group(rest) || of_version()
    }
}
