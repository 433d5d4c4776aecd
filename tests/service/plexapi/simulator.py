"""Starts and stops plexsim, and speaks to its control API."""

import http.client
import json
import os
import pathlib
import signal
import subprocess
import time
import unittest
import urllib.parse
import xml.etree.ElementTree as ElementTree

TOKEN = "plexsim-token"
LIBRARY = pathlib.Path(__file__).parents[2] / "sim/data/plex-library.json"
DEADLINE = 10  # seconds that a condition may take to come true


class Simulator:
    """One running plexsim."""

    def __init__(self, *options, library=LIBRARY):
        program = os.path.join(os.environ["PLEXSYNC_BIN"], "sim", "plexsim")
        command = [program, "--library", str(library), *options]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        if not line.startswith("plexsim: "):
            raise RuntimeError("plexsim did not start")
        self.url = line.split()[1]
        self.address = self.url.removeprefix("http://")

    def stop(self):
        """Ends it as a supervisor does; gives the exit code."""
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(DEADLINE)
        self.process.stdout.close()
        return code

    def connect(self):
        return http.client.HTTPConnection(self.address, timeout=DEADLINE)

    def request(self, method, path, headers=None, token=TOKEN, body=None, **query):
        """A raw request: (status, headers, body). A query key may end in operators."""
        if query:
            path += "?" + urllib.parse.urlencode(query)
        headers = dict(headers or {})
        if token:
            headers.setdefault("X-Plex-Token", token)
        connection = self.connect()
        try:
            connection.request(method, path, body=body, headers=headers)
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()
        finally:
            connection.close()

    def xml(self, path, **query):
        status, _, body = self.request("GET", path, **query)
        if status != 200:
            raise AssertionError(f"{path}: {status}")
        return ElementTree.fromstring(body)

    def control(self, method, path, value=None):
        body = None if value is None else json.dumps(value)
        status, _, answer = self.request(method, "/_sim/" + path, token=None, body=body)
        answer = json.loads(answer)
        if status != 200:
            raise RuntimeError(answer["error"])
        return answer

    def item(self, key):
        return self.control("GET", f"items/{key}")

    def fault(self, **rule):
        return self.control("POST", "faults", rule)["ids"][0]


def wait_until(condition):
    """Waits for a condition, with a deadline; gives what it gave."""
    end = time.monotonic() + DEADLINE
    while time.monotonic() < end:
        result = condition()
        if result:
            return result
        time.sleep(0.02)
    raise AssertionError("the condition did not come true")


class SimulatorCase(unittest.TestCase):
    """A fresh simulator for each test, which must see no violation and end cleanly."""

    options = ()

    def setUp(self):
        self.sim = Simulator("--scan-delay-ms", "50", *self.options)
        self.addCleanup(self.end)
        self.violations = 0

    def end(self):
        seen = self.sim.control("GET", "violations")
        self.assertEqual(self.sim.stop(), 0)
        self.assertEqual(seen["count"], self.violations, seen)
