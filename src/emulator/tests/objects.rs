//! A signed-in client of one control plane that reads, writes and watches.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;

use serde_json::{Value, json};

use super::client::{Answer, send, tokens};
use crate::emulator::Emulator;

pub(super) const PROJECT: &str = "/apis/resourcemanager.miloapis.com/v1alpha1/projects/production-a1b2c3/control-plane";
pub(super) const ORGANIZATION: &str = "/apis/resourcemanager.miloapis.com/v1alpha1/organizations/acme/control-plane";
pub(super) const USER: &str = "/apis/iam.miloapis.com/v1alpha1/users/331234567890123401/control-plane";
pub(super) const ZONES: &str = "/apis/dns.networking.miloapis.com/v1alpha1/namespaces/default/dnszones";
pub(super) const PROJECTS: &str = "/apis/resourcemanager.miloapis.com/v1alpha1/projects";
pub(super) const MAPS: &str = "/api/v1/namespaces/default/configmaps";

/// Somebody at work in a control plane.
pub(super) struct Client<'a> {
    emulator: &'a Emulator,
    plane: &'static str,
    bearer: String,
}

impl<'a> Client<'a> {
    pub(super) fn new(emulator: &'a Emulator, plane: &'static str) -> Self {
        Self::with(emulator, plane, tokens(emulator)["access_token"].as_str().unwrap())
    }

    pub(super) fn with(emulator: &'a Emulator, plane: &'static str, token: &str) -> Self {
        Self { emulator, plane, bearer: format!("Authorization: Bearer {token}") }
    }

    pub(super) fn accepting(&self, path: &str, accept: &str) -> Answer {
        let headers = [self.bearer.as_str(), &format!("Accept: {accept}")];
        send(self.emulator, "GET", &format!("{}{path}", self.plane), &headers, "")
    }

    pub(super) fn get(&self, path: &str) -> Answer {
        self.accepting(path, "application/json")
    }

    pub(super) fn send(&self, method: &str, path: &str, body: &Value) -> Answer {
        self.send_as(method, path, "application/json", body)
    }

    pub(super) fn send_as(&self, method: &str, path: &str, kind: &str, body: &Value) -> Answer {
        let headers = [self.bearer.as_str(), &format!("Content-Type: {kind}")];
        let body = if body.is_null() { String::new() } else { body.to_string() };
        send(self.emulator, method, &format!("{}{path}", self.plane), &headers, &body)
    }

    pub(super) fn watch(&self, path: &str) -> Watched {
        self.watch_as(path, "application/json")
    }

    /// Asks and does not wait for the answer.
    pub(super) fn begin(&self, path: &str, accept: &str) -> TcpStream {
        let host = self.emulator.url().trim_start_matches("http://");
        let mut stream = TcpStream::connect(host).unwrap();
        let (plane, bearer) = (self.plane, &self.bearer);
        let head = format!("GET {plane}{path} HTTP/1.1\r\nHost: {host}\r\n{bearer}\r\nAccept: {accept}\r\n\r\n");
        stream.write_all(head.as_bytes()).unwrap();
        stream
    }

    pub(super) fn watch_as(&self, path: &str, accept: &str) -> Watched {
        let mut reader = BufReader::new(self.begin(path, accept));
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            assert_ne!(reader.read_line(&mut head).unwrap(), 0, "{head}");
        }
        assert!(head.starts_with("HTTP/1.1 200"), "{head}");
        Watched { reader, rest: Vec::new() }
    }
}

/// A running watch.
pub(super) struct Watched {
    reader: BufReader<TcpStream>,
    rest: Vec<u8>,
}

impl Watched {
    /// The next event; `None` when the watch has ended as it should, or the error that broke it off.
    pub(super) fn next(&mut self) -> Result<Option<(String, Value)>, std::io::Error> {
        while !self.rest.contains(&b'\n') {
            let mut size = String::new();
            if self.reader.read_line(&mut size)? == 0 {
                return Err(std::io::ErrorKind::UnexpectedEof.into());
            }
            let size = usize::from_str_radix(size.trim(), 16).unwrap();
            let mut chunk = vec![0; size + 2];
            self.reader.read_exact(&mut chunk)?;
            if size == 0 {
                return Ok(None);
            }
            self.rest.extend_from_slice(&chunk[..size]);
        }
        let end = self.rest.iter().position(|byte| *byte == b'\n').unwrap();
        let line: Vec<_> = self.rest.drain(..=end).collect();
        let event: Value = serde_json::from_slice(&line).unwrap();
        Ok(Some((event["type"].as_str().unwrap().to_owned(), event["object"].clone())))
    }

    /// The next event's type and its object's name.
    pub(super) fn named(&mut self) -> (String, String) {
        let (kind, object) = self.next().unwrap().unwrap();
        (kind, object["metadata"]["name"].as_str().unwrap_or_default().to_owned())
    }
}

pub(super) fn zone(name: &str) -> Value {
    json!({"apiVersion": "dns.networking.miloapis.com/v1alpha1", "kind": "DNSZone", "metadata": {"name": name},
        "spec": {"domainName": "example.com", "dnsZoneClassName": "external"}})
}

pub(super) fn map(name: &str, label: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "labels": {"part": label}},
        "data": {"a": "b"}})
}
