//! Many objects at once, for tests of scale.

use serde_json::{Value, json};

use super::catalog::Resource;
use super::conditions;
use super::metadata;
use super::seeding;
use super::store::Area;
use super::world::World;
use crate::emulator::seed::{Membership, Organization, Project, Seed};

impl World {
    /// Puts `count` objects named `SINGULAR-00000`, `SINGULAR-00001`, ... into the `default` namespace of a project.
    pub(super) fn fill(&mut self, resource: &'static Resource, project: &str, count: usize) {
        for number in 0..count {
            let namespace = resource.namespaced.then_some("default");
            let name = format!("{}-{number:05}", resource.singular);
            let mut object = json!({"apiVersion": resource.api_version(), "kind": resource.kind,
                "metadata": metadata::fresh(resource, &name, namespace)});
            object["metadata"]["labels"] = json!({"example.com/part": (number % 10).to_string()});
            let area = Area::Project(project.to_owned());
            if let Some((member, content)) = sample(resource.kind, number) {
                object[member] = content;
            }
            if resource.has_status {
                conditions::ripen(resource, &area, &mut object);
            }
            self.store.put(resource, area, object);
        }
    }

    /// Makes organizations `org-00000`, `org-00001`, ... with projects `org-00000-project-00000`, ..., owned by
    /// somebody in the seed.
    pub(super) fn populate(&mut self, seed: &Seed, organizations: usize, projects: usize, member: &str) {
        for number in 0..organizations {
            let name = format!("org-{number:05}");
            let project = |number| Project {
                name: format!("{name}-project-{number:05}"),
                display_name: format!("Project {number}"),
            };
            self.plant_organization(&Organization {
                display_name: format!("Organization {number}"),
                onboarding: "Ready".to_owned(),
                projects: (0..projects).map(project).collect(),
                name: name.clone(),
            });
            let roles = vec!["owner".to_owned()];
            let membership = Membership { organization: name, member: member.to_owned(), roles };
            let mut object = seeding::membership(seed, &membership);
            object["status"]["organization"]["displayName"] = format!("Organization {number}").into();
            self.plant(Area::Platform, object);
        }
    }
}

/// Plausible content of the `number`th object of a kind.
fn sample(kind: &str, number: usize) -> Option<(&'static str, Value)> {
    let domain = format!("example-{number:05}.com");
    let content = match kind {
        "DNSZone" => json!({"domainName": domain, "dnsZoneClassName": "datum-external-global-dns"}),
        "DNSRecordSet" => json!({"dnsZoneRef": {"name": "dnszone-00000"}, "recordType": "A", "records": [
            {"name": format!("www-{number}"), "ttl": 300, "a": {"content": "192.0.2.1"}}]}),
        "Domain" => json!({"domainName": domain}),
        "HTTPProxy" => json!({"hostnames": [domain], "rules": [
            {"matches": [{"path": {"type": "PathPrefix", "value": "/"}}],
             "backends": [{"endpoint": "https://origin.example.com"}]}]}),
        "ServiceAccount" | "MachineAccount" => json!({"state": "Active"}),
        "ConfigMap" => return Some(("data", json!({"number": number.to_string()}))),
        "Secret" => return Some(("data", json!({"number": "NDI="}))),
        _ => return None,
    };
    Some(("spec", content))
}
