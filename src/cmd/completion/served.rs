//! What a control plane has: its types, and the names of its objects. It is asked for no longer than a person waits.

use std::collections::BTreeSet;
use std::sync::mpsc;
use std::time::Duration;

use super::known;
use crate::api::{ApiType, Error, METADATA, Part, Selection};
use crate::cmd::resource::{Everywhere, ScopeFlags, Work};
use crate::cmd::runtime::block_on;
use crate::error::Failure;
use crate::machine::Machines;

const PATIENCE: Duration = Duration::from_secs(2);

/// Flags whose value is a word of its own.
const WITH_VALUE: [&str; 14] = [
    "--project",
    "--organization",
    "--namespace",
    "-n",
    "--session",
    "-o",
    "--output",
    "-l",
    "--selector",
    "--field-selector",
    "--sort-by",
    "--color",
    "--error-format",
    "--subresource",
];

/// What may stand where the last of the words `typed` is being written: a type, then names of its objects.
pub(super) fn candidates(typed: &[String]) -> Vec<String> {
    within_patience(typed, look_up)
}

/// The service accounts of the project that is meant.
pub(super) fn service_accounts(typed: &[String]) -> Vec<String> {
    within_patience(typed, |typed| {
        let app = known::app(typed);
        let work = ScopeFlags::default().work(&app)?;
        block_on(async {
            let accounts = Machines::of(&work.cluster).await?.list().await?;
            Ok(accounts.into_iter().map(|account| account.name).collect())
        })
    })
}

fn within_patience(typed: &[String], look: fn(&[String]) -> Result<Vec<String>, Failure>) -> Vec<String> {
    let (sender, receiver) = mpsc::channel();
    let typed = typed.to_vec();
    // Whatever is still going on after that time ends with the process.
    std::thread::spawn(move || sender.send(look(&typed).unwrap_or_default()));
    receiver.recv_timeout(PATIENCE).unwrap_or_default()
}

fn look_up(typed: &[String]) -> Result<Vec<String>, Failure> {
    let app = known::app(typed);
    let work = ScopeFlags::default().work(&app)?;
    let current = typed.last().map(String::as_str).unwrap_or_default();
    let before = positional(typed);
    block_on(async {
        match (before.as_slice(), current.split_once('/')) {
            (_, Some((kind, _))) => {
                let names = names(&work, kind).await?;
                Ok(names.into_iter().map(|name| format!("{kind}/{name}")).collect())
            }
            ([.., kind], None) if !kind.contains(['/', ',']) => names(&work, kind).await,
            _ => Ok(types(&work).await?),
        }
    })
}

/// The words between the command and the one being written that are no flags. `can-i VERB TYPE` has its type second.
fn positional(typed: &[String]) -> Vec<&str> {
    let mut words = typed.iter().map(String::as_str).skip(1).take(typed.len().saturating_sub(2));
    let mut found = Vec::new();
    while let Some(word) = words.next() {
        match word {
            flag if WITH_VALUE.contains(&flag) => drop(words.next()),
            flag if flag.starts_with('-') => {}
            word => found.push(word),
        }
    }
    let command = if found.starts_with(&["auth"]) { 3 } else { 1 };
    found.split_off(command.min(found.len())).into_iter().take(1).collect()
}

async fn types(work: &Work<'_>) -> Result<Vec<String>, Error> {
    let types = work.cluster.types().await?;
    let mut names: BTreeSet<String> = types.all.iter().filter(|kind| !kind.verbs.is_empty()).map(name_of).collect();
    names.extend(["organizations".to_owned()]);
    Ok(names.into_iter().collect())
}

fn name_of(kind: &ApiType) -> String {
    kind.plural.clone()
}

async fn names(work: &Work<'_>, asked: &str) -> Result<Vec<String>, Failure> {
    if let Some(what) = Everywhere::named(asked, &work.cluster.plane) {
        let objects = what.gather(work, &[]).await?.objects;
        return Ok(objects.iter().filter_map(|object| Some(object["metadata"]["name"].as_str()?.to_owned())).collect());
    }
    let kind = work.cluster.find_type(asked).await?;
    let mut names = Vec::new();
    let reader = |part: Part<'_>| {
        let Part::Page(page) = part else {
            names.clear();
            return Ok(0);
        };
        let page: serde_json::Value = work.cluster.connection.parse(page)?;
        let items = page["items"].as_array().map(Vec::as_slice).unwrap_or_default();
        names.extend(items.iter().filter_map(|item| Some(item["metadata"]["name"].as_str()?.to_owned())));
        Ok(items.len())
    };
    work.cluster.list(&work.collection(&kind, false)?, &Selection::default(), METADATA, reader).await?;
    Ok(names)
}
