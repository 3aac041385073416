//! The types with a look of their own: secrets, config maps, namespaces.

use serde_json::Value;

use super::metadata::sorted;
use super::sheet::Sheet;
use super::{Related, metadata, quotas, text};

/// The names of what is in a secret, and how many bytes.
pub(super) fn secret(sheet: &mut Sheet, object: &Value) {
    metadata::name(sheet, object, true);
    metadata::labels(sheet, object);
    metadata::annotations(sheet, object);
    sheet.write(0, &format!("\nType:\t{}\n", text(object, "type")));
    sheet.write(0, "\nData\n====\n");
    for (key, value) in sorted(&object["data"]) {
        sheet.write(0, &format!("{key}:\t{} bytes\n", decoded_length(value)));
    }
}

/// What is in a config map.
pub(super) fn config_map(sheet: &mut Sheet, object: &Value) {
    metadata::name(sheet, object, true);
    metadata::labels(sheet, object);
    metadata::annotations(sheet, object);
    sheet.write(0, "\nData\n====\n");
    for (key, value) in sorted(&object["data"]) {
        sheet.write(0, &format!("{key}:\n----\n{value}\n\n"));
    }
    sheet.write(0, "\nBinaryData\n====\n");
    for (key, value) in sorted(&object["binaryData"]) {
        sheet.write(0, &format!("{key}: {} bytes\n", decoded_length(value)));
    }
    sheet.write(0, "\n");
}

/// A namespace, its conditions, its quotas and limits.
pub(super) fn namespace(sheet: &mut Sheet, object: &Value, related: &Related) {
    metadata::name(sheet, object, false);
    metadata::labels(sheet, object);
    metadata::annotations(sheet, object);
    let status = &object["status"];
    sheet.write(0, &format!("Status:\t{}\n", text(status, "phase")));
    let conditions = status["conditions"].as_array().map(Vec::as_slice).unwrap_or_default();
    if !conditions.is_empty() {
        sheet.write(0, "Conditions:\n");
        sheet.write(1, "Type\tStatus\tLastTransitionTime\tReason\tMessage\n");
        sheet.write(1, "----\t------\t------------------\t------\t-------\n");
    }
    for condition in conditions {
        let [kind, state, reason, message] =
            ["type", "status", "reason", "message"].map(|field| text(condition, field));
        let time = long_time(text(condition, "lastTransitionTime"));
        sheet.write(1, &format!("{kind}\t{state}\t{time}\t{reason}\t{message}\n"));
    }
    if let Some(quotas) = &related.quotas {
        quotas::quotas(sheet, quotas);
    }
    if let Some(limit_ranges) = &related.limit_ranges {
        quotas::limit_ranges(sheet, limit_ranges);
    }
}

/// A time as `Mon, 02 Jan 2006 15:04:05 +0000`.
fn long_time(text: &str) -> String {
    let time = text.parse().unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    time.strftime("%a, %d %b %Y %H:%M:%S +0000").to_string()
}

/// How many bytes base64 text stands for.
fn decoded_length(base64: &str) -> usize {
    base64.bytes().filter(|byte| !matches!(byte, b'=' | b'\n' | b'\r')).count() * 3 / 4
}
