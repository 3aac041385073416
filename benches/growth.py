"""Homes with the metadata of many sessions and contexts, of which one acts."""

import json
import shutil
from pathlib import Path


def grown(source, target, count):
    """A copy of the home `source` whose config knows `count` more sessions, each with a context."""
    shutil.copytree(source, target)
    config = Path(target, "config")
    text = config.read_text()
    names = [f"person-{number:05}@example.com@api.example.com" for number in range(count)]
    contexts = [{"name": f"{name}/org-{number:05}", "organization-id": f"org-{number:05}", "session": name}
                for number, name in enumerate(names)]
    sessions = [{"name": name, "endpoint": {"auth-hostname": "auth.example.com", "server": "https://api.example.com"},
                 "user-email": name.rsplit("@", 1)[0], "user-key": name.rsplit("@", 1)[0] + "@auth.example.com",
                 "user-name": name} for name in names]
    for key, entries in [("contexts", contexts), ("sessions", sessions)]:
        # JSON is YAML: an entry a line.
        lines = "".join(f"- {json.dumps(entry)}\n" for entry in entries)
        text = text.replace(f"\n{key}:\n", f"\n{key}:\n{lines}", 1)
    config.write_text(text)
    Path(target, "active.json").unlink(missing_ok=True)
