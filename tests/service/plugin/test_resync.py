"""The task "Resync everything" of the installed plugin, against the real producer and a simulated Stash.

Usage: test_resync.py PRODUCER KAFKASIM STASHSIM"""

import concurrent.futures
import json
import sys
import tempfile
import unittest

import test_sweep
from rig import Broker, Producer, records, wait_until
from stash import PackageSource, Plugin
from test_sweep import Stash, library

PRODUCER, KAFKASIM, test_sweep.STASHSIM = sys.argv[1:4]
TOKEN = "canary-5e0d-token"
SCENES = 60
DONE = f"the resync is done: {SCENES} of {SCENES} scenes compared, {SCENES} announced"


class ResyncEverything(unittest.TestCase):
    def setUp(self):
        self.broker = self.enterContext(Broker(KAFKASIM))
        self.pool = self.enterContext(concurrent.futures.ThreadPoolExecutor(1))

    def start(self, stash, rate=1000):
        """A producer, and the plugin as it was installed from there."""
        settings = {"SWEEP_RATE": str(rate), "RECONCILE_INTERVAL": "0", "API_TOKEN": TOKEN}
        if stash:
            settings["STASH_URL"] = stash.url
        self.producer = self.enterContext(Producer(PRODUCER, self.broker.bootstrap, **settings))
        source = PackageSource(f"http://127.0.0.1:{self.producer.port}/stash/index.yml")
        self.plugin = Plugin(source.install(self.enterContext(tempfile.TemporaryDirectory())))

    def resync(self, token=TOKEN):
        return self.plugin.task("Resync everything", environment={"PLEXSYNC_API_TOKEN": token})

    def ask(self, method, path, body=None):
        answer = self.producer.request(method, path, body, {"Authorization": f"Bearer {TOKEN}"})
        self.assertLess(answer.status, 300, answer)
        return answer.json

    def current(self):
        return self.ask("GET", "/v1/sweeps/current")

    def answered(self, route, code):
        """How many requests were."""
        return self.producer.metric(f'http_requests_total{{route="{route}",code="{code}"}}')

    def announced(self):
        return sorted({int(r["key"]) for r in records(self.broker.bootstrap) if json.loads(r["payload"])["action"] == "resync"})

    def test_shows_how_far_it_is_and_ends_when_all_is_announced(self):
        self.start(self.enterContext(Stash(library(SCENES))), rate=30)
        said, lines = self.resync()
        self.assertEqual(said, {"output": DONE})
        shown = [float(text) for level, text in lines if level == "p"]
        self.assertEqual(shown, sorted(shown))
        self.assertEqual(shown[-1], 1)
        self.assertTrue(any(0 < number < 1 for number in shown), shown)
        self.assertEqual([line for line in lines if line[0] != "p"], [("i", "the producer has started a full sweep"), ("i", DONE)])
        self.assertEqual(self.announced(), list(range(1, SCENES + 1)))
        self.assertEqual(self.current()["last"]["mode"], "full")

    def test_comes_after_a_sweep_of_what_changed_that_runs_already(self):
        stash = self.enterContext(Stash(library(SCENES)))
        stash.fault(path="/graphql", hold=True, count=1)
        self.start(stash)
        self.ask("POST", "/v1/sweeps", b'{"mode":"changed"}')
        wait_until(lambda: stash.control("GET", "held")["held"], "the sweep's first question")
        task = self.pool.submit(self.resync)
        wait_until(lambda: self.answered("/v1/sweeps", 409), "the task's being told that a sweep runs")
        stash.control("POST", "held")
        said, lines = task.result()
        self.assertEqual(said, {"output": DONE})
        self.assertEqual([text for level, text in lines if level == "i"],
                         ["a sweep is running already: following it", "the producer has started a full sweep", DONE])
        self.assertEqual(self.current()["last"]["mode"], "full")

    def test_waits_for_stash_and_says_so(self):
        stash = self.enterContext(Stash(library(SCENES)))
        stash.kill()
        self.start(stash)
        task = self.pool.submit(self.resync)
        wait_until(lambda: self.current()["state"] == "waiting", "the sweep waiting")
        seen = self.answered("/v1/sweeps/current", 200)
        wait_until(lambda: self.answered("/v1/sweeps/current", 200) >= seen + 2, "the task's looking at it")
        stash.start()
        said, lines = task.result()
        self.assertEqual(said, {"output": DONE})
        waits = [text for level, text in lines if level == "i" and "Stash at " in text]
        self.assertEqual(len(waits), 1, lines)

    def test_says_that_the_producer_knows_no_stash(self):
        self.start(None)
        said, lines = self.resync()
        self.assertRegex(said["error"], r"^the resync was not started: the producer says .*stash_url.*\(HTTP 409\)")
        self.assertEqual(lines[-1][0], "e")

    def test_says_that_the_producer_is_away(self):
        self.start(None)
        self.producer.process.kill()
        self.producer.wait()
        said, _ = self.resync()
        self.assertIn("the resync was not started: no connection to the producer", said["error"])

    def test_says_that_the_token_is_wrong(self):
        self.start(None)
        said, _ = self.resync("wrong")
        self.assertRegex(said["error"], r"^the resync was not started: .*\(HTTP 401\)")

    def test_says_why_stash_refuses_the_producer(self):
        self.start(self.enterContext(Stash(library(3), "--api-key", "canary-stash-key")))
        said, lines = self.resync()
        self.assertRegex(said["error"], "^the resync is failed: .*set stash_api_key")
        self.assertEqual(lines[-1][0], "e")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[4:])
