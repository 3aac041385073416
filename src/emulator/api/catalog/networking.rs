//! What people run in projects: names and proxies.

use super::{AGE, Plane, Resource, Source, column, wide};

const DNS: (&str, &str) = ("dns.networking.miloapis.com", "v1alpha1");
const NETWORKING: (&str, &str) = ("networking.datumapis.com", "v1alpha");

fn project(plane: &Plane) -> bool {
    matches!(plane, Plane::Project(..))
}

pub(super) static TYPES: [Resource; 4] = [
    Resource {
        short_names: &["dz"],
        categories: &["all", "dns"],
        namespaced: true,
        selectable: &["spec.domainName"],
        columns: &[
            column("Domain Name", Source::Path("/spec/domainName")),
            wide("Class", Source::Path("/spec/dnsZoneClassName")),
            column("Accepted", Source::Condition("Accepted")),
            column("Programmed", Source::Condition("Programmed")),
            AGE,
        ],
        ..Resource::new(DNS, ["dnszones", "dnszone", "DNSZone"], project)
    },
    Resource {
        short_names: &["drs"],
        categories: &["all", "dns"],
        namespaced: true,
        selectable: &["spec.dnsZoneRef.name", "spec.recordType"],
        columns: &[
            column("Zone", Source::Path("/spec/dnsZoneRef/name")),
            column("Type", Source::Path("/spec/recordType")),
            column("Accepted", Source::Condition("Accepted")),
            column("Programmed", Source::Condition("Programmed")),
            AGE,
        ],
        ..Resource::new(DNS, ["dnsrecordsets", "dnsrecordset", "DNSRecordSet"], project)
    },
    Resource {
        categories: &["all"],
        namespaced: true,
        selectable: &["spec.domainName"],
        columns: &[
            column("Domain Name", Source::Path("/spec/domainName")),
            column("Verified", Source::Condition("Verified")),
            wide("Registrar", Source::Path("/status/registration/registrar/name")),
            AGE,
        ],
        ..Resource::new(NETWORKING, ["domains", "domain", "Domain"], project)
    },
    Resource {
        categories: &["all"],
        namespaced: true,
        columns: &[
            column("Hostname", Source::Path("/status/hostnames/0")),
            column("Programmed", Source::Condition("Programmed")),
            wide("Accepted", Source::Condition("Accepted")),
            AGE,
        ],
        ..Resource::new(NETWORKING, ["httpproxies", "httpproxy", "HTTPProxy"], project)
    },
];
