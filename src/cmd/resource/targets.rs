//! The words that name objects: `TYPE[,TYPE...] [NAME...]`, `TYPE/NAME...`.

use super::{Everywhere, Work};
use crate::api::{ApiType, TypeProblem};
use crate::error::Failure;

/// Objects of one type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    /// The type.
    pub(crate) kind: ApiType,
    /// Their names; empty for all of them.
    pub(crate) names: Vec<String>,
}

impl Target {
    /// Whether its objects come from several control planes, and not from that of `work`.
    pub(crate) fn everywhere(&self, work: &Work<'_>) -> Option<Everywhere> {
        Everywhere::named(&self.kind.qualified(), &work.cluster.plane)
    }
}

/// What `words` name, in their order.
///
/// # Errors
/// A usage failure for words that do not fit together and for unknown types.
pub(crate) async fn targets(work: &Work<'_>, words: &[String]) -> Result<Vec<Target>, Failure> {
    match words.first() {
        None => Err(Failure::usage("name a type, as in TYPE [NAME...] or TYPE/NAME")
            .hint("datumctl api-resources lists the types")),
        Some(_) if words.iter().any(|word| word.contains('/')) => slashed(work, words).await,
        Some(types) => {
            let kinds = types_of(work, types).await?;
            let names = &words[1..];
            if let Some(empty) = names.iter().find(|name| name.is_empty()) {
                return Err(Failure::usage(format!("{empty:?} cannot be the name of a resource")));
            }
            Ok(kinds.into_iter().map(|kind| Target { kind, names: names.to_vec() }).collect())
        }
    }
}

async fn slashed(work: &Work<'_>, words: &[String]) -> Result<Vec<Target>, Failure> {
    let mut targets: Vec<Target> = Vec::new();
    for word in words {
        let parts: Vec<_> = word.split('/').collect();
        let (kind, name) = match parts.as_slice() {
            [kind, name] if !kind.is_empty() && !name.is_empty() && !kind.contains(',') => (kind, name),
            [_] => {
                return Err(Failure::usage(
                    "there is no need to specify a resource type as a separate argument when \
                                           passing arguments in TYPE/NAME form",
                )
                .hint("write TYPE/NAME for every object, or TYPE NAME..."));
            }
            _ => return Err(Failure::usage(format!("arguments in TYPE/NAME form may have one slash: {word:?}"))),
        };
        let kind = match Everywhere::named(kind, &work.cluster.plane) {
            Some(what) => what.kind(),
            None => work.cluster.find_type(kind).await?,
        };
        match targets.last_mut() {
            Some(last) if last.kind == kind => last.names.push((*name).to_owned()),
            _ => targets.push(Target { kind, names: vec![(*name).to_owned()] }),
        }
    }
    Ok(targets)
}

/// The types of a comma list; a category stands for its types.
async fn types_of(work: &Work<'_>, list: &str) -> Result<Vec<ApiType>, Failure> {
    let mut kinds: Vec<ApiType> = Vec::new();
    for asked in list.split(',').filter(|asked| !asked.is_empty()) {
        if let Some(what) = Everywhere::named(asked, &work.cluster.plane) {
            kinds.extend(Some(what.kind()).filter(|kind| !kinds.contains(kind)));
            continue;
        }
        let found = work.cluster.find_among_types(|types| match types.find(asked) {
            Ok(kind) => Ok(vec![kind.clone()]),
            Err(problem) => match types.of_category(asked) {
                category if category.is_empty() => Err(problem),
                category => Ok(category.into_iter().cloned().collect()),
            },
        });
        for kind in found.await? {
            if !kinds.contains(&kind) {
                kinds.push(kind);
            }
        }
    }
    match kinds.is_empty() {
        true => Err(TypeProblem::Unknown { asked: list.to_owned(), similar: Vec::new() }.into()),
        false => Ok(kinds),
    }
}
