//! `explain`: what the control plane says about a type and its fields.

use serde_json::Value;

use crate::api::{ApiType, Call, Error, TypeProblem, Types};
use crate::app::App;
use crate::cmd::resource::{ScopeFlags, Work};
use crate::cmd::runtime::block_on;
use crate::error::Failure;
use crate::render::{ExplainError, Explanation, explain};
use crate::ui::Ui;

/// Explain the fields of a type
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// A type, or one of its fields: dnszones, dnszones.spec
    #[arg(value_name = "TYPE[.FIELD...]")]
    asked: String,
    /// The names of all fields below it
    #[arg(long)]
    recursive: bool,
    /// Explain this version of the type
    #[arg(long, value_name = "GROUP/VERSION")]
    api_version: Option<String>,
    #[command(flatten)]
    scope: ScopeFlags,
}

/// Asks the control plane.
pub(crate) fn run(app: &App, ui: &Ui, args: &Args) -> Result<(), Failure> {
    let work = args.scope.work(app)?;
    let text = block_on(async {
        let of_version = args.api_version.as_deref();
        let (kind, path) = work.cluster.find_among_types(|types| find(types, &args.asked, of_version)).await?;
        let document = document(&work, &kind).await?;
        let ApiType { group, version, kind, .. } = &kind;
        let asked = Explanation { group, version, kind, path: &path, recursive: args.recursive };
        Ok::<_, Failure>(explain(&document, &asked)?)
    })?;
    Ok(ui.print_raw(&text)?)
}

/// The OpenAPI 3 document of the group and version of `kind`.
async fn document(work: &Work<'_>, kind: &ApiType) -> Result<Value, Failure> {
    let root = if kind.group.is_empty() { vec!["api"] } else { vec!["apis", &kind.group] };
    let path: Vec<_> = ["openapi", "v3"].into_iter().chain(root).chain([kind.version.as_str()]).collect();
    let connection = &work.cluster.connection;
    let url = work.cluster.plane.url(connection.server(), &path)?;
    match connection.send(&Call::get(url)).await {
        Ok(answer) => Ok(connection.parse(&answer.body)?),
        Err(Error::NotFound { .. }) => {
            Err(ExplainError::NoSchema { kind: kind.kind.clone(), version: kind.version.clone() }.into())
        }
        Err(error) => Err(error.into()),
    }
}

/// The type that `asked` begins with, and the names of fields after it. A group may stand between them, and a version
/// before the group: `TYPE.GROUP.FIELD`, `TYPE.VERSION.GROUP.FIELD`.
fn find(types: &Types, asked: &str, of_version: Option<&str>) -> Result<(ApiType, Vec<String>), TypeProblem> {
    let asked = asked.trim_end_matches('.');
    let is_version = |one: &&ApiType| of_version.is_none_or(|version| one.api_version() == version);
    for kind in types.all.iter().filter(is_version) {
        let names = [&kind.plural, &kind.singular, &kind.kind].into_iter().chain(&kind.short_names);
        for name in names.filter(|_| !kind.group.is_empty()) {
            for full in [format!("{name}.{}", kind.group), format!("{name}.{}.{}", kind.version, kind.group)] {
                if let Some(rest) = after(asked, &full) {
                    return Ok((kind.clone(), fields(rest)));
                }
            }
        }
    }
    let (name, rest) = asked.split_once('.').unwrap_or((asked, ""));
    let among = Types { all: types.all.iter().filter(is_version).cloned().collect(), stale: Vec::new() };
    Ok((among.find(name)?.clone(), fields(rest)))
}

/// What follows `full` and a dot in `asked`, whatever its letters' case.
fn after<'a>(asked: &'a str, full: &str) -> Option<&'a str> {
    let (begin, rest) = asked.split_at_checked(full.len())?;
    if !begin.eq_ignore_ascii_case(full) {
        return None;
    }
    if rest.is_empty() { Some(rest) } else { rest.strip_prefix('.') }
}

fn fields(path: &str) -> Vec<String> {
    path.split('.').filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::find;
    use crate::api::{ApiType, Types};

    fn found(asked: &str, of_version: Option<&str>) -> Option<(String, String)> {
        let kind = |group: &str, version: &str, kind: &str| ApiType {
            group: group.to_owned(),
            version: version.to_owned(),
            kind: kind.to_owned(),
            singular: kind.to_lowercase(),
            plural: format!("{}s", kind.to_lowercase()),
            ..ApiType::default()
        };
        let all = vec![kind("", "v1", "Zone"), kind("dns.example", "v2", "Zone"), kind("dns.example", "v1", "Zone")];
        let types = Types { all, stale: Vec::new() };
        find(&types, asked, of_version).ok().map(|(kind, path)| (kind.api_version(), path.join("/")))
    }

    #[test]
    fn a_type_and_its_fields_are_one_word() {
        for (asked, of_version, version, path) in [
            ("zones", None, "v1", ""),
            ("zone.spec.x.", None, "v1", "spec/x"),
            ("Zone.DNS.example.spec", None, "dns.example/v2", "spec"),
            ("zones.v1.dns.example.spec", None, "dns.example/v1", "spec"),
            ("zones.dns.examples", None, "v1", "dns/examples"),
            ("zones.spec", Some("dns.example/v1"), "dns.example/v1", "spec"),
        ] {
            assert_eq!(found(asked, of_version), Some((version.to_owned(), path.to_owned())), "{asked}");
        }
        assert_eq!(found("zones", Some("dns.example/v3")), None);
        assert_eq!(found("houses", None), None);
    }
}
