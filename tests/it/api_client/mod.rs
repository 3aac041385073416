//! The client of the API against servers that lie, stumble or are somebody else: where the token goes, what is shown
//! of a broken answer, and how much of anything is taken.

mod answers;
#[cfg(unix)]
mod bounds;
#[cfg(unix)]
mod cache;
mod certificates;
mod hosts;
#[cfg(unix)]
mod pages;
mod proxies;
mod redirects;
mod tokens;

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::support::hostile::Wire;
use crate::support::{Answer, Output, Request, World};

const ADA: &str = "ada@example.com";
const PROJECT: &str = "production-a1b2c3";

/// A DNS zone as a manifest.
const ZONE: &str = "apiVersion: dns.networking.miloapis.com/v1alpha1\nkind: DNSZone\nmetadata: {name: a}\n\
                    spec: {domainName: a.example, dnsZoneClassName: datum}\n";

type Rule = Box<dyn FnMut(&Request) -> Option<Answer> + Send>;

#[derive(Default)]
struct Script {
    rule: Option<Rule>,
    requests: Vec<Request>,
}

/// An API server that Ada signed in to. It is the emulator's, but for what a test makes it answer.
struct Front {
    world: World,
    wire: Wire,
    script: Arc<Mutex<Script>>,
}

impl Front {
    fn new() -> Self {
        let mut world = World::new();
        let (script, emulator) = (Arc::<Mutex<Script>>::default(), world.emulator().url().to_owned());
        let shared = Arc::clone(&script);
        let wire = Wire::start(None, move |request| {
            let mut script = lock(&shared);
            script.requests.push(request.clone());
            let answer = script.rule.as_mut().and_then(|rule| rule(&request));
            drop(script);
            answer.unwrap_or_else(|| hand_on(&emulator, &request))
        });
        world.set("DATUM_API_HOSTNAME", format!("http://{}", wire.address)).set("DATUM_PROJECT", PROJECT);
        let _ = world.login(ADA).success();
        Self { world, wire, script }
    }

    /// Forgets the requests so far, and answers those for zones with what `rule` says.
    fn on_zones(&self, mut rule: impl FnMut(&Request) -> Answer + Send + 'static) {
        let mut script = lock(&self.script);
        script.requests.clear();
        script.rule = Some(Box::new(move |request| request.path.contains("/dnszones").then(|| rule(request))));
    }

    /// Answers all requests for zones with the same.
    fn always(&self, answer: Answer) {
        self.on_zones(move |_| answer.clone());
    }

    /// The requests for zones.
    fn requests(&self) -> Vec<Request> {
        lock(&self.script).requests.iter().filter(|request| request.path.contains("/dnszones")).cloned().collect()
    }

    /// `get dnszones` with these words behind it.
    fn get(&self, words: &[&str]) -> Output {
        self.told(self.world.run([&["get", "dnszones"], words].concat()))
    }

    /// `create` of one zone.
    fn create(&self) -> Output {
        self.told(self.world.run_with_input(["create", "-f", "-"], ZONE.as_bytes()))
    }

    /// The output with the server's address replaced.
    fn told(&self, mut output: Output) -> Output {
        output.stderr = output.stderr.replace(&self.wire.address.to_string(), "<api>");
        output
    }
}

fn lock(script: &Mutex<Script>) -> MutexGuard<'_, Script> {
    script.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What the emulator answers to `request`.
fn hand_on(emulator: &str, request: &Request) -> Answer {
    let mut stream = TcpStream::connect(emulator.trim_start_matches("http://")).expect("the emulator");
    let text = format!("{}\r\nConnection: close\r\n\r\n{}", request.head, request.body);
    stream.write_all(text.as_bytes()).expect("the emulator listens");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("the emulator answers");
    Answer::Bytes(answer)
}

/// A server that nobody may ask: it keeps whatever it is sent.
struct Stranger {
    wire: Wire,
    heard: Arc<Mutex<Vec<u8>>>,
}

impl Stranger {
    fn new() -> Self {
        let heard = Arc::<Mutex<Vec<u8>>>::default();
        let ear = Arc::clone(&heard);
        let wire = Wire::raw(move |mut stream| {
            let mut buffer = [0; 4096];
            while let Ok(read @ 1..) = stream.read(&mut buffer) {
                ear.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(&buffer[..read]);
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}");
            }
        });
        Self { wire, heard }
    }

    fn authority(&self) -> String {
        self.wire.address.to_string()
    }

    /// Panics if it was sent anything.
    #[track_caller]
    fn heard_nothing(&self) {
        let heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        assert!(heard.is_empty(), "{}", String::from_utf8_lossy(&heard));
    }
}
