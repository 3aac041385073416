//! How the API server proves who it is.

use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rcgen::CertificateParams;
use rustls::ServerConfig;
use rustls::server::Acceptor;

use super::{ADA, PROJECT, hand_on};
use crate::support::hostile::Wire;
use crate::support::hostile::certificates::{Authority, self_signed};
use crate::support::{Output, World, overwrite};

/// A world in which Ada's session is at an API server behind TLS.
struct Guarded {
    world: World,
    wire: Wire,
    requests: Arc<Mutex<usize>>,
}

impl Guarded {
    /// The server presents `config`; `settings` are further lines of the session's endpoint in the config.
    fn new(config: ServerConfig, settings: &[String]) -> Self {
        let (world, requests) = (World::ada(), Arc::<Mutex<usize>>::default());
        let (emulator, count) = (world.emulator().url().to_owned(), Arc::clone(&requests));
        let wire = Wire::start(Some(Arc::new(config)), move |request| {
            *count.lock().unwrap_or_else(PoisonError::into_inner) += 1;
            hand_on(&emulator, &request)
        });
        settle(&world, &format!("https://{}", wire.address), settings);
        Self { world, wire, requests }
    }

    fn get(&self) -> Output {
        let mut output = self.world.run(["get", "dnszones", "--project", PROJECT]);
        output.stderr = output.stderr.replace(&self.wire.address.to_string(), "<api>");
        output
    }

    fn requests(&self) -> usize {
        *self.requests.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a login at the API server `url` would have left.
fn settle(world: &World, url: &str, settings: &[String]) {
    let path = world.path("config");
    let text = std::fs::read_to_string(&path).expect("a config");
    let lines = text.lines().map(|line| match line.split_once("server: ") {
        Some((indent, _)) if indent.trim().is_empty() => {
            let settings: String = settings.iter().map(|setting| format!("{indent}{setting}\n")).collect();
            format!("{indent}server: {url}\n{settings}")
        }
        _ => format!("{line}\n"),
    });
    overwrite(&path, lines.collect::<String>().as_bytes());
    world.edit_credential(ADA, |credential| credential["api_hostname"] = url.trim_start_matches("https://").into());
}

fn expired(parameters: &mut CertificateParams) {
    parameters.not_after = rcgen::date_time_ymd(2020, 1, 1);
}

/// The setting that trusts `authority`.
fn trusting(world: &World, authority: &Authority) -> String {
    let path = world.scratch("trusted.pem");
    authority.write(&path);
    format!("certificate-authority-data: {}", STANDARD.encode(std::fs::read(path).expect("a certificate")))
}

// API-07
#[test]
fn an_api_server_that_proves_nothing_gets_no_request() {
    let authority = Authority::new();
    let mut lines = Vec::new();
    for (name, config) in [
        ("self-signed", self_signed("127.0.0.1")),
        ("another authority's", Authority::new().server("127.0.0.1", |_| ())),
        ("expired", authority.server("127.0.0.1", expired)),
        ("another name's", authority.server("api.evil.invalid", |_| ())),
    ] {
        let mut guarded = Guarded::new(config, &[]);
        let path = guarded.world.scratch("authority.pem");
        authority.write(&path);
        guarded.world.set("SSL_CERT_FILE", path);
        let output = guarded.get().exits(7);
        assert_eq!((output.stdout.as_str(), guarded.requests()), ("", 0), "{name}");
        lines.push(format!("{name}: {}", output.stderr.lines().next().unwrap_or_default()));
    }
    insta::assert_snapshot!(lines.join("\n"), @"
    self-signed: error: <api> is not trusted: its certificate is not signed by an authority that this machine trusts
    another authority's: error: <api> is not trusted: its certificate is not signed by an authority that this machine trusts
    expired: error: <api> is not trusted: its certificate has expired, or this machine's clock is wrong
    another name's: error: <api> is not trusted: its certificate is for another name
    ");
}

// API-07
#[test]
fn the_config_may_name_the_authorities_of_one_server() {
    let (authority, world) = (Authority::new(), World::new());
    let setting = trusting(&world, &authority);
    let guarded = Guarded::new(authority.server("127.0.0.1", |_| ()), std::slice::from_ref(&setting));
    let output = guarded.get().success();
    assert!(!output.stderr.contains("warning"), "{output}");
    assert!(guarded.requests() > 0);
    for config in [
        Authority::new().server("127.0.0.1", |_| ()),
        authority.server("127.0.0.1", expired),
        authority.server("api.evil.invalid", |_| ()),
    ] {
        let guarded = Guarded::new(config, std::slice::from_ref(&setting));
        let _ = guarded.get().exits(7).says("error: <api> is not trusted");
        assert_eq!(guarded.requests(), 0);
    }
}

// API-07
#[test]
fn authorities_in_the_config_replace_those_of_the_machine() {
    let (authority, world) = (Authority::new(), World::new());
    let setting = trusting(&world, &Authority::new());
    let mut guarded = Guarded::new(authority.server("127.0.0.1", |_| ()), &[setting]);
    let path = guarded.world.scratch("authority.pem");
    authority.write(&path);
    guarded.world.set("SSL_CERT_FILE", path);
    let _ = guarded.get().exits(7);
    assert_eq!(guarded.requests(), 0);
}

// API-07
#[test]
fn an_unchecked_server_is_warned_of_every_time() {
    let guarded = Guarded::new(self_signed("evil.invalid"), &["insecure-skip-tls-verify: true".to_owned()]);
    for _ in 0..2 {
        let _ =
            guarded.get().success().says("warning: the certificate of <api> is not checked (insecure-skip-tls-verify)");
    }
    let create = guarded.world.run_with_input(["create", "-f", "-", "--project", PROJECT], super::ZONE.as_bytes());
    let _ = create.success().says("is not checked");
    let _ = guarded.world.run(["ctx", "list", "--refresh"]).success().says("is not checked");
}

// API-07
#[test]
fn an_identity_server_is_checked_whatever_the_config_says_of_the_api() {
    let guarded = Guarded::new(self_signed("127.0.0.1"), &["insecure-skip-tls-verify: true".to_owned()]);
    let identity = Wire::start(Some(Arc::new(self_signed("127.0.0.1"))), |_| panic!("it was trusted"));
    let url = format!("https://{}", identity.address);
    guarded.world.edit_credential(ADA, |credential| {
        credential["endpoint_token_url"] = format!("{url}/oauth/v2/token").into();
        credential["token"]["expiry"] = "2020-01-01T00:00:00Z".into();
    });
    let output = guarded.get();
    assert_eq!((output.status, output.stdout.as_str()), (7, ""), "{output}");
    assert_eq!(guarded.requests(), 0);
    let mut world = guarded.world;
    world.set("DATUM_AUTH_HOSTNAME", url).set("BROWSER", "true");
    let _ = world.run(["login", "--no-browser"]).exits(7).says("is not trusted");
}

// API-07
#[test]
fn settings_that_mean_nothing_are_refused_and_named() {
    let garbage = |data: &str| format!("certificate-authority-data: {data}");
    let not_base64 = "certificate-authority-data is not base64";
    let together = "certificate-authority-data and insecure-skip-tls-verify exclude each other";
    for (settings, problem) in [
        (vec![garbage("'%%%'")], not_base64),
        (vec![garbage("' '")], not_base64),
        (vec![garbage("''")], ""),
        (vec![garbage(&STANDARD.encode("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"))], ""),
        (vec![garbage(&STANDARD.encode("no certificate at all"))], ""),
        (vec![garbage("AAAA"), "insecure-skip-tls-verify: true".to_owned()], together),
    ] {
        let guarded = Guarded::new(self_signed("127.0.0.1"), &settings);
        let output = guarded.get();
        assert!([2, 5, 7].contains(&output.status) && output.stdout.is_empty(), "{settings:?}\n{output}");
        assert!(output.stderr.contains(problem), "{settings:?}\n{output}");
        assert_eq!(guarded.requests(), 0, "{settings:?}");
    }
}

// API-08, API-27
#[test]
fn http2_is_never_offered_so_no_connection_serves_two_servers() {
    let offers = Arc::<Mutex<Vec<Vec<u8>>>>::default();
    let heard = Arc::clone(&offers);
    let wire = Wire::raw(move |mut stream| {
        let mut acceptor = Acceptor::default();
        while let Ok(1..) = acceptor.read_tls(&mut stream) {
            if let Ok(Some(accepted)) = acceptor.accept() {
                let hello = accepted.client_hello();
                let offered: Vec<Vec<u8>> = hello.alpn().into_iter().flatten().map(<[u8]>::to_vec).collect();
                heard.lock().unwrap_or_else(PoisonError::into_inner).push(offered.join(&b' '));
                return;
            }
        }
    });
    for settings in [vec![], vec!["insecure-skip-tls-verify: true".to_owned()]] {
        let world = World::ada();
        settle(&world, &format!("https://{}", wire.address), &settings);
        assert_ne!(world.run(["get", "dnszones", "--project", PROJECT]).status, 0);
    }
    let offers = offers.lock().unwrap_or_else(PoisonError::into_inner).clone();
    assert!(offers.len() >= 2);
    assert!(offers.iter().all(|offer| offer.is_empty() || offer == b"http/1.1"), "{offers:?}");
}
