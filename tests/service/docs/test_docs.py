#!/usr/bin/env python3
"""Runs the shell blocks of README and the documents, as they stand there. Usage: test_docs.py BIN

The block that stays starts plexsync, beside stand-ins for Kafka, Plex and Stash; all others meet that. What cannot be
run here says so in a comment just before the block:

    <!-- run by PATH -->     another test (or script) does
    <!-- stays: … -->        it starts the services, and goes on for as long as they do
    <!-- answers STATUS -->  it shows a mistake: that is the status of curl's answer
    <!-- not run: WHY -->    it is for people alone"""

import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import unittest
import urllib.error
import urllib.request

from rig import BOUND_S, clean_environment, wait_until

ROOT = pathlib.Path(__file__).resolve().parents[3]
BIN = pathlib.Path(sys.argv[1]).resolve()
DOCUMENTS = ("README.md", "CONTRIBUTING.md", "SECURITY.md", "deploy/README.md", "hook/README.md", "docs/*.md")
OWN_TEST = {"docs/operations.md"}  # its recipes have a test of their own, with a real broker
TOKEN = "canary-docs-token"
BLOCK = re.compile(r"^(?:<!-- (?P<marker>[^\n]*) -->\n)?^```(?P<language>\S*)\n(?P<text>.*?)^```$", re.M | re.S)
SHELLS = {"bash", "shell", "console", "shell-session"}


class Block:
    def __init__(self, document, match):
        self.text = match["text"]
        self.place = f"{document}:{match.string.count(chr(10), 0, match.start('text'))}"
        marker = re.fullmatch(r"(run by|stays|answers|not run):? (.+)", match["marker"]) if match["marker"] else ("", "", "")
        assert marker, f"{self.place}: the comment before it is none of ours"
        self.kind, self.detail = marker[1], marker[2]


def blocks():
    for pattern in DOCUMENTS:
        for path in sorted(ROOT.glob(pattern)):
            document = str(path.relative_to(ROOT))
            if document in OWN_TEST:
                continue
            for match in BLOCK.finditer(path.read_text(encoding="utf-8")):
                assert match["language"] not in SHELLS, f"{document}: shell blocks begin with ```sh"
                if match["language"] == "sh":
                    yield Block(document, match)


class Stage:
    """Kafka, Plex and Stash, simulated, and plexsync as README starts it: in bash, on free ports."""

    def __init__(self, directory):
        self.directory = pathlib.Path(directory)
        self.processes = []
        (self.directory / ".curlrc").write_text("silent\nshow-error\nfail-with-body\n")
        (self.directory / "plex_token").write_text(TOKEN + "\n")
        data = ROOT / "tests/sim/data"
        self.places = {
            "build/release/bin/": f"{BIN}/",
            "127.0.0.1:9092": self.simulator("kafkasim"),
            "127.0.0.1:32400": self.simulator("plexsim", "--listen", "127.0.0.1:0", "--library", data / "plex-library.json", "--token", TOKEN),
            "127.0.0.1:9999": self.simulator("stashsim", "--listen", "127.0.0.1:0", "--data", data / "stash-scenes.json"),
        }
        # A slow sweep, and none by itself: one that a document starts still runs when the document ends it.
        self.environment = clean_environment(HOME=str(directory), CURL_HOME=str(directory), LISTEN="127.0.0.1:0", ADMIN_LISTEN="127.0.0.1:0",
                                             RECONCILE_INTERVAL="0", SWEEP_RATE="1")

    def simulator(self, name, *arguments):
        process = subprocess.Popen([BIN / "sim" / name, *arguments], stdout=subprocess.PIPE, text=True)
        self.processes.append(process)
        return re.search(r"127\.0\.0\.1:\d+", process.stdout.readline()).group()

    def command(self, text):
        for documented, here in self.places.items():
            text = text.replace(documented, here)
        return ["bash", "-euo", "pipefail", "-c", text]

    def log(self):
        return (self.directory / "log").read_text(encoding="utf-8")

    def start(self, block):
        """Until both services can do their work."""
        with open(self.directory / "log", "wb") as log:
            process = subprocess.Popen(self.command(block.text), env=self.environment, cwd=self.directory, stdin=subprocess.DEVNULL,
                                       stdout=log, stderr=log, start_new_session=True)
        self.processes.append(process)
        for documented, port in (("127.0.0.1:8590", "port"), ("127.0.0.1:8591", "admin_port")):
            pattern = re.compile(rf" event=ready .*\b{port}=(\d+)")
            found = wait_until(lambda p=pattern: p.search(self.log()) or process.poll() is not None, f"{block.place}: event=ready with {port}")
            assert found is not True, f"{block.place} has ended:\n{self.log()}"
            self.places[documented] = f"127.0.0.1:{found.group(1)}"
            wait_until(lambda d=documented: self.is_ready(self.places[d]), f"{block.place}: /readyz\n{self.log()[-2000:]}")

    @staticmethod
    def is_ready(address):
        try:
            with urllib.request.urlopen(f"http://{address}/readyz", timeout=BOUND_S) as answer:
                return answer.status == 200
        except urllib.error.HTTPError:
            return False

    def run(self, block):
        return subprocess.run(self.command(block.text), env=self.environment, cwd=self.directory, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=BOUND_S, check=False)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for process in reversed(self.processes):
            if os.getpgid(process.pid) == process.pid:
                os.killpg(process.pid, signal.SIGKILL)  # bash, and the services that it started
            process.kill()
            process.wait()
            if process.stdout:
                process.stdout.close()


class TheDocuments(unittest.TestCase):
    def setUp(self):
        self.blocks = list(blocks())
        self.stage = self.enterContext(Stage(self.enterContext(tempfile.TemporaryDirectory())))

    def expect(self, block):
        done = self.stage.run(block)
        said = f"{done.stdout}\n{done.stderr}"
        if block.kind == "answers":
            self.assertEqual(done.returncode, 22, said)  # curl's, for a status of 400 and more
            self.assertIn(f"error: {block.detail}", done.stderr)
        else:
            self.assertEqual(done.returncode, 0, said)

    def test_have_commands_that_work(self):
        staying = [b for b in self.blocks if b.kind == "stays"]
        self.assertEqual([b.place.split(":")[0] for b in staying], ["README.md"], "one block starts plexsync")
        self.stage.start(*staying)
        for block in self.blocks:
            with self.subTest(block.place):
                if block.kind == "run by":
                    self.assertTrue((ROOT / re.split("[: ]", block.detail)[0]).is_file(), f"there is no {block.detail}")
                elif block.kind not in ("stays", "not run"):
                    self.expect(block)
            print(f"{block.place}: {block.kind or 'run'} {block.detail}".rstrip(), file=sys.stderr)
        wait_until(lambda: re.search(r" event=scene scene=45 verdict=(synced|unchanged) ", self.stage.log()), "the scene that was announced by hand")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[2:])
