use super::{ApiType, TypeProblem, Types};

fn kind(group: &str, version: &str, kind: &str, plural: &str, short: &[&str]) -> ApiType {
    ApiType {
        group: group.to_owned(),
        version: version.to_owned(),
        kind: kind.to_owned(),
        plural: plural.to_owned(),
        singular: kind.to_lowercase(),
        short_names: short.iter().map(|&name| name.to_owned()).collect(),
        categories: vec!["all".to_owned()],
        ..ApiType::default()
    }
}

fn types() -> Types {
    let all = vec![
        kind("", "v1", "Secret", "secrets", &[]),
        kind("dns.networking.miloapis.com", "v1alpha1", "DNSZone", "dnszones", &["dz"]),
        kind("networking.datumapis.com", "v1beta1", "Domain", "domains", &[]),
        kind("networking.datumapis.com", "v1alpha", "Domain", "domains", &[]),
        kind("other.example", "v1", "Domain", "domains", &["dz"]),
    ];
    Types { all, stale: Vec::new() }
}

#[test]
fn a_type_is_found_by_every_name_that_kubectl_takes() {
    let types = types();
    let found = |asked: &str| types.find(asked).map(|kind| format!("{}/{}", kind.api_version(), kind.plural));
    for (asked, expected) in [
        ("dnszones", "dns.networking.miloapis.com/v1alpha1/dnszones"),
        ("dnszone", "dns.networking.miloapis.com/v1alpha1/dnszones"),
        ("DNSZone", "dns.networking.miloapis.com/v1alpha1/dnszones"),
        ("dz", "dns.networking.miloapis.com/v1alpha1/dnszones"),
        ("dz.other.example", "other.example/v1/domains"),
        ("domains", "networking.datumapis.com/v1beta1/domains"),
        ("domains.other", "other.example/v1/domains"),
        ("domains.v1alpha.networking.datumapis.com", "networking.datumapis.com/v1alpha/domains"),
        ("secrets", "v1/secrets"),
        ("secrets.v1", "v1/secrets"),
        ("secrets.v1.", "v1/secrets"),
    ] {
        assert_eq!(found(asked).as_deref(), Ok(expected), "{asked}");
    }
}

#[test]
fn an_unknown_type_names_what_may_have_been_meant() {
    let similar = |asked: &str| match types().find(asked) {
        Err(TypeProblem::Unknown { similar, .. }) => similar,
        other => panic!("{other:?}"),
    };
    assert_eq!(similar("dnszoness"), ["dnszones", "dnszone"]);
    assert_eq!(similar("domian"), ["domain", "domains"]);
    assert!(similar("xyzzy").is_empty());
    assert!(similar("dnszones.elsewhere.example").is_empty());
}

#[test]
fn a_category_stands_for_each_of_its_types_once() {
    let types = types();
    let names: Vec<_> = types.of_category("all").iter().map(|kind| kind.qualified()).collect();
    assert_eq!(
        names,
        [
            "secrets",
            "dnszones.dns.networking.miloapis.com",
            "domains.networking.datumapis.com",
            "domains.other.example"
        ]
    );
    assert!(types.of_category("none").is_empty());
}

#[test]
fn a_kind_is_found_in_its_own_version_only() {
    let types = types();
    let find = |api_version: &str, kind: &str| types.of_kind(api_version, kind).map(|kind| kind.plural.clone());
    assert_eq!(find("v1", "Secret"), Ok("secrets".to_owned()));
    assert_eq!(find("networking.datumapis.com/v1alpha", "Domain"), Ok("domains".to_owned()));
    assert!(find("networking.datumapis.com/v2", "Domain").is_err());
    assert!(find("v1", "secret").is_err());
}
