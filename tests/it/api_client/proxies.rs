//! Proxies see where a request goes and nothing of it.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};

use super::{ADA, Front, PROJECT, Stranger, hand_on};
use crate::support::hostile::Wire;
use crate::support::hostile::certificates::Authority;
use crate::support::{World, overwrite};

/// A proxy that makes the connections it is asked for and keeps all that was sent through it.
fn proxy() -> (Wire, Arc<Mutex<Vec<u8>>>) {
    let heard = Arc::<Mutex<Vec<u8>>>::default();
    let ear = Arc::clone(&heard);
    let keep = move |bytes: &[u8]| ear.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
    let wire = Wire::raw(move |mut client| {
        let (mut head, mut buffer) = (Vec::new(), [0; 4096]);
        while !head.ends_with(b"\r\n\r\n") {
            let Ok(read @ 1..) = client.read(&mut buffer[..1]) else { return };
            head.extend_from_slice(&buffer[..read]);
        }
        keep(&head);
        let head = String::from_utf8_lossy(&head).into_owned();
        let Some(target) = head.strip_prefix("CONNECT ").and_then(|rest| rest.split(' ').next()) else { return };
        let Ok(mut server) = TcpStream::connect(target) else { return };
        let _ = client.write_all(b"HTTP/1.1 200 Connected\r\n\r\n");
        let (mut back, mut from) = (client.try_clone().expect("a handle"), server.try_clone().expect("a handle"));
        std::thread::spawn(move || {
            let _ = std::io::copy(&mut from, &mut back);
            let _ = back.shutdown(Shutdown::Both);
        });
        while let Ok(read @ 1..) = client.read(&mut buffer) {
            keep(&buffer[..read]);
            let _ = server.write_all(&buffer[..read]);
        }
        let _ = server.shutdown(Shutdown::Both);
    });
    (wire, heard)
}

// API-21
#[test]
fn a_proxy_for_https_is_asked_to_connect_and_sees_no_token() {
    let (mut world, authority) = (World::ada(), Authority::new());
    let emulator = world.emulator().url().to_owned();
    let server = Wire::start(Some(Arc::new(authority.server("127.0.0.1", |_| ()))), move |request| {
        assert!(!request.head.to_lowercase().contains("proxy-"), "{}", request.path);
        hand_on(&emulator, &request)
    });
    let path = world.path("config");
    let own = format!("server: {}", world.emulator().url());
    let text =
        std::fs::read_to_string(&path).expect("a config").replace(&own, &format!("server: https://{}", server.address));
    overwrite(&path, text.as_bytes());
    world.edit_credential(ADA, |credential| credential["api_hostname"] = server.address.to_string().into());
    let certificate = world.scratch("authority.pem");
    authority.write(&certificate);
    for variable in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"] {
        let (proxy, heard) = proxy();
        world.set("SSL_CERT_FILE", &certificate).set(variable, format!("http://user:password@{}", proxy.address));
        let _ = world.run(["get", "dnszones", "--project", PROJECT]).success();
        world.unset(variable);
        let heard = heard.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let text = String::from_utf8_lossy(&heard).to_lowercase();
        assert!(text.starts_with(&format!("connect {} http/1.1\r\n", server.address)), "{variable}: {text:.200}");
        assert!(text.contains("proxy-authorization: basic dxnlcjpwyxnzd29yza=="), "{variable}");
        assert!(!text.contains("bearer") && !text.contains("/apis") && !text.contains("get /"), "{variable}");
        assert!(world.secrets().iter().all(|secret| !text.contains(&secret.to_lowercase())), "{variable}");
    }
}

// API-21
#[test]
fn what_is_in_clear_on_this_machine_goes_through_no_proxy() {
    let mut front = Front::new();
    let stranger = Stranger::new();
    for variable in ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"] {
        front.world.set(variable, format!("http://{}", stranger.authority()));
    }
    let _ = front.get(&[]).success();
    let _ = front.create().success();
    stranger.heard_nothing();
}

// API-21
#[test]
fn a_proxy_that_answers_itself_is_no_api() {
    let mut world = World::ada();
    let stranger = Stranger::new();
    let path = world.path("config");
    let own = format!("server: {}", world.emulator().url());
    let text = std::fs::read_to_string(&path).expect("a config").replace(&own, "server: https://api.datum.invalid");
    overwrite(&path, text.as_bytes());
    world.edit_credential(ADA, |credential| credential["api_hostname"] = "api.datum.invalid".into());
    world.set("HTTPS_PROXY", format!("http://{}", stranger.authority()));
    let output = world.run(["get", "dnszones", "--project", PROJECT]);
    assert!([5, 7].contains(&output.status) && output.stdout.is_empty(), "{output}");
    let heard = stranger.heard.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let text = String::from_utf8_lossy(&heard).into_owned();
    assert!(text.starts_with("CONNECT api.datum.invalid:443 "), "{text:.200}");
    assert!(!text.to_lowercase().contains("authorization"));
}
