//! Tables as `kubectl get` asks for: the server decides what the columns are.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::catalog::{Column, Resource, Source};
use super::form::{Include, metadata_of};
use crate::sys::clock;

/// `Table` of meta.k8s.io with one row per object.
pub(super) fn table(
    resource: &Resource,
    metadata: &Value,
    objects: &[&Value],
    include: Include,
    with_columns: bool,
) -> Value {
    let now = clock::now();
    let rows: Vec<_> = objects.iter().map(|object| row(resource, object, include, now)).collect();
    let columns = if with_columns { definitions(resource) } else { Value::Null };
    json!({"kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": metadata, "columnDefinitions": columns,
           "rows": rows})
}

fn definitions(resource: &Resource) -> Value {
    let definition = |name: &str, format: &str, priority: u8| {
        let described = format!("{name} of the {}", resource.kind);
        json!({"name": name, "type": "string", "format": format, "description": described, "priority": priority})
    };
    let columns = resource.columns.iter().map(|column| definition(column.name, "", column.wide.into()));
    std::iter::once(definition("Name", "name", 0)).chain(columns).collect()
}

fn row(resource: &Resource, object: &Value, include: Include, now: Timestamp) -> Value {
    let columns = resource.columns.iter().map(|column| cell(column, object, now));
    let cells: Vec<_> = std::iter::once(object["metadata"]["name"].clone()).chain(columns).collect();
    let shown = match include {
        Include::Nothing => return json!({"cells": cells}),
        Include::Metadata => metadata_of(object),
        Include::Object => object.clone(),
    };
    json!({"cells": cells, "object": shown})
}

fn cell(column: &Column, object: &Value, now: Timestamp) -> Value {
    match column.source {
        Source::Path(pointer) => match object.pointer(pointer) {
            Some(value @ (Value::String(_) | Value::Number(_) | Value::Bool(_))) => value.clone(),
            Some(Value::Null) | None => Value::Null,
            Some(other) => other.to_string().into(),
        },
        Source::Condition(kind) => {
            let conditions = object["status"]["conditions"].as_array();
            let condition = conditions.into_iter().flatten().find(|one| one["type"] == kind);
            condition.map_or(Value::Null, |one| one["status"].clone())
        }
        Source::Since(pointer) => object.pointer(pointer).and_then(Value::as_str).map_or("<unknown>".into(), |time| {
            time.parse::<Timestamp>()
                .map_or("<invalid>".into(), |then| human(now.as_second() - then.as_second()).into())
        }),
        Source::Count(pointers) => {
            let members = pointers.iter().filter_map(|pointer| object.pointer(pointer)?.as_object());
            members.map(serde_json::Map::len).sum::<usize>().into()
        }
        Source::Reference(pointer) => {
            let text = |member: &str| object.pointer(pointer).and_then(|one| one[member].as_str()).unwrap_or_default();
            format!("{}/{}", text("kind").to_lowercase(), text("name")).into()
        }
    }
}

/// A duration as Kubernetes tells people: two units at most, and coarser the longer it is.
fn human(seconds: i64) -> String {
    let pair = |large: i64, large_unit: &str, small: i64, small_unit: &str| match small {
        0 => format!("{large}{large_unit}"),
        small => format!("{large}{large_unit}{small}{small_unit}"),
    };
    let (minutes, hours) = (seconds / 60, seconds / 3600);
    let (days, years) = (hours / 24, hours / 24 / 365);
    match () {
        () if seconds < -1 => "<invalid>".to_owned(),
        () if seconds < 0 => "0s".to_owned(),
        () if seconds < 120 => format!("{seconds}s"),
        () if minutes < 10 => pair(minutes, "m", seconds % 60, "s"),
        () if minutes < 180 => format!("{minutes}m"),
        () if hours < 8 => pair(hours, "h", minutes % 60, "m"),
        () if hours < 48 => format!("{hours}h"),
        () if hours < 192 => pair(days, "d", hours % 24, "h"),
        () if days < 730 => format!("{days}d"),
        () if years < 8 => pair(years, "y", days % 365, "d"),
        () => format!("{years}y"),
    }
}

#[cfg(test)]
mod tests {
    use super::human;

    #[test]
    fn ages_are_told_as_kubernetes_tells_them() {
        let day = 24 * 3600;
        for (seconds, expected) in [
            (-5, "<invalid>"),
            (-1, "0s"),
            (119, "119s"),
            (120, "2m"),
            (599, "9m59s"),
            (600, "10m"),
            (179 * 60 + 59, "179m"),
            (3 * 3600 + 60, "3h1m"),
            (8 * 3600 + 60, "8h"),
            (2 * day, "2d"),
            (2 * day + 3600, "2d1h"),
            (8 * day + 3600, "8d"),
            (730 * day, "2y"),
            (731 * day, "2y1d"),
            (9 * 365 * day, "9y"),
        ] {
            assert_eq!(human(seconds), expected, "{seconds}");
        }
    }
}
