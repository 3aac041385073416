//! `explain`.

use super::in_project;
use crate::support::World;

#[test]
fn a_type_and_its_fields_are_explained_from_what_the_server_says() {
    let world = World::ada();
    let zone = in_project(&world, &["explain", "dnszones"]).success().stdout;
    let head =
        "GROUP:      dns.networking.miloapis.com\nKIND:       DNSZone\nVERSION:    v1alpha1\n\nDESCRIPTION:\n    ";
    assert!(zone.starts_with(head) && zone.contains("FIELDS:\n"), "{zone}");
    let ttl = in_project(&world, &["explain", "dnsrecordset.spec.records.ttl"]).success().stdout;
    assert!(ttl.contains("FIELD: ttl <integer>\n\n\nDESCRIPTION:\n"), "{ttl}");
    let all = in_project(&world, &["explain", "dnsrecordsets.dns.networking.miloapis.com.spec", "--recursive"]);
    assert!(all.success().stdout.contains("content\t<string> -required-\n"));
}

#[test]
fn a_field_that_is_not_there_is_refused_with_what_may_be_meant() {
    let world = World::ada();
    let wrong = in_project(&world, &["explain", "dnszones.spec.domainNam"]).exits(2);
    assert_eq!(wrong.stdout, "");
    let said = "error: field \"domainNam\" does not exist\nhint: did you mean domainName?\n";
    assert_eq!(wrong.stderr, said);
    let version = ["explain", "dnszones", "--api-version", "dns.networking.miloapis.com/v9"];
    assert!(in_project(&world, &version).exits(2).stderr.contains("doesn't have a resource type"));
    let undescribed = in_project(&world, &["explain", "selfsubjectreviews"]).exits(1);
    assert!(undescribed.stderr.contains("does not describe the fields of SelfSubjectReview"), "{undescribed}");
}
