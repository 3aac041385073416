//! Every command at the highest verbosity, when it works and when it fails in several ways: nothing secret is said.
//!
//! The secrets are those that the emulator and the hostile provider mint. Every run of every other test is searched
//! for them too, at the verbosity that it happens to have.

use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::json;

use crate::command_tree::tree;
use crate::hostile::sweep;
use crate::login::Ambush;
use crate::support::figure::figure;
use crate::support::recorder::Recorder;
use crate::support::{Answer, Output, World};

/// Every command, with words that make it work, in an order in which all of them do.
const RUNS: &[(&str, &str)] = &[
    ("version", ""),
    ("completion", "bash"),
    ("whoami", ""),
    ("auth whoami", ""),
    ("auth status", ""),
    ("auth list", ""),
    ("auth doctor", ""),
    ("auth org", ""),
    ("auth get-token", "--min-ttl 24h"),
    ("auth get-token", "-o client.authentication.k8s.io/v1"),
    ("auth switch", "ada@example.com"),
    ("auth can-i", "get dnszones"),
    ("auth update-kubeconfig", "--project staging-d4e5f6"),
    ("organizations list", ""),
    ("projects list", "--organization acme"),
    ("projects create", "--organization acme canary"),
    ("projects delete", "canary --yes"),
    ("ctx list", "--refresh"),
    ("ctx use", "acme/staging-d4e5f6"),
    ("ctx current", ""),
    ("api-versions", ""),
    ("api-resources", ""),
    ("explain", "dnszones"),
    ("create", "-f ZONE"),
    ("apply", "-f ZONE"),
    ("diff", "-f ZONE"),
    ("get", "dnszones -o yaml"),
    ("describe", "dnszones a"),
    ("label", "dnszones a canary=yes"),
    ("annotate", "dnszones a canary=yes"),
    ("patch", "dnszones a --type merge -p {\"metadata\":{\"labels\":{\"a\":\"b\"}}}"),
    ("edit", "dnszones a"),
    ("wait", "dnszones a --for=jsonpath={.metadata.name}=a --timeout 2s"),
    ("api get", "APIS/dnszones/a"),
    ("api patch", "APIS/dnszones/a --type merge -d {}"),
    ("api put", "APIS/dnszones/a -d {}"),
    ("api post", "APIS/dnszones -d {}"),
    ("api delete", "APIS/dnszones/a --yes"),
    ("delete", "dnszones a --ignore-not-found --yes"),
    ("service-accounts create", "canary"),
    ("service-accounts list", ""),
    ("service-accounts get", "canary"),
    ("service-accounts grant", "canary --role viewer"),
    ("service-accounts roles", "canary"),
    ("service-accounts keys create", "--account canary --output-file KEY"),
    ("service-accounts keys list", "--account canary"),
    ("service-accounts keys rotate", "--account canary --output-file KEY"),
    ("service-accounts keys revoke", "--account canary none --yes"),
    ("service-accounts revoke-role", "canary --role viewer"),
    ("service-accounts disable", "canary"),
    ("service-accounts enable", "canary"),
    ("service-accounts delete", "canary --yes"),
    ("login", "--credentials FILE --no-context"),
    ("auth login", "--credentials FILE --no-context"),
    ("logout", "ada@example.com"),
    ("auth logout", "--all"),
    ("emulator exec", "-- true"),
];

/// What cannot succeed with words alone, or answers "no".
const MAY_FAIL: [&str; 6] = ["auth org", "api put", "api post", "api patch", "diff", "service-accounts keys revoke"];

/// Serves until it is stopped, and knows no session.
const LEFT_OUT: [&str; 1] = ["emulator start"];

const ZONES: &str = "/apis/dns.networking.miloapis.com/v1alpha1/namespaces/default";

/// The words of a run at the highest verbosity.
fn words(world: &World, command: &str, arguments: &str) -> Vec<String> {
    let path = |name: &str| world.scratch(name).to_str().expect("UTF-8").to_owned();
    let fill = |word: &str| match word {
        "ZONE" => path("zone.yaml"),
        "KEY" => path("key.json"),
        "FILE" => path("datum-credentials.json"),
        _ => word.replace("APIS", ZONES),
    };
    ["-vvv"]
        .into_iter()
        .chain(command.split(' '))
        .map(str::to_owned)
        .chain(arguments.split_whitespace().map(fill))
        .collect()
}

/// A person at work, everything at hand that the commands need, and the trace at its loudest.
fn at_work() -> World {
    let mut world = World::ada();
    for (name, value) in
        [("RUST_LOG", "trace"), ("DATUM_PROJECT", "staging-d4e5f6"), ("EDITOR", "true"), ("BROWSER", "true")]
    {
        world.set(name, value);
    }
    let zone = "apiVersion: dns.networking.miloapis.com/v1alpha1\nkind: DNSZone\nmetadata: {name: a}\n\
                spec: {domainName: a.example, dnsZoneClassName: datum}\n";
    std::fs::write(world.scratch("zone.yaml"), zone).expect("a manifest");
    world.keeper("key.json");
    world.credentials_file();
    world
}

/// Runs every command, and answers how each ended.
fn run_all(world: &World) -> Vec<(String, Output)> {
    let run = |(command, arguments): &(&str, &str)| {
        let output = world.run(words(world, command, arguments));
        RAN.fetch_add(1, Ordering::Relaxed);
        assert!([0, 1, 2, 4, 5, 6, 7].contains(&output.status), "{command}\n{output}");
        ((*command).to_owned(), output)
    };
    RUNS.iter().map(run).collect()
}

static RAN: AtomicUsize = AtomicUsize::new(0);

#[test]
fn every_command_is_among_them() {
    let all = tree();
    let is_leaf = |path: &str| !path.is_empty() && !all.iter().any(|other| other.starts_with(&format!("{path} ")));
    let missing: Vec<&String> = all
        .iter()
        .filter(|path| is_leaf(path))
        .filter(|path| !LEFT_OUT.contains(&path.as_str()) && !RUNS.iter().any(|(command, _)| command == path))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}

/// What is wrong while all commands run.
enum Trouble {
    None,
    /// A fault of the emulator.
    Fault(&'static str),
    /// A server in place of the API that repeats what it was sent, in every way that is shown of an answer.
    Echo(u16),
}

const TROUBLES: [Trouble; 7] = [
    Trouble::None,
    Trouble::Fault("api:status=501,body=no"),
    Trouble::Fault("api:status=401"),
    Trouble::Fault("api:garbage"),
    Trouble::Fault("token.refresh:error=invalid_grant"),
    Trouble::Echo(400),
    Trouble::Echo(403),
];

fn echo(status: u16) -> Recorder {
    Recorder::start(move |_, request| {
        let said = format!("{} {}", request.head.replace("\r\n", " "), request.body);
        (status, json!({"kind": "Status", "code": status, "reason": said, "message": said}).to_string())
    })
}

impl Trouble {
    fn run(&self) {
        let mut world = at_work();
        match self {
            Self::None => return all_work(&world),
            Self::Fault(fault) => {
                world.expire("ada@example.com");
                world.fault(fault);
            }
            Self::Echo(status) => {
                let echo = echo(*status);
                world.set("DATUM_API_HOSTNAME", echo.url());
                let _ = world.login("ada@example.com");
                let _ = run_all(&world);
                assert!(echo.requests().iter().any(|request| request.head.contains("emulator-access-")));
                return;
            }
        }
        let failed = run_all(&world).iter().filter(|(_, output)| output.status != 0).count();
        assert!(failed > 20, "only {failed} of {} failed", RUNS.len());
    }
}

fn all_work(world: &World) {
    let ended = run_all(world);
    let failed = ended.iter().filter(|(command, output)| output.status != 0 && !MAY_FAIL.contains(&command.as_str()));
    let failed: Vec<String> = failed.map(|(command, output)| format!("{command}\n{output}")).collect();
    assert!(failed.is_empty(), "{}", failed.join("\n"));
    let kubeconfig = std::fs::read_to_string(world.home().join(".kube/config")).expect("a kubeconfig");
    assert!(kubeconfig.contains("exec:") && !kubeconfig.contains("token:"), "{kubeconfig}");
    assert!(world.secrets().iter().all(|secret| !kubeconfig.contains(secret)), "{kubeconfig}");
}

// OUT-05, OUT-07, OUT-13, OUT-14
#[test]
fn no_command_says_a_secret_however_loud_it_is_and_however_it_ends() {
    sweep(TROUBLES.len(), TROUBLES.len(), || (), |(), number| TROUBLES[number].run());
    let ran = RAN.load(Ordering::Relaxed);
    figure(&format!("{ran} runs at -vvv ({} commands, as they work and in 6 troubles): 0 secrets", RUNS.len()));
}

// OUT-05
#[test]
fn a_login_at_a_hostile_provider_says_no_secret_however_loud_it_is() {
    let ambush = Ambush::new();
    let _ = ambush.login_with(&["-vvv", "login"]).success();
    for (path, answer) in [
        ("/token", Answer::error("invalid_grant")),
        ("/token", Answer::redirect(302, "https://evil.example/?code=stolen")),
        ("/token", Answer::Reset),
        ("/keys", Answer::text(500, "", "")),
        ("/keys", Answer::text(200, "", "<html>")),
    ] {
        ambush.provider.behave();
        ambush.provider.always(path, answer);
        let output = ambush.login_with(&["-vvv", "login"]);
        assert!([4, 5, 7].contains(&output.status), "{output}");
    }
    // A server that says the secret of the request in its own words.
    ambush.provider.behave();
    ambush.provider.on("/token", |request, _| {
        let said = format!(
            "{} {}",
            request.form("code").unwrap_or_default(),
            request.form("code_verifier").unwrap_or_default()
        );
        Some(Answer::json(400, &json!({"error": said, "error_description": said})))
    });
    let output = ambush.login_with(&["-vvv", "login"]).exits(4);
    let request = &ambush.provider.requests("/token")[0];
    for field in ["code", "code_verifier"] {
        let secret = request.form(field).expect("a field");
        assert!(!output.stderr.contains(&secret), "{field}\n{output}");
    }
}
