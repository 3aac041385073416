"""An emulator behind TLS, and homes that are signed in there, for as long as a benchmark runs."""

import contextlib
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

PERSON = "ada@example.com"

NGINX = """
master_process off; daemon off; pid {place}/nginx.pid; error_log {place}/error.log;
events {{ worker_connections 2048; }}
http {{
  access_log off; client_max_body_size 0; proxy_max_temp_file_size 0; proxy_buffers 64 64k; proxy_buffer_size 64k;
  client_body_temp_path {place}; proxy_temp_path {place}; fastcgi_temp_path {place};
  scgi_temp_path {place}; uwsgi_temp_path {place};
  keepalive_requests 1000000;
  upstream emulator {{ server {upstream}; keepalive 256; keepalive_requests 1000000; }}
  server {{
    listen 127.0.0.1:{port} ssl http2; ssl_protocols TLSv1.2 TLSv1.3; ssl_certificate {place}/cert.pem; ssl_certificate_key {place}/key.pem;
    location / {{
      proxy_pass http://emulator; proxy_http_version 1.1;
      proxy_set_header Connection ""; proxy_set_header Host {upstream};
    }}
  }}
}}
"""


def sign_in(binary, home, store):
    """Makes `home` with a session of the emulator's first person. Its token outlives the emulator by hours."""
    with tempfile.TemporaryDirectory() as links:
        Path(links, "datumctl").symlink_to(Path(binary).resolve())
        script = 'export DATUMCTL_HOME="$1" DATUMCTL_CREDENTIAL_STORE="$2"; datumctl login --no-context && datumctl auth get-token'
        command = [binary, "emulator", "exec", "--", "sh", "-c", script, "sh", home, store]
        done = subprocess.run(command, capture_output=True, text=True,
                              env=os.environ | {"PATH": f"{links}:{os.environ['PATH']}"})
    if done.returncode != 0:
        sys.exit(f"signing in at the emulator failed ({done.returncode}):\n{done.stderr}")


class Served(contextlib.ExitStack):
    """An emulator with one organization, TLS in front of it, and homes that are signed in there."""

    def __init__(self, place, binary):
        super().__init__()
        self.place, self.binary = place, binary

    def start_emulator(self, projects, *flags):
        """Starts an emulator in which Ada owns `acme` with these projects."""
        self.projects = projects
        seed = {"people": [{"id": "331234567890123401", "email": PERSON, "given_name": "Ada", "family_name": "Lovelace"}],
                "organizations": [{"name": "acme", "display_name": "Acme", "onboarding": "Ready",
                                   "projects": [{"name": name, "display_name": name} for name in projects]}],
                "memberships": [{"organization": "acme", "member": PERSON, "roles": ["owner"]}]}
        self.place.joinpath("seed.json").write_text(json.dumps(seed))
        command = [self.binary, "emulator", "start", "--seed", self.place / "seed.json", *flags]
        emulator = self.keep(subprocess.Popen(command, stdout=subprocess.PIPE, text=True))
        ready = json.loads(emulator.stdout.readline())
        self.url = ready["url"]
        os.environ |= {"DATUM_AUTH_HOSTNAME": self.url, "DATUM_CLIENT_ID": ready["client_id"],
                       "BROWSER": f"{self.binary} emulator sign-in", "DATUMCTL_CREDENTIAL_STORE": "file"}

    def start_tls(self):
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        upstream = self.url.removeprefix("http://")
        certificate = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                       "-days", "2", "-subj", "/CN=emulator", "-addext", "subjectAltName=IP:127.0.0.1",
                       "-addext", "basicConstraints=critical,CA:FALSE", "-keyout", self.place / "key.pem",
                       "-out", self.place / "cert.pem"]
        subprocess.run(certificate, check=True, capture_output=True)
        self.place.joinpath("nginx.conf").write_text(NGINX.format(place=self.place, upstream=upstream, port=port))
        self.keep(subprocess.Popen(["nginx", "-p", self.place, "-c", self.place / "nginx.conf"]))
        self.tls = f"https://127.0.0.1:{port}"
        os.environ["SSL_CERT_FILE"] = str(self.place / "cert.pem")
        while socket.socket().connect_ex(("127.0.0.1", port)) != 0:
            time.sleep(0.05)

    def keep(self, process):
        self.callback(lambda: (process.terminate(), process.wait()))
        return process

    def sign_in(self, home, server, auth=None):
        """Signs Ada in at the identity server `auth`, the emulator itself without, for the API server `server`."""
        more = ["--hostname", auth, "--client-id", os.environ["DATUM_CLIENT_ID"]] if auth else []
        subprocess.run([self.binary, "login", "--api-hostname", server, *more], env=self.environment(home), check=True,
                       capture_output=True)
        self.run(home, "ctx", "use", f"acme/{self.projects[0]}")

    def refresh_at(self, home, server):
        """Sends the refreshes of a home through `server`: the same provider behind TLS."""
        store = self.place / home / "credentials.json"
        text = store.read_text()
        if f"{self.url}/oauth/v2/token" not in text:
            sys.exit("the stored token endpoint is not where it was")
        store.write_text(text.replace(f"{self.url}/oauth/v2/token", f"{server}/oauth/v2/token"))

    def environment(self, home):
        return os.environ | {"DATUMCTL_HOME": str(self.place / home)}

    def run(self, home, *words):
        done = subprocess.run([self.binary, *words], env=self.environment(home), capture_output=True, text=True)
        return done.stdout if done.returncode == 0 else sys.exit(f"datumctl {words}: {done.stderr}")

    def ours(self, home, *words):
        return [f"DATUMCTL_HOME={self.place / home}", self.binary, *words]

    def lever(self, path, body, method="POST"):
        data = body.encode() if isinstance(body, str) else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}/_emulator/{path}", data, method=method)
        with urllib.request.urlopen(request) as answer:
            return answer.read()

    def read(self, path):
        with urllib.request.urlopen(f"{self.url}/_emulator/{path}") as answer:
            return answer.read()

    def requests(self):
        """How many requests there have been."""
        return json.loads(self.read("journal?since=0"))["last"]
