//! What surrounds a login on this machine: proxies, certificate settings, files of earlier logins.

use rustls::ServerConfig;

use super::Ambush;
use crate::support::hostile::Wire;
use crate::support::hostile::certificates::Authority;
use crate::support::{Answer, HostileProvider};

fn guarded(authority: &Authority, config: ServerConfig) -> Ambush {
    let mut ambush = Ambush::at(HostileProvider::start_tls(config));
    let path = ambush.world.scratch("authority.pem");
    authority.write(&path);
    ambush.world.set("SSL_CERT_FILE", path);
    ambush
}

/// A proxy that refuses with this.
fn proxy(answer: &'static [u8]) -> Wire {
    Wire::raw(move |mut stream| {
        use std::io::{Read as _, Write as _};
        let _ = stream.read(&mut [0; 4096]);
        let _ = stream.write_all(answer);
    })
}

#[test]
fn a_proxy_that_refuses_is_an_error_that_does_not_show_its_password() {
    // DSC-20
    let authority = Authority::new();
    let mut ambush = guarded(&authority, authority.server("127.0.0.1", |_| ()));
    ambush.world.guard("CNRY-password-of-the-proxy");
    ambush.world.hand_on_secrets_in_the_environment();
    for answer in [
        &b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"[..],
        b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 6\r\n\r\n<html>",
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<html>Sign in to the hotel</html>",
        b"SSH-2.0-OpenSSH_9.7\r\n",
        b"",
    ] {
        let proxy = proxy(answer);
        let name = String::from_utf8_lossy(answer).into_owned();
        ambush.world.set("HTTPS_PROXY", format!("http://me:CNRY-password-of-the-proxy@{}", proxy.address));
        let output = ambush.start(&["-vvv", "login"]).finish();
        assert!([5, 7].contains(&output.status), "{name}\n{output}");
        assert_eq!(ambush.provider.count("/.well-known/openid-configuration"), 0, "{name}");
        ambush.untouched();
        // A name in NO_PROXY is asked without it.
        ambush.world.set("NO_PROXY", "127.0.0.1");
        let _ = ambush.login().success();
        let _ = ambush.world.run(["logout", "mallory@example.com"]).success();
        ambush.world.unset("NO_PROXY");
        ambush.settle();
        ambush.provider.behave();
    }
}

#[test]
fn certificate_settings_that_hold_nothing_are_named_and_trust_nobody() {
    // DSC-21
    let authority = Authority::new();
    let mut ambush = guarded(&authority, authority.server("127.0.0.1", |_| ()));
    let scratch = |name: &str, text: &str| {
        let path = ambush.world.scratch(name);
        std::fs::write(&path, text).expect("a writable file");
        path
    };
    let empty = scratch("empty", "");
    let garbage = scratch("garbage", "no certificate\n");
    let broken = scratch("broken", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    let folder = ambush.world.scratch("folder");
    std::fs::create_dir(&folder).expect("a folder");
    let missing = ambush.world.scratch("missing");
    for path in [&empty, &garbage, &broken, &folder, &missing] {
        ambush.world.set("SSL_CERT_FILE", path);
        let output = ambush.start(&["login"]).finish();
        assert!([2, 7].contains(&output.status), "{}\n{output}", path.display());
        assert!(output.status == 7 || output.stderr.contains("SSL_CERT_FILE"), "{}\n{output}", path.display());
        assert_eq!(ambush.provider.count("/.well-known/openid-configuration"), 0, "{}", path.display());
        ambush.untouched();
    }
    ambush.world.unset("SSL_CERT_FILE");
    for path in [&folder, &missing] {
        ambush.world.set("SSL_CERT_DIR", path);
        let output = ambush.start(&["login"]).finish();
        assert!([2, 7].contains(&output.status), "{}\n{output}", path.display());
        assert_eq!(ambush.provider.count("/.well-known/openid-configuration"), 0, "{}", path.display());
    }
}

#[test]
fn the_keys_of_a_server_are_asked_for_every_time_and_kept_nowhere() {
    // DSC-17
    let ambush = Ambush::new();
    for login in 1..=3 {
        let _ = ambush.login().success();
        assert_eq!(ambush.provider.count("/keys"), login);
    }
    let key = crate::support::hostile::keys::all_jwks().remove(0);
    let modulus = key["n"].as_str().expect("a modulus").to_owned();
    for (path, content) in ambush.world.everything() {
        let text = String::from_utf8_lossy(&content).into_owned();
        assert!(!text.contains(&modulus) && !text.contains("\"kty\""), "{} keeps a key", path.display());
    }
}

#[test]
fn a_clock_that_is_wrong_by_more_than_a_minute_is_told_of() {
    let ambush = Ambush::new();
    let told = |ahead: i64, arguments: &[&str]| {
        let server = jiff::Timestamp::now() - jiff::SignedDuration::from_secs(ahead);
        let date = format!("Date: {}\r\n", server.strftime("%a, %d %b %Y %H:%M:%S GMT"));
        ambush.provider.behave();
        ambush.provider.damage("/.well-known/openid-configuration", move |bytes, _| {
            Answer::Bytes(String::from_utf8(bytes).expect("text").replacen("\r\n", &format!("\r\n{date}"), 1).into())
        });
        let output = ambush.login_with(arguments).success();
        let line = output.stderr.lines().find(|line| line.contains("this machine's clock is ")).map(str::to_owned);
        line.map(|line| line.split_once("clock is ").expect("just found").1.to_owned())
    };
    for arguments in [&["login"][..], &["login", "--no-browser"]] {
        for (ahead, side) in [(600, "ahead of"), (-600, "behind")] {
            let line = told(ahead, arguments).unwrap_or_default();
            let (seconds, rest) = line.split_once(" s ").expect(&line);
            // The two clocks are compared when the answer is there.
            assert!(seconds.parse::<i64>().expect(&line).abs_diff(600) < 30, "{line}");
            assert_eq!(rest, format!("{side} the identity server's"));
        }
        for ahead in [20, 0, -20] {
            assert_eq!(told(ahead, arguments), None, "{ahead}");
        }
    }
}
