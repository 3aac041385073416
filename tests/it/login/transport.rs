//! The way to the identity server: names, connections, certificates.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;

use rustls::ServerConfig;
use serde_json::json;

use super::Ambush;
use crate::support::HostileProvider;
use crate::support::hostile::Wire;
use crate::support::hostile::certificates::{self, Authority};

/// A world that trusts `authority` and signs in at a provider with this certificate.
fn behind(authority: &Authority, config: ServerConfig) -> Ambush {
    let mut ambush = Ambush::at(HostileProvider::start_tls(config));
    let path = ambush.world.scratch("authority.pem");
    authority.write(&path);
    ambush.world.set("SSL_CERT_FILE", path);
    ambush
}

#[test]
fn a_provider_behind_a_trusted_certificate_signs_in() {
    // DSC-19
    let authority = Authority::new();
    let ambush = behind(&authority, authority.server("127.0.0.1", |_| ()));
    let _ = ambush.login().success();
}

#[test]
fn behind_tls_every_endpoint_must_be_too() {
    // DSC-03
    let authority = Authority::new();
    let ambush = behind(&authority, authority.server("127.0.0.1", |_| ()));
    for field in [
        "authorization_endpoint",
        "token_endpoint",
        "jwks_uri",
        "device_authorization_endpoint",
        "revocation_endpoint",
        "userinfo_endpoint",
    ] {
        for url in ["http://127.0.0.1:1/x", "http://auth.datum.net/x"] {
            ambush.provider.behave();
            ambush.provider.metadata(|metadata| metadata[field] = json!(url));
            assert_eq!(ambush.refused(7), format!("the server's {field} is not an https URL"));
        }
    }
    assert_eq!(ambush.provider.count("/token"), 0);
}

#[test]
fn a_certificate_that_proves_nothing_is_refused_in_plain_words() {
    // DSC-19
    let authority = Authority::new();
    let mut ambush = behind(&authority, authority.server("127.0.0.1", |_| ()));
    let past =
        |year| move |parameters: &mut rcgen::CertificateParams| parameters.not_after = rcgen::date_time_ymd(year, 1, 1);
    let mut lines = Vec::new();
    for (name, config) in [
        ("self-signed", certificates::self_signed("127.0.0.1")),
        ("another authority's", Authority::new().server("127.0.0.1", |_| ())),
        ("expired", authority.server("127.0.0.1", past(2020))),
        (
            "of the future",
            authority.server("127.0.0.1", |parameters| parameters.not_before = rcgen::date_time_ymd(2999, 1, 1)),
        ),
        ("another name's", authority.server("evil.example", |_| ())),
    ] {
        ambush.provider = HostileProvider::start_tls(config);
        ambush.provider.attach(&mut ambush.world);
        let output = ambush.start(&["login"]).finish();
        assert!(!output.stderr.contains("insecure") && !output.stderr.contains("skip"), "{output}");
        lines.push(format!("{name}: {}", ambush.refuses(output, 7)));
        assert_eq!(ambush.provider.count("/.well-known/openid-configuration"), 0, "{name}");
    }
    insta::assert_snapshot!(lines.join("\n"), @"
    self-signed: <op host> is not trusted: its certificate is not signed by an authority that this machine trusts
    another authority's: <op host> is not trusted: its certificate is not signed by an authority that this machine trusts
    expired: <op host> is not trusted: its certificate has expired, or this machine's clock is wrong
    of the future: <op host> is not trusted: its certificate is not valid yet, or this machine's clock is wrong
    another name's: <op host> is not trusted: its certificate is for another name
    ");
}

#[test]
fn a_server_that_speaks_something_else_is_told_apart() {
    // DSC-19
    const PROTOCOL_VERSION: [u8; 7] = [21, 3, 2, 0, 2, 2, 70];
    let mut ambush = Ambush::new();
    let mut lines = Vec::new();
    for (name, reply) in
        [("TLS 1.1 only", PROTOCOL_VERSION.as_slice()), ("plain HTTP", b"HTTP/1.1 400 Bad Request\r\n\r\n")]
    {
        let reply = reply.to_vec();
        let wire = Wire::raw(move |mut stream| {
            let _ = stream.read(&mut [0; 4096]);
            let _ = stream.write_all(&reply);
        });
        ambush.world.set("DATUM_AUTH_HOSTNAME", format!("https://{}", wire.address));
        let line = ambush.refuses(ambush.start(&["login"]).finish(), 7);
        lines.push(format!("{name}: {}", line.replace(&wire.address.to_string(), "<server>")));
    }
    insta::assert_snapshot!(lines.join("\n"), @"
    TLS 1.1 only: <server> is not trusted: it offers no TLS version (1.2 or newer) or cipher that is accepted
    plain HTTP: <server> is not trusted: it does not speak TLS
    ");
}

#[test]
fn a_server_that_cannot_be_reached_is_a_matter_of_the_network() {
    // DSC-19
    let mut ambush = Ambush::new();
    let free = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address");
    ambush.world.set("DATUM_AUTH_HOSTNAME", format!("https://{free}"));
    let refused = ambush.refuses(ambush.start(&["login"]).finish(), 5);
    insta::assert_snapshot!(refused.replace(&free.to_string(), "<nobody>"), @"could not connect to <nobody>: Connection refused (os error 111)");
    ambush.world.set("DATUM_AUTH_HOSTNAME", "auth.nowhere.invalid");
    let unknown = ambush.refuses(ambush.start(&["login"]).finish(), 5);
    assert!(unknown.starts_with("could not connect to auth.nowhere.invalid: "), "{unknown}");
}

#[test]
fn a_valid_token_needs_no_server() {
    // DSC-24
    let world = crate::support::World::new();
    let _ = world.login("ada@example.com").success();
    let before = world.emulator().journal().len();
    let token = world.token();
    assert_eq!(world.emulator().journal().len(), before, "the server was not asked");
    let mut world = world;
    // Whoever looks at the network at all would go through this proxy, or fail over this trust store.
    world.set("HTTPS_PROXY", "http://127.0.0.1:1").set("SSL_CERT_FILE", "/nonexistent");
    assert_eq!(world.token(), token);
}
