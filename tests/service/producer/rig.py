"""What the producer's tests share: the real binary, a broker beside it, requests, and the topic read back by kcat."""

import contextlib
import http.client
import json
import pathlib
import os
import re
import signal
import socket
import subprocess
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
FIXTURES = os.path.join(HERE, "..", "..", "fixtures")
TOPIC = "plexsync.scene-events"
PARTITIONS = 6
BOUND_S = 60  # only says that nothing hangs for ever; the machine may be busy


def wait_until(condition, what, bound_s=BOUND_S):
    """The first true result of `condition`; fails loudly when it does not come."""
    deadline = time.monotonic() + bound_s
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() > deadline:
            raise AssertionError(f"{what} did not happen within {bound_s} s")
        time.sleep(0.02)


def clean_environment(**more):
    """Nothing of the caller's settings reaches the program."""
    kept = {k: v for k, v in os.environ.items() if k in ("PATH", "HOME", "ASAN_OPTIONS", "UBSAN_OPTIONS", "LD_LIBRARY_PATH")}
    return {**kept, **more}


def run(binary, *arguments, **environment):
    return subprocess.run([binary, *arguments], env=clean_environment(**environment), stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=BOUND_S, check=False)


class Broker:
    """kafkasim as a program."""

    def __init__(self, binary, *arguments):
        self.process = subprocess.Popen([binary, *arguments], stdout=subprocess.PIPE, text=True)
        self.bootstrap = re.search(r"127\.0\.0\.1:\d+", self.process.stdout.readline()).group()

    def freeze(self):
        """Stops it, and waits until every thread has stopped: on a busy machine that takes its time."""
        self.process.send_signal(signal.SIGSTOP)
        tasks = pathlib.Path(f"/proc/{self.process.pid}/task")
        wait_until(lambda: all((task / "stat").read_text().rsplit(")", 1)[1].split()[0] == "T" for task in tasks.iterdir()),
                   "the broker being stopped")

    def thaw(self):
        self.process.send_signal(signal.SIGCONT)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill()
        self.process.stdout.close()


class Answer:
    def __init__(self, status, headers, body):
        self.status = status
        self.headers = {name.lower(): value for name, value in headers}
        self.body = body

    @property
    def json(self):
        return json.loads(self.body)

    def __repr__(self):
        return f"{self.status} {self.headers} {self.body!r}"


class Producer:
    """The real plexsync-producer on a free port. `log` is all that it wrote to standard error so far."""

    def __init__(self, binary, bootstrap, *arguments, ready=True, **environment):
        self._log = tempfile.TemporaryFile("w+")
        command = [binary, "--listen", "127.0.0.1:0", "--kafka-bootstrap-servers", bootstrap, *arguments]
        self.process = subprocess.Popen(command, env=clean_environment(**environment), stdin=subprocess.DEVNULL,
                                        stdout=self._log, stderr=self._log)
        if ready:
            line = wait_until(lambda: self.line("ready") or self.process.poll() is not None, "event=ready")
            if line is True:
                raise AssertionError(f"the producer ended: {self.log}")
            self.port = int(re.search(r" port=(\d+)", line).group(1))

    @property
    def log(self):
        self._log.flush()
        with open(f"/proc/self/fd/{self._log.fileno()}", encoding="utf-8") as file:
            return file.read()

    def line(self, event):
        return next((line for line in self.log.splitlines() if f" event={event}" in line), None)

    def request(self, method, path, body=None, headers=None, json_type=True):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=BOUND_S)
        headers = dict(headers or {})
        if json_type and body is not None:
            headers.setdefault("Content-Type", "application/json")
        with contextlib.closing(connection):
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            return Answer(response.status, response.getheaders(), response.read())

    def hook(self, body, **headers):
        return self.request("POST", "/v1/hooks/stash", body, headers)

    def event(self, value, headers=None):
        body = value if isinstance(value, bytes) else json.dumps(value).encode()
        return self.request("POST", "/v1/events", body, headers)

    def raw(self, data):
        """Sends bytes as they are; the answer up to the end of the connection or of its body."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=BOUND_S) as connection:
            connection.sendall(data)
            response = http.client.HTTPResponse(connection)
            response.begin()
            return Answer(response.status, response.getheaders(), response.read())

    def metric(self, series):
        for line in self.request("GET", "/metrics").body.decode().splitlines():
            if line.startswith(f"plexsync_{series} "):
                return float(line.split()[-1])
        return 0

    def terminate(self):
        self.process.terminate()

    def wait(self):
        return self.process.wait(timeout=BOUND_S)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self._log.close()


def records(bootstrap, topic=TOPIC):
    """All that is on the topic now, as kcat reads it."""
    output = subprocess.run(["kcat", "-C", "-q", "-e", "-J", "-o", "beginning", "-b", bootstrap, "-t", topic],
                            capture_output=True, check=True, timeout=BOUND_S).stdout
    found = []
    for line in output.splitlines():
        record = json.loads(line)
        names = record.get("headers", [])
        record["headers"] = dict(zip(names[::2], names[1::2]))
        found.append(record)
    return found


def murmur2(data):
    """Kafka's own partitioner, written from its Java source's description: what every Java client computes."""
    mask, m = 0xFFFFFFFF, 0x5BD1E995
    h = (0x9747B28C ^ len(data)) & mask
    whole = len(data) - len(data) % 4
    for at in range(0, whole, 4):
        k = int.from_bytes(data[at:at + 4], "little") * m & mask
        k = (k ^ k >> 24) * m & mask
        h = (h * m & mask) ^ k
    tail = data[whole:]
    if tail:
        h = (h ^ int.from_bytes(tail, "little")) * m & mask
    h = (h ^ h >> 13) * m & mask
    return h ^ h >> 15


def partition_of(key, partitions=PARTITIONS):
    return (murmur2(key.encode()) & 0x7FFFFFFF) % partitions
