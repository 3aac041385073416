//! What a namespace may use.

use serde_json::Value;

use super::sheet::Sheet;
use super::text;
use crate::render::value::shown;

/// Its `ResourceQuota`s.
pub(super) fn quotas(sheet: &mut Sheet, quotas: &[Value]) {
    sheet.write(0, "\n");
    if quotas.is_empty() {
        return sheet.write(0, "No resource quota.\n");
    }
    let mut sorted: Vec<_> = quotas.iter().collect();
    sorted.sort_by_key(|quota| text(&quota["metadata"], "name"));
    sheet.write(0, "Resource Quotas\n");
    for quota in sorted {
        sheet.write(1, &format!("Name:\t{}\n", text(&quota["metadata"], "name")));
        sheet.write(1, "Resource\tUsed\tHard\n");
        sheet.write(1, "--------\t---\t---\n");
        let status = &quota["status"];
        for name in keys(&[&status["hard"]]) {
            let used = status["used"].get(name).map_or_else(|| "0".to_owned(), shown);
            sheet.write(1, &format!("{name}\t{used}\t{}\n", shown(&status["hard"][name])));
        }
    }
}

/// Its `LimitRange`s.
pub(super) fn limit_ranges(sheet: &mut Sheet, limit_ranges: &[Value]) {
    sheet.write(0, "\n");
    if limit_ranges.is_empty() {
        return sheet.write(0, "No LimitRange resource.\n");
    }
    sheet.write(
        0,
        "Resource Limits\n Type\tResource\tMin\tMax\tDefault Request\tDefault Limit\tMax Limit/Request Ratio\n",
    );
    sheet.write(0, " ----\t--------\t---\t---\t---------------\t-------------\t-----------------------\n");
    let limits = limit_ranges.iter().filter_map(|range| range["spec"]["limits"].as_array()).flatten();
    for limit in limits {
        let columns = ["min", "max", "defaultRequest", "default", "maxLimitRequestRatio"].map(|field| &limit[field]);
        for name in keys(&columns) {
            let cells = columns.map(|column| column.get(name).map_or_else(|| "-".to_owned(), shown));
            sheet.write(0, &format!(" {}\t{name}\t{}\n", text(limit, "type"), cells.join("\t")));
        }
    }
}

/// The keys of all `maps`, in their order.
fn keys<'a>(maps: &[&'a Value]) -> Vec<&'a str> {
    let mut keys: Vec<_> = maps.iter().filter_map(|map| map.as_object()).flat_map(|map| map.keys()).collect();
    keys.sort_unstable();
    keys.dedup();
    keys.into_iter().map(String::as_str).collect()
}
