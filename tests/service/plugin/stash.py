"""Stash, as a plugin meets it: the package manager, what it starts and how, and the GraphQL that the session may ask.

Written from the behaviour of Stash v0.30.1 (pkg/pkg, pkg/plugin)."""

import contextlib
import email.utils
import hashlib
import http.server
import io
import json
import os
import posixpath
import re
import stat
import subprocess
import threading
import urllib.parse
import urllib.request
import zipfile

from ruamel.yaml import YAML

TIMEOUT_S = 10  # of a download
MANIFEST_KEYS = {"name", "description", "url", "version", "exec", "interface", "errLog", "tasks", "hooks", "settings", "ui"}
OPERATION_KEYS = {"name", "description", "execArgs", "defaultArgs"}
TRIGGERS = {"Scene.Create.Post", "Scene.Update.Post", "Scene.Destroy.Post", "Tag.Update.Post", "Tag.Merge.Post",
            "Performer.Update.Post", "Studio.Update.Post", "Group.Update.Post"}
COOKIE = "MTc2ODExODg3M3xEWDhF-canary-session"


def parse(text):
    return YAML(typ="safe", pure=True).load(text)


def download(url, method="GET"):
    with urllib.request.urlopen(urllib.request.Request(url, method=method), timeout=TIMEOUT_S) as answer:
        return answer.headers, answer.read()


class PackageSource:
    """A source that was added in Stash; its index is kept until Last-Modified says that it has changed."""

    def __init__(self, url):
        self.url = url
        self.modified = self.index = None

    def packages(self):
        headers, body = download(self.url, "HEAD")
        assert body == b""
        modified = email.utils.parsedate_to_datetime(headers["Last-Modified"])
        if self.modified is None or modified > self.modified:
            self.modified, self.index = modified, parse(download(self.url)[1])
        return self.index

    def install(self, plugins, wanted="plexsync"):
        """As Stash does: nothing is written unless the checksum is right. Returns the plugin's directory."""
        package, = [p for p in self.packages() if p["id"] == wanted]
        assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", str(package["date"])), package["date"]
        url = urllib.parse.urljoin(self.url, package["path"])
        data = download(url)[1]
        if hashlib.sha256(data).hexdigest() != package["sha256"]:
            raise AssertionError("Stash would install nothing, and say nothing")
        directory = os.path.join(plugins, wanted)
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for entry in archive.infolist():
                name = posixpath.normpath(entry.filename)
                assert not name.startswith(("/", "..")), entry.filename
                path = os.path.join(directory, name)
                os.makedirs(os.path.dirname(path), exist_ok=True)
                with open(path, "wb") as file:
                    file.write(archive.read(entry))
                os.chmod(path, stat.S_IMODE(entry.external_attr >> 16))
        return directory


def strict(value, allowed):
    unknown = set(value) - allowed
    assert not unknown, f"Stash would not load a plugin with {unknown}"
    return value


class Plugin:
    """An installed plugin, started as its manifest says."""

    def __init__(self, directory, server=None):
        with open(os.path.join(directory, os.path.basename(directory) + ".yml"), encoding="utf-8") as file:
            self.manifest = strict(parse(file.read()), MANIFEST_KEYS)
        self.directory, self.server = directory, server
        assert self.manifest["interface"] == "raw"
        for hook in self.manifest["hooks"]:
            strict(hook, OPERATION_KEYS | {"triggeredBy"})
            assert set(hook["triggeredBy"]) <= TRIGGERS
        for task in self.manifest["tasks"]:
            strict(task, OPERATION_KEYS)
        for setting in self.manifest["settings"].values():
            strict(setting, {"type", "displayName", "description"})
            assert setting["type"] in ("STRING", "NUMBER", "BOOLEAN")

    def command(self):
        program, *arguments = self.manifest["exec"]
        return [program, *(a.replace("{pluginDir}", self.directory) for a in arguments)]

    def run(self, args, environment=None, prefix=()):
        """stdout as JSON, and the lines of stderr as (level, text)."""
        port = self.server.port if self.server else 1
        connection = {"Scheme": "http", "Host": "0.0.0.0", "Port": port, "Dir": "/", "PluginDir": self.directory,
                      "SessionCookie": {"Name": "session", "Value": COOKIE, "Quoted": False}}
        done = subprocess.run([*prefix, *self.command()], input=json.dumps({"server_connection": connection, "args": args}).encode(),
                              env={"PATH": os.environ["PATH"], **(environment or {})}, cwd="/", capture_output=True, timeout=60, check=True)
        assert COOKIE.encode() not in done.stdout + done.stderr
        lines = [re.fullmatch(r"\x01([tdiwep])\x02(.*)", line) for line in done.stderr.decode().splitlines()]
        return json.loads(done.stdout), [line.groups() for line in lines]

    def triggers(self):
        return {trigger for hook in self.manifest["hooks"] for trigger in hook["triggeredBy"]}

    def hook(self, number, what="Scene.Update", **more):
        return self.run({"hookContext": {"id": number, "type": f"{what}.Post", "input": None}}, **more)

    def task(self, name, **more):
        task, = [t for t in self.manifest["tasks"] if t["name"] == name]
        return self.run(task["defaultArgs"], **more)


class Server:
    """POST ROUTE answers what `answer(request)` says: (status, value). Keeps (method, path, headers, body) of all."""

    def __init__(self, answer):
        self.requests = []
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                request = (self.command, self.path, dict(self.headers), body)
                outer.requests.append(request)
                status, value = answer(request)
                text = json.dumps(value).encode()
                with contextlib.suppress(ConnectionError):
                    self.send_response(status)
                    self.send_header("Content-Length", str(len(text)))
                    self.end_headers()
                    self.wfile.write(text)

            do_GET = do_POST

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"

    def __enter__(self):
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


def stash_with(settings):
    """Stash's GraphQL, for whoever has the session; `settings` are those of our plugin."""

    def answer(request):
        _, path, headers, body = request
        if headers.get("Cookie") != f"session={COOKIE}":
            return 401, {}
        query = json.loads(body)["query"]
        assert path == "/graphql" and re.sub(r"\s", "", query) == '{configuration{plugins(include:["plexsync"])}}', query
        return 200, {"data": {"configuration": {"plugins": {"plexsync": settings} if settings else {}}}}

    return Server(answer)
