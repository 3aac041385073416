//! Every target over its seeds and over mutations of them, the same at every run.

use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use super::mutate::Mutator;

/// The time one execution may take of a processor.
const LIMIT: Duration = Duration::from_secs(1);
/// Where the mutations begin, unless `FUZZ_SEED` says otherwise.
const SEED: u64 = 42;

/// A number for one run, from the environment: `FUZZ_SEED`, and `FUZZ_TIMES` as many mutations.
fn asked(variable: &str, otherwise: u64) -> u64 {
    std::env::var(variable).map_or(otherwise, |text| text.parse().expect("a number above 0"))
}

/// Shows the input that a target was looking at when it failed.
struct Witness<'a>(&'a str, &'a [u8]);

impl Drop for Witness<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let Self(what, data) = self;
            println!("{what}:\n{}", data.escape_ascii());
        }
    }
}

fn run(name: &str, target: fn(&[u8]) -> bool, mutations: usize) {
    let seeds = seeds(name);
    let mut accepted = 0;
    let mut execute = |what: &str, data: &[u8]| {
        let witness = Witness(what, data);
        let begun = (Instant::now(), processor_time());
        accepted += usize::from(target(data));
        // Other tests share the processor; only where it took long does it matter who used it.
        let took = begun.0.elapsed();
        let took =
            if took > LIMIT { processor_time().zip(begun.1).map_or(took, |(now, then)| now - then) } else { took };
        assert!(took < LIMIT, "{took:?}");
        drop(witness);
    };
    for (path, data) in &seeds {
        execute(path, data);
    }
    let seed = asked("FUZZ_SEED", SEED);
    let mutations = mutations * usize::try_from(asked("FUZZ_TIMES", 1)).expect("a small number");
    let mut mutator = Mutator::new(seed, &seeds);
    for number in 0..mutations {
        execute(&format!("mutation {number} of seed {seed}"), &mutator.next());
    }
    let executions = seeds.len() + mutations;
    // Past the harness, which shows nothing of a test that passes.
    let figure = format!("figure: {name}: {executions} executions, {accepted} accepted (seed {seed})\n");
    std::io::stderr().write_all(figure.as_bytes()).expect("a place for figures");
    assert!(accepted > 0, "{name} accepts nothing, so it proves nothing");
}

/// The files below `fuzz/seeds/NAME`, by name.
fn seeds(name: &str) -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds").join(name);
    let entries = std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let paths = entries.map(|entry| entry.expect("a directory entry").path());
    let mut seeds: Vec<_> =
        paths.map(|path| (path.display().to_string(), std::fs::read(&path).expect("readable"))).collect();
    seeds.sort();
    assert!(!seeds.is_empty(), "{name} has no seeds");
    seeds
}

/// What this thread has used of a processor, where the system tells.
fn processor_time() -> Option<Duration> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    text.split(' ').next()?.parse().ok().map(Duration::from_nanos)
}

/// A test for each target, and a file of `fuzz/fuzz_targets` and a binary in `fuzz/Cargo.toml` for each test.
macro_rules! targets {
    ($($name:ident: $mutations:literal,)*) => {
        $(#[test]
        fn $name() {
            run(stringify!($name), super::$name, $mutations);
        })*

        #[test]
        fn every_target_is_a_program_for_long_runs_and_has_seeds() {
            let repository = Path::new(env!("CARGO_MANIFEST_DIR"));
            let names = [$(stringify!($name)),*];
            let manifest = std::fs::read_to_string(repository.join("fuzz/Cargo.toml")).expect("a manifest");
            for name in names {
                let program = repository.join(format!("fuzz/fuzz_targets/{name}.rs"));
                let program = std::fs::read_to_string(program).expect(name);
                assert!(program.contains(&format!("datumctl::fuzzing::{name}(data)")), "{program}");
                assert!(manifest.contains(&format!("name = \"{name}\"\npath = \"fuzz_targets/{name}.rs\"\n")), "{name}");
            }
            for (folder, files) in [("seeds", names.len()), ("fuzz_targets", names.len())] {
                let found = std::fs::read_dir(repository.join("fuzz").join(folder)).expect(folder).count();
                assert_eq!(found, files, "fuzz/{folder} has what nobody runs");
            }
            assert_eq!(manifest.matches("[[bin]]").count(), names.len());
        }
    };
}

targets! {
    callback_http: 4000,
    config_yaml: 2000,
    credentials_json: 4000,
    device_response: 4000,
    discovery: 4000,
    jwks: 4000,
    jwt_verify: 1600,
    kubeconfig_merge: 2000,
    service_account_file: 800,
    term_sanitize: 8000,
    token_response: 4000,
}
