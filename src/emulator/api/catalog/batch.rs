//! Jobs, so that manifests of such can be tried. Nothing runs.

use super::{AGE, Plane, Resource, Source, column};

pub(super) static TYPES: [Resource; 1] = [Resource {
    short_names: &["cj"],
    categories: &["all"],
    namespaced: true,
    columns: &[
        column("Schedule", Source::Path("/spec/schedule")),
        column("Timezone", Source::Path("/spec/timeZone")),
        column("Suspend", Source::Path("/spec/suspend")),
        AGE,
    ],
    ..Resource::new(("batch", "v1"), ["cronjobs", "cronjob", "CronJob"], |plane| matches!(plane, Plane::Project(..)))
}];
