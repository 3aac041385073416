"""What the benchmarks share: the binaries, the C programs, and runs in turns."""

import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / "target" / "bench"
BUILT = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
MUSL = f"{platform.machine()}-unknown-linux-musl"


def installed(binary, name):
    """A copy, as an installation makes one: what a linker has just written is cached in small pieces and starts slower."""
    OUT.joinpath(name).mkdir(exist_ok=True)
    return Path(shutil.copy(binary, OUT / name / "datumctl"))


def build_dynamic():
    say("building the release binary")
    subprocess.run(["cargo", "build", "--release", "--locked", "--quiet"], check=True)
    return BUILT / "release/datumctl"


def build_static():
    """The static binary; None where it cannot be built, which is said."""
    if not has_musl_target():
        say(f"NOT MEASURED: static musl, as the Rust target {MUSL} cannot be installed here")
        return None
    say("building the static release binary")
    command = ["cargo", "build", "--release", "--locked", "--quiet", "--target", MUSL]
    # For the C parts of the dependencies; rustc brings musl itself.
    compiler = {f"CC_{MUSL.replace('-', '_')}": "musl-gcc"}
    subprocess.run(command, check=True, env=os.environ | compiler)
    return BUILT / f"{MUSL}/release/datumctl"


def has_musl_target():
    library = subprocess.run(["rustc", "--print", "target-libdir", "--target", MUSL], capture_output=True, text=True)
    if Path(library.stdout.strip()).is_dir():
        return True
    if not shutil.which("rustup"):
        return False
    return subprocess.run(["rustup", "target", "add", MUSL], capture_output=True, timeout=300).returncode == 0


def compile_c(name, compiler, *flags):
    program = OUT / "-".join([name, *(flag.strip("-") for flag in flags)])
    source = ROOT / f"benches/{name}.c"
    subprocess.run([compiler, "-O2", "-Wall", "-Wextra", *flags, "-o", program, source], check=True)
    return program


def interleaved(rounds, commands):
    """Runs `commands` in turns; for each its runs as `(nanoseconds, KiB, page faults)`. Leading words NAME=VALUE are environment."""
    words = [str(word) for command in commands for word in ["--", *command]]
    lines = subprocess.run([OUT / "measure-static", str(rounds), *words], capture_output=True, text=True)
    if lines.returncode != 0:
        sys.exit(f"measuring failed: {lines.stderr}")
    runs = [[] for _ in commands]
    for line in lines.stdout.splitlines():
        which, *figures = map(int, line.split())
        runs[which].append(tuple(figures))
    return runs


def say(text):
    print(text, file=sys.stderr, flush=True)
