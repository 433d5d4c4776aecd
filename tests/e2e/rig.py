"""Real programs, a real Kafka, simulated Plex and Stash: what the end-to-end cases stand on.

Everything listens on loopback, on ports that were free; every process that a rig started ends with it.
"""

import base64
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time
import traceback
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("PLEXSYNC_BUILD", ROOT / "build/dev"))
BIN = BUILD / "bin"
FIXTURES = ROOT / "tests/fixtures"
PATIENCE_S = 60
TOKEN = "canary-plex-token-5f3a"
PRODUCER_TOKEN = "canary-api-token-91bc"


def wait_until(what, condition, seconds=PATIENCE_S):
    """Polls until `condition()` is true, and returns what it gave."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(0.05)


def http(method, url, body=None, headers=None):
    """Status and body; any status is fine."""
    data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
    request = urllib.request.Request(url, data=data, method=method, headers=headers or {})
    if data is not None and "Content-type" not in request.headers:
        request.add_header("Content-Type", "application/json")
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


class Process:
    """A program whose output goes to a file."""

    def __init__(self, log, command, env=None):
        self.log = log
        with open(log, "ab") as out:
            self.process = subprocess.Popen(
                [str(part) for part in command],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                env={**os.environ, **(env or {})},
            )

    def text(self):
        return self.log.read_text(errors="replace")

    def wait_for(self, pattern, seconds=PATIENCE_S):
        def look():
            found = re.search(pattern, self.text())
            if not found and self.process.poll() is not None:
                raise AssertionError(f"{self.log.name} ended with {self.process.returncode}:\n{self.text()[-4000:]}")
            return found

        return wait_until(f"{pattern} in {self.log.name}:\n{self.text()[-4000:]}", look, seconds)

    def stop(self, by=signal.SIGTERM):
        """Ends it and returns its status."""
        if self.process.poll() is None:
            self.process.send_signal(by)
        return self.process.wait(timeout=30)


def reader_python():
    """The Python that has the independent Kafka client."""
    return subprocess.run([ROOT / "tests/venv", BUILD, "kafka", ROOT / "tests/kafka/requirements.txt"],
                          check=True, capture_output=True, text=True).stdout.strip()


class RealBroker:
    """One real Kafka, for all cases."""

    settings = {"KAFKA_GROUP_INSTANCE_ID": "one"}  # a killed member is back at once

    def __init__(self, version):
        self.name = f"Kafka {version}"
        (BUILD / "e2e").mkdir(parents=True, exist_ok=True)
        self.directory = tempfile.mkdtemp(prefix="kafka.", dir=BUILD / "e2e")
        self.python = reader_python()
        self.run("install", version)
        self.run("start", version, self.directory)
        self.bootstrap = pathlib.Path(self.directory, "bootstrap").read_text().strip()

    def run(self, *arguments):
        return subprocess.run([ROOT / "tests/kafka/broker", *map(str, arguments)], check=True, text=True,
                              stdout=subprocess.PIPE).stdout

    def prepare(self, rig):
        """Topics are created by the services."""
        return self.bootstrap

    def stop(self):
        self.run("kill", self.directory)
        subprocess.run(["rm", "-rf", self.directory], check=True)

    def committed(self, group):
        """Offsets that the group committed, by partition, as Kafka's own tool shows them."""
        text = self.run("tool", self.directory, "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand",
                        "--describe", "--group", group)
        rows = re.findall(r"scene-events\s+(\d+)\s+(\d+|-)\s+(\d+)", text)
        return {int(partition): None if offset == "-" else int(offset) for partition, offset, _ in rows}

    def read(self, bootstrap, topic):
        """All records, by a reader that shares no code with ours."""
        lines = subprocess.run([self.python, ROOT / "tests/kafka/reader.py", bootstrap, topic],
                               check=True, capture_output=True, text=True).stdout.splitlines()
        return [json.loads(line) for line in lines]


class EmbeddedBroker:
    """kafkasim, one for each case: it has no admin API, so it makes the topics at its start."""

    name = "kafkasim"
    settings = {"KAFKA_SESSION_TIMEOUT_MS": "6000"}  # it knows no static membership

    def __init__(self):
        (BUILD / "e2e").mkdir(parents=True, exist_ok=True)

    def prepare(self, rig):
        kafkasim = rig.start("kafkasim", [BIN / "sim/kafkasim", "--prefix", rig.prefix])
        return kafkasim.wait_for(r"kafkasim: (\S+)").group(1)

    def stop(self):
        """It ended with its rig."""

    def committed(self, group):
        """Cannot be asked for."""
        return None

    def read(self, bootstrap, topic):
        """By kcat, record for record: the independent reader does not understand the mock's Fetch."""
        def kcat(*arguments):
            return subprocess.run(["kcat", "-C", "-q", "-e", "-b", bootstrap, "-t", topic, "-X", "fetch.wait.max.ms=10",
                                   *arguments], check=True, stdout=subprocess.PIPE).stdout

        records = []
        for line in kcat("-o", "beginning", "-f", "%p %o %S\\n").decode().splitlines():
            partition, offset, size = map(int, line.split())
            place = ("-p", str(partition), "-o", str(offset), "-c", "1")
            value = kcat(*place, "-f", "%s") if size >= 0 else None
            names = json.loads(kcat(*place, "-J").decode(errors="replace"))["headers"] if size >= 0 else []
            records.append({
                "partition": partition,
                "offset": offset,
                "key": kcat(*place, "-f", "%k").decode(),
                "value": None if value is None else value.decode(errors="replace"),
                "value_base64": None if value is None else base64.b64encode(value).decode(),
                "headers": [{"name": name, "value": text} for name, text in zip(names[::2], names[1::2])],
            })
        return sorted(records, key=lambda record: (record["partition"], record["offset"]))


class Rig:
    """One case: its own topics, group, simulators and services."""

    def __init__(self, broker, name, **settings):
        self.broker = broker
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix=f"{name}.", dir=BUILD / "e2e"))
        self.prefix = f"{name.replace('_', '-')}."
        self.processes = []
        self.bootstrap = broker.prepare(self)
        self.settings = {
            "KAFKA_BOOTSTRAP_SERVERS": self.bootstrap,
            "TOPIC_PREFIX": self.prefix,
            "KAFKA_GROUP_ID": self.prefix + "group",
            "SETTLE_WINDOW": "200ms",
            "BREAKER_PROBE_MIN": "300ms",
            "BREAKER_PROBE_MAX": "1s",
            "RETRY_MIN": "200ms",
            "RETRY_MAX": "500ms",
            "NOT_FOUND_RETRY_MIN": "1s",
            "NOT_FOUND_RETRY_MAX": "1s",
            "PLEX_TOKEN": TOKEN,
            "LOG_LEVEL": "debug",
            "RECONCILE_INTERVAL": "0",  # a case that wants a sweep says so
            **broker.settings,
            **settings,
        }
        self.plexsim = self.start("plexsim", [BIN / "sim/plexsim", "--listen", "127.0.0.1:0", "--token", TOKEN,
                                              "--library", ROOT / "tests/sim/data/plex-library.json"])
        self.plex = self.url_of(self.plexsim)
        self.stashsim = self.start("stashsim", [BIN / "sim/stashsim", "--listen", "127.0.0.1:0",
                                                "--data", ROOT / "tests/sim/data/stash-scenes.json"])
        self.stash = self.url_of(self.stashsim)
        self.settings["PLEX_URL"] = self.plex
        self.settings.setdefault("STASH_URL", self.stash)
        self.producer = self.start_producer()
        self.consumer = self.start_consumer()

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        for process in reversed(self.processes):
            process.stop(signal.SIGKILL)
        if kind is None:
            subprocess.run(["rm", "-rf", self.directory], check=True)
        else:
            for process in self.processes:
                print(f"---- {process.log.name}\n{process.text()[-6000:]}")

    def start(self, name, command, env=None):
        process = Process(self.directory / f"{name}.log", command, env)
        self.processes.append(process)
        return process

    def url_of(self, simulator):
        return simulator.wait_for(r"(http://127\.0\.0\.1:\d+)").group(1)

    def start_producer(self):
        producer = self.start("producer", [BIN / "plexsync-producer", "--listen", "127.0.0.1:0"],
                              {**self.settings, "API_TOKEN": PRODUCER_TOKEN})
        port = producer.wait_for(r"event=ready .*\bport=(\d+)").group(1)
        self.producer_url = f"http://127.0.0.1:{port}"
        return producer

    def start_consumer(self):
        known = len((self.directory / "consumer.log").read_text()) if (self.directory / "consumer.log").exists() else 0
        consumer = self.start("consumer", [BIN / "plexsync-consumer", "--admin-listen", "127.0.0.1:0"], self.settings)
        wait_until("the consumer's ready line", lambda: (consumer.process.poll() is None or consumer.wait_for("$^"))
                   and re.search(r"event=ready .*\badmin_port=(\d+)", consumer.text()[known:]))
        port = re.findall(r"event=ready .*\badmin_port=(\d+)", consumer.text())[-1]
        self.consumer_url = f"http://127.0.0.1:{port}"
        return consumer

    def wait_ready(self):
        wait_until(f"the consumer ready:\n{self.consumer.text()[-3000:]}",
                   lambda: http("GET", self.consumer_url + "/readyz")[0] == 200)

    # Stash's side

    def hook(self, payload):
        """Runs the real hook as Stash does, and returns its one line."""
        done = subprocess.run([BIN / "plexsync-hook"], input=payload, capture_output=True, timeout=10, check=True,
                              env={"PLEXSYNC_PRODUCER_URL": self.producer_url, "PLEXSYNC_API_TOKEN": PRODUCER_TOKEN,
                                   "PLEXSYNC_SPOOL_DIR": str(self.directory)})
        assert done.stdout.count(b"\n") <= 1, done.stdout
        return json.loads(done.stdout)

    def hook_fixture(self, name):
        return self.hook((FIXTURES / "stash-hooks" / name).read_bytes())

    def event(self, **fields):
        status, body = http("POST", self.producer_url + "/v1/events", fields,
                            {"Authorization": f"Bearer {PRODUCER_TOKEN}"})
        return status, json.loads(body)

    def edit_scene(self, scene, **fields):
        status, body = http("PUT", f"{self.stash}/_sim/scenes/{scene}", fields)
        assert status == 200, body

    # Plex's side

    def item(self, key):
        status, body = http("GET", f"{self.plex}/_sim/items/{key}")
        assert status == 200, body
        return json.loads(body)

    def read_item(self, key):
        """By python-plexapi, the client that Plex users trust."""
        python = subprocess.run([ROOT / "tests/venv", BUILD, "plexapi", ROOT / "tests/service/plexapi/requirements.txt"],
                                check=True, capture_output=True, text=True).stdout.strip()
        done = subprocess.run([python, ROOT / "tests/e2e/plexreader.py", self.plex, TOKEN, str(key)], check=True,
                              capture_output=True, text=True, env={**os.environ, "PLEXAPI_CONFIG_PATH": "/dev/null"})
        return json.loads(done.stdout)

    def wait_line(self, pattern):
        """Waits for a line of the consumer."""
        return self.consumer.wait_for(pattern)

    def requests(self, method, path):
        entries = json.loads(http("GET", self.plex + "/_sim/requests")[1])
        entries = entries.get("requests", entries) if isinstance(entries, dict) else entries
        return [entry for entry in entries if entry["method"] == method and entry["path"].startswith(path)]

    def edits(self):
        return [e for e in self.requests("PUT", "/library/") if not e["path"].startswith("/_sim")]

    def violations(self):
        return json.loads(http("GET", self.plex + "/_sim/violations")[1])["count"]

    def fault(self, where, **rule):
        status, body = http("POST", f"{where}/_sim/faults", rule)
        assert status in (200, 201, 204), (status, body)

    def mend(self, where):
        assert http("DELETE", f"{where}/_sim/faults")[0] in (200, 204)

    # Kafka's side

    def topic(self, name):
        return self.broker.read(self.bootstrap, self.prefix + name)

    def stamps(self):
        """The newest stamp of each scene."""
        return {r["key"]: json.loads(r["value"]) for r in self.topic("sync-timestamps") if r["value"] is not None}

    def wait_stamp(self, scene, *outcomes):
        """Waits for the consumer's line first: reading a topic costs a process."""
        def look():
            stamp = self.stamps().get(str(scene), {})
            return stamp if stamp.get("outcome") in outcomes else None

        return wait_until(f"stamp {outcomes} of scene {scene}:\n{self.consumer.text()[-3000:]}", look)

    def committed(self):
        """By partition; None where the broker cannot tell."""
        return self.broker.committed(self.prefix + "group")


def run_cases(cases, kafka, *chosen):
    """Runs the cases, all or the chosen ones, on one broker: a version of Kafka, or `kafkasim`. The exit status."""
    broker = EmbeddedBroker() if kafka == "kafkasim" else RealBroker(kafka)
    failed = 0
    try:
        for case in cases:
            if chosen and case.__name__ not in chosen:
                continue
            started = time.monotonic()
            try:
                case(broker)
                word = "ok"
            except Exception:  # pylint: disable=broad-except
                traceback.print_exc(file=sys.stdout)
                word = "FAILED"
                failed += 1
            print(f"{word:6} {time.monotonic() - started:5.1f} s  {broker.name}: {case.__name__.replace('_', ' ')}", flush=True)
    finally:
        broker.stop()
    return 1 if failed else 0
