"""Programs of others that answer the same question, set up so that each finds its token where it usually keeps it."""

import os
import shutil
import subprocess
from pathlib import Path

TOKEN = "a-token-of-the-benchmark"


def others(place):
    """Name, environment and command of those that are here and answer; the rest is named with the reason."""
    place = Path(place)
    candidates = [
        ("gh auth token", gh(place), ["gh", "auth", "token", "--hostname", "github.com"]),
        ("gcloud auth print-access-token", gcloud(place), ["gcloud", "auth", "print-access-token"]),
        ("kubectl version --client", {"HOME": str(place)}, ["kubectl", "version", "--client"]),
    ]
    found, missing = [], []
    for name, environment, command in candidates:
        program = shutil.which(command[0])
        if program is None:
            missing.append((name, "not on this machine"))
            continue
        done = subprocess.run([program, *command[1:]], env=os.environ | environment, capture_output=True, text=True)
        if done.returncode != 0:
            missing.append((name, (done.stderr.splitlines() or ["failed"])[0]))
            continue
        words = [f"{key}={value}" for key, value in environment.items()]
        found.append((name, [*words, program, *command[1:]]))
    return found, missing


def gh(place):
    folder = place / "gh"
    folder.mkdir(exist_ok=True)
    hosts = folder / "hosts.yml"
    hosts.write_text(f"github.com:\n    user: ada\n    oauth_token: {TOKEN}\n    git_protocol: https\n")
    hosts.chmod(0o600)
    return {"GH_CONFIG_DIR": str(folder), "GH_NO_UPDATE_NOTIFIER": "1"}


def gcloud(place):
    folder = place / "gcloud"
    folder.mkdir(exist_ok=True)
    token = folder / "token"
    token.write_text(TOKEN)
    return {"CLOUDSDK_CONFIG": str(folder), "CLOUDSDK_AUTH_ACCESS_TOKEN_FILE": str(token),
            "CLOUDSDK_CORE_DISABLE_USAGE_REPORTING": "1"}
