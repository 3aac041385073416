//! What happened to an object.

use jiff::Timestamp;
use serde_json::Value;

use super::sheet::Sheet;
use super::text;
use crate::render::age::age;

/// The events, the latest last; nothing where they were not asked for.
pub(super) fn write(sheet: &mut Sheet, events: Option<&[Value]>, now: Timestamp) {
    let Some(events) = events else { return };
    if events.is_empty() {
        return sheet.write(0, "Events:\t<none>\n");
    }
    sheet.align();
    sheet.write(0, "Events:\n  Type\tReason\tAge\tFrom\tMessage\n");
    sheet.write(1, "----\t------\t----\t----\t-------\n");
    let mut sorted: Vec<_> = events.iter().collect();
    sorted.sort_by_key(|event| time(&event["lastTimestamp"]));
    for event in sorted {
        let source = match text(&event["source"], "component") {
            "" => text(event, "reportingComponent"),
            component => component,
        };
        let message = text(event, "message").trim();
        let (kind, reason) = (text(event, "type"), text(event, "reason"));
        sheet.write(1, &format!("{kind}\t{reason}\t{}\t{source}\t{message}\n", when(event, now)));
    }
}

/// How long ago it happened, and how often over which time.
fn when(event: &Value, now: Timestamp) -> String {
    let since = |field: &Value| time(field).map_or_else(|| "<unknown>".to_owned(), |time| age(time, now));
    let first = match &event["eventTime"] {
        Value::Null => since(&event["firstTimestamp"]),
        time => since(time),
    };
    match (&event["series"], event["count"].as_i64()) {
        (Value::Object(series), _) => {
            let last = series.get("lastObservedTime").unwrap_or(&Value::Null);
            let count = series.get("count").and_then(Value::as_i64).unwrap_or_default();
            format!("{} (x{count} over {first})", since(last))
        }
        (_, Some(count)) if count > 1 => format!("{} (x{count} over {first})", since(&event["lastTimestamp"])),
        _ => first,
    }
}

fn time(field: &Value) -> Option<Timestamp> {
    field.as_str()?.parse().ok()
}
