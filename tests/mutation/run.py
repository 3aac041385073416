"""Every mutation of cargo-mutants's list, each tried with the tests that reach it. tests/mutants calls this.

One build holds all mutations behind a switch (tests/mutation/src/main.rs), DATUMCTL_MUTANT says which one is on. Every
test runs once alone and says which mutations it reached; a mutation is then tried with those tests only, the library's
first, promising ones first. What stands in a constant, or does not compile behind a switch, gets a build of its own.
"""

import argparse
import collections
import concurrent.futures
import contextlib
import functools
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
WORK = ROOT / "target/mutants"
TREE = WORK / "tree"

# Which tests are tried on all mutations, and seconds of tests that one may take; and on one that needs a build of its own.
ROUNDS = [("lib", 600), ("it", 60), ("it", 600)]
ALONE = 120

HOOK = """
//! Says which mutation is on: `DATUMCTL_MUTANT` is a number, or `record:FILE` to note those that are asked for.
use std::io::Write;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

static MODE: OnceLock<Option<String>> = OnceLock::new();
static ON: OnceLock<Option<usize>> = OnceLock::new();
static SEEN: [AtomicBool; 8192] = [const { AtomicBool::new(false) }; 8192];

pub(crate) fn on(id: usize) -> bool {
    let mode = MODE.get_or_init(|| std::env::var("DATUMCTL_MUTANT").ok());
    if let Some(path) = mode.as_deref().and_then(|mode| mode.strip_prefix("record:")) {
        if !SEEN[id].swap(true, Ordering::Relaxed) {
            if let Ok(mut file) = std::fs::File::options().append(true).open(path) {
                let _ = file.write_all(format!("{id}\\n").as_bytes());
            }
        }
        return false;
    }
    *ON.get_or_init(|| mode.as_deref().and_then(|mode| mode.parse().ok())) == Some(id)
}
"""
# Tests clear the environment of what they start; the switch has to reach it all the same.
PASSED_ON = '.env_clear().envs(std::env::var_os("DATUMCTL_MUTANT").map(|value| ("DATUMCTL_MUTANT", value)))'


def cargo(*words, **options):
    environment = dict(os.environ, CARGO_TARGET_DIR=str(WORK / "target"), CARGO_PROFILE_DEV_DEBUG="none", RUSTFLAGS="--cap-lints=allow")
    return subprocess.run(["cargo", *words], cwd=TREE, env=environment, stdin=subprocess.DEVNULL, text=True, **options)


def list_mutations():
    listed = subprocess.run(["cargo", "mutants", "--list", "--json"], cwd=ROOT, check=True, capture_output=True, text=True)
    WORK.mkdir(parents=True, exist_ok=True)
    (WORK / "list.json").write_text(listed.stdout)
    return json.loads(listed.stdout)


def write_tree(ids):
    """The sources with those mutations; returns the ids that have no place behind a switch."""
    files = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, check=True, capture_output=True, text=True).stdout.split("\n")
    new = WORK / "new"
    shutil.rmtree(new, ignore_errors=True)
    for name in filter(None, files):
        source, target = ROOT / name, new / name
        if source.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target)
    (WORK / "ids.json").write_text(json.dumps(sorted(ids)))
    tool = [str(WORK / "tool/release/mutation"), str(WORK / "list.json"), str(new), str(WORK / "ids.json")]
    left_out = json.loads(subprocess.run(tool, check=True, stdout=subprocess.PIPE, text=True).stdout)
    (new / "src/mutant.rs").write_text(HOOK)
    library = new / "src/lib.rs"
    library.write_text(library.read_text().replace("\nmod api;", "\nmod mutant;\nmod api;", 1))
    for file in (new / "tests/it").rglob("*.rs"):
        text = file.read_text()
        if ".env_clear()" in text:
            file.write_text(text.replace(".env_clear()", PASSED_ON))
    # What did not change keeps its time, so that cargo builds no more than it has to.
    for file in filter(pathlib.Path.is_file, new.rglob("*")):
        target = TREE / file.relative_to(new)
        if not target.is_file() or target.read_bytes() != file.read_bytes():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(file, target)
    return set(left_out)


def write_alone(mutation):
    """The sources with this mutation and no switch."""
    write_tree(set())
    file = TREE / mutation["file"]
    lines = file.read_text().splitlines(True)
    (start, end) = (mutation["span"][edge] for edge in ("start", "end"))
    before = "".join(lines[: start["line"] - 1]) + lines[start["line"] - 1][: start["column"] - 1]
    after = lines[end["line"] - 1][end["column"] - 1 :] + "".join(lines[end["line"] :])
    file.write_text(before + mutation["replacement"] + after)


def faulty(stdout):
    """What the compiler said of each mutation that it blames, and the mutations that fail only for standing behind a switch."""
    blamed, alone, unknown = {}, set(), []
    for line in stdout.splitlines():
        entry = json.loads(line) if line.startswith("{") else {}
        message = entry.get("message")
        if entry.get("reason") != "compiler-message" or message["level"] != "error" or not message["spans"]:
            continue
        ids = [found for span in all_spans(message) if (found := enclosing(span)) is not None]
        if ids:
            blamed.setdefault(ids[0], message["rendered"])
        elif near := neighbours(message["spans"][0], (message["code"] or {}).get("code")):
            alone |= near
        else:
            unknown.append(message["rendered"])
    return blamed, alone, unknown


def neighbours(span, code):
    """Two values of one `impl Trait` differ, and a match with guards is never complete: the error then stands beside the switch."""
    text = (TREE / span["file_name"]).read_bytes().decode()
    before, after = text[: span["byte_start"]], text[span["byte_start"] :]
    if code == "E0004":
        return {int(found) for found in re.findall(r" if /\*<(\d+)\*/", "".join(after.splitlines(True)[:40]))}
    return {int(found) for found in re.findall(r"/\*<(\d+)\*/ return", before)[-1:]} if code == "E0308" else set()


def all_spans(message):
    spans = sorted(message["spans"], key=lambda span: not span["is_primary"])
    return spans + [span for child in message["children"] for span in child["spans"]]


def enclosing(span):
    path = TREE / span["file_name"]
    if not path.is_file():
        return None
    before = path.read_bytes()[: span["byte_start"]].decode(errors="replace")
    still_open = []
    for begin, end in re.findall(r"/\*(?:<(\d+)|(\d+)>)\*/", before):
        if begin:
            still_open.append(int(begin))
        elif int(end) in still_open:
            still_open.remove(int(end))
    return still_open[-1] if still_open else None


def build(count):
    """Builds all mutations that compile; returns their ids, and what the compiler said of the others."""
    ids, alone, refused = set(range(count)), set(), {}
    while True:
        alone |= write_tree(ids)
        ids -= alone
        built = cargo("rustc", "--locked", "--lib", "--profile", "test", "--message-format=json", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if built.returncode == 0:
            break
        blamed, beside, unknown = faulty(built.stdout)
        print(f"  {len(blamed)} do not compile, {len(beside)} not behind a switch", flush=True)
        if not blamed and not beside:
            sys.exit("\n".join(unknown) or built.stderr[-4000:])
        refused.update(blamed)
        alone |= beside - set(blamed)
        ids -= set(blamed) | beside
    return ids, alone, refused


def binaries():
    """The test binaries of the tree as it is; None where it does not compile."""
    built = cargo("test", "--locked", "--lib", "--test", "it", "--no-run", "--message-format=json", stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    if built.returncode:
        return None
    found = {}
    for line in built.stdout.splitlines():
        entry = json.loads(line) if line.startswith("{") else {}
        if entry.get("reason") == "compiler-artifact" and entry["profile"]["test"] and entry.get("executable"):
            found["it" if entry["target"]["name"] == "it" else "lib"] = entry["executable"]
    return found


def end_group(process):
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


class Tests:
    """The tests of one binary: which mutations each reaches, and how long it takes."""

    def __init__(self, name, binary, skip):
        self.name, self.binary = name, binary
        listed = subprocess.run([binary, "--list", "--format", "terse"], cwd=TREE, check=True, capture_output=True, text=True).stdout
        self.names = [line.removesuffix(": test") for line in listed.splitlines() if line.endswith(": test")]
        self.names = [name for name in self.names if not any(name.startswith(word) for word in skip)]
        self.seconds, self.reached = {}, {}

    def run(self, names, switch, limit, threads):
        """The first test that fails; None when all pass. The whole group ends with it, or when time is over."""
        environment = dict(os.environ, DATUMCTL_MUTANT=str(switch), RUST_TEST_THREADS=str(threads))
        process = subprocess.Popen(
            [self.binary, "--exact", *names], cwd=TREE, env=environment, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, errors="replace", start_new_session=True,
        )
        late = threading.Timer(limit, end_group, [process])
        late.start()
        failed, ended = None, False
        for line in process.stdout:
            if found := re.match(r"test (\S+) \.\.\. FAILED", line):
                failed = found[1]
                break
            ended |= line.startswith("test result: ok")
        late.cancel()
        end_group(process)
        process.wait()
        process.stdout.close()
        return failed or (None if ended else "no end")

    def record(self, name):
        file = WORK / "reached" / f"{self.name}-{name.replace(':', '_')}"
        file.write_text("")
        os.chmod(file, 0o666)
        started = time.monotonic()
        failed = self.run([name], f"record:{file}", 300, 1)
        return name, failed, time.monotonic() - started, [int(line) for line in file.read_text().split()]

    def record_all(self, workers):
        """Runs those that have no record yet."""
        (WORK / "reached").mkdir(parents=True, exist_ok=True)
        with concurrent.futures.ThreadPoolExecutor(workers) as pool:
            recorded = list(pool.map(self.record, [name for name in self.names if name not in self.seconds]))
        self.seconds |= {name: seconds for name, failed, seconds, _ in recorded if not failed}
        self.reached |= {name: ids for name, failed, _, ids in recorded if not failed}
        left = [name for name, failed, *_ in recorded if failed]
        print(f"  {self.name}: {len(self.seconds)} tests took {sum(self.seconds.values()):.0f} s, {len(left)} fail alone: {left[:20]}", flush=True)

    @functools.cached_property
    def reach_count(self):
        return collections.Counter(identity for reached in self.reached.values() for identity in reached)

    def reaching(self, ids):
        return [name for name, reached in self.reached.items() if not ids.isdisjoint(reached)]

    def notices(self, names, switch, patience):
        """The first of these tests that notices the mutation. None when none does before `patience`, in seconds of tests, is
        over; a test that would take a large part of that is not asked."""
        names = [name for name in names if self.seconds[name] < patience / 6]
        while names and patience > 0:
            part, names = names[:8], names[8:]
            expected = sum(self.seconds[name] for name in part)
            patience -= expected
            result = self.run(part, switch, 60 + 3 * expected, 4)
            if result == "no end":
                return f"no end of {' '.join(part)}"
            # On a busy machine a test may fail for being slow, and where a part is missing it always does.
            if result and self.fails_alone(result, switch) and self.is_sound(result):
                return result
        return None

    def fails_alone(self, name, switch):
        return self.run([name], switch, 60 + 5 * self.seconds[name], 1)

    @functools.lru_cache(maxsize=None)
    def is_sound(self, name):
        """Whether the test passes on this machine while no mutation is on."""
        return not self.fails_alone(name, "none")


class Trial:
    """Tries mutations, and writes down what noticed them."""

    def __init__(self, mutations, library, integration):
        self.mutations, self.library, self.integration = mutations, library, integration
        self.noticed = collections.Counter()
        self.results = (WORK / "results.jsonl").open("a")

    def behind_a_switch(self, ids, workers):
        """The library's tests first, for all: they are quick. Then the binary's for what is left, a few and at last many."""
        for tests, patience in ROUNDS:
            tests = self.integration if tests == "it" else self.library
            attempt = lambda identity: self.is_noticed(identity, {identity}, tests, identity, patience)
            with concurrent.futures.ThreadPoolExecutor(workers) as pool:
                tried = list(pool.map(attempt, ids))
            ids = [identity for identity, noticed in zip(ids, tried) if not noticed]
            print(f"  {tests.name}, {patience} s of tests: {len(ids)} mutations left", flush=True)
        for identity in ids:
            self.note(identity, "missed", None)

    def alone(self, identity):
        """A mutation that needs a build of its own is tried with the tests that reach anything in its file."""
        write_alone(self.mutations[identity])
        found = binaries()
        if found is None:
            return self.note(identity, "refused", None)
        self.library.binary, self.integration.binary = found["lib"], found["it"]
        ids = self.in_file(identity)
        if not any(self.is_noticed(identity, ids, tests, "none", ALONE) for tests in (self.library, self.integration)):
            self.note(identity, "missed", None)

    def in_file(self, identity):
        file = self.mutations[identity]["file"]
        return {other for other, mutation in enumerate(self.mutations) if mutation["file"] == file}

    def is_noticed(self, identity, ids, tests, switch, patience):
        """Tries the promising tests first: those that noticed something in this function or file, then those that reach
        what few others reach there, and quickly."""
        mutation = self.mutations[identity]
        file, function = mutation["file"], (mutation["function"] or {}).get("function_name")
        worth = {other: (4 if self.mutations[other]["function"] == mutation["function"] else 1) / tests.reach_count[other]
                 for other in self.in_file(identity) if tests.reach_count[other]}

        def promise(name):
            rare = sum(worth.get(other, 0) for other in tests.reached[name])
            known = 4 * self.noticed[file, function, name] + self.noticed[file, name]
            return -(rare + known) / (tests.seconds[name] + 0.2) ** 0.5

        noticed = tests.notices(sorted(tests.reaching(ids), key=promise), switch, patience)
        if noticed:
            self.noticed[file, noticed] += 1
            self.noticed[file, function, noticed] += 1
            self.note(identity, tests.name, noticed)
        return bool(noticed)

    def note(self, identity, where, by):
        name = self.mutations[identity]["name"]
        self.results.write(json.dumps({"id": identity, "name": name, "where": where, "by": by}) + "\n")
        self.results.flush()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    parser.add_argument("--shard", default="0/1", help="K/N: every Nth mutation from the Kth on")
    parser.add_argument("--go-on", action="store_true", help="with what an earlier run found out, of the same sources")
    options = parser.parse_args()
    shard, of = map(int, options.shard.split("/"))

    mutations = list_mutations()
    subprocess.run(["cargo", "build", "--release", "--locked", "--quiet", "--manifest-path", str(ROOT / "tests/mutation/Cargo.toml")],
                   env=dict(os.environ, CARGO_TARGET_DIR=str(WORK / "tool")), check=True)
    started = time.monotonic()
    ids, alone, refused = build(len(mutations))
    (WORK / "refused.json").write_text(json.dumps({mutations[identity]["name"]: said for identity, said in refused.items()}, indent=1))
    (WORK / "alone.txt").write_text("".join(mutations[identity]["name"] + "\n" for identity in sorted(alone)))
    print(f"{len(mutations)} mutations: {len(ids)} behind switches, {len(refused)} do not compile, {len(alone)} need a build of their own "
          f"({time.monotonic() - started:.0f} s)", flush=True)
    found = binaries()
    lanes = [f"{path.name.removesuffix('.rs')}::" for path in (ROOT / "tests/it").glob("real_*")]
    lanes = [lane for lane in lanes if lane != "real_secret_service::"]
    library = Tests("lib", found["lib"], ["fuzzing::"])
    integration = Tests("it", found["it"], [*lanes, "storms::", "real_secret_service::storm::", "documents::", "matrix::", "architecture::", "conformance::", "command_tree::"])
    for tests, workers in ((library, options.workers), (integration, options.workers * 2)):
        kept = WORK / f"recorded-{tests.name}.json"
        if options.go_on and kept.is_file():
            tests.seconds, tests.reached = json.loads(kept.read_text())
        tests.record_all(workers)
        kept.write_text(json.dumps([tests.seconds, tests.reached]))
    print(f"recorded after {time.monotonic() - started:.0f} s", flush=True)

    # What was missed earlier is tried again: there may be more tests now.
    results = WORK / "results.jsonl"
    kept = [line for line in results.read_text().splitlines() if '"missed"' not in line] if options.go_on and results.exists() else []
    results.write_text("".join(f"{line}\n" for line in kept))
    done = {json.loads(line)["id"] for line in kept}
    trial = Trial(mutations, library, integration)
    chosen = {identity for identity in range(len(mutations)) if identity % of == shard} - done
    trial.behind_a_switch(sorted(ids & chosen), options.workers)
    for identity in sorted(alone & chosen):
        trial.alone(identity)
    report(refused)


def report(refused):
    results = [json.loads(line) for line in (WORK / "results.jsonl").read_text().splitlines()]
    counts = collections.Counter(result["where"] for result in results)
    noticed, missed = counts["lib"] + counts["it"], counts["missed"]
    print("".join(f"missed: {result['name']}\n" for result in results if result["where"] == "missed"), end="")
    print(f"figure: {noticed} of {noticed + missed} mutations noticed ({100 * noticed / (noticed + missed):.1f} %): {counts['lib']} by the "
          f"library's tests, {counts['it']} by integration tests; {len(refused) + counts['refused']} more do not compile")


if __name__ == "__main__":
    main()
