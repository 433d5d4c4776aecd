#!/usr/bin/env python3
"""Sweeps over a simulated Stash of 3,000 scenes, and what lands on the topic. Usage: test_sweep.py PRODUCER KAFKASIM STASHSIM"""

import json
import re
import signal
import subprocess
import sys
import tempfile
import unittest
import urllib.request

from rig import BOUND_S, Broker, Producer, clean_environment, partition_of, records, run, wait_until

PRODUCER, KAFKASIM, STASHSIM = "", "", ""  # set below
SCENES = 3000
SEEN = "2026-01-02T03:04:05Z"
CANARY = "canary-stash-key-77aa"
MASK = (1 << 64) - 1


def path_of(scene):
    return f"/data/{scene}.mp4"


def scene(number, **more):
    return {"id": str(number), "title": f"Scene {number}", "updated_at": SEEN,
            "files": [{"path": path_of(number)}], **more}


def library(count=SCENES):
    return {number: scene(number) for number in range(1, count + 1)}


def fnv1a(data):
    value = 0xCBF29CE484222325
    for byte in data:
        value = (value ^ byte) * 0x100000001B3 & MASK
    return value


def files_hash(*paths):
    """Of the sorted paths, as the consumer writes it into the stamp."""
    value = fnv1a(b"")
    for path in sorted(paths):
        value = fnv1a(value.to_bytes(8, "little") + fnv1a(path.encode()).to_bytes(8, "little"))
    return f"{value:x}"


def write_stamps(bootstrap, scenes, outcome="synced"):
    """As a consumer of an earlier time wrote them."""
    by_partition = {}
    for number in scenes:
        stamp = {"scene_id": str(number), "outcome": outcome, "seen_updated_at": SEEN, "updated_at": SEEN,
                 "observed_at": SEEN, "files": files_hash(path_of(number))}
        by_partition.setdefault(partition_of(str(number)), []).append(f"{number}\t{json.dumps(stamp)}\n")
    for partition, lines in by_partition.items():
        subprocess.run(["kcat", "-P", "-b", bootstrap, "-t", "plexsync.sync-timestamps", "-p", str(partition), "-K", "\t",
                        "-H", "plexsync-covers=5/1"], input="".join(lines), text=True, check=True, timeout=BOUND_S,
                       env=clean_environment())


class Stash:
    """stashsim as a program; a restart keeps its port."""

    def __init__(self, scenes, *arguments):
        self.data = tempfile.NamedTemporaryFile("w", suffix=".json")
        json.dump({"scenes": list(scenes.values())}, self.data)
        self.data.flush()
        self.arguments = arguments
        self.port = 0
        self.start()

    def start(self):
        self.process = subprocess.Popen(
            [STASHSIM, "--listen", f"127.0.0.1:{self.port}", "--data", self.data.name, *self.arguments],
            stdout=subprocess.PIPE, text=True)
        self.url = re.search(r"http://127\.0\.0\.1:(\d+)", self.process.stdout.readline())
        self.port = int(self.url.group(1))
        self.url = self.url.group()

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def control(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}/_sim/{path}", data, {"Content-Type": "application/json"}, method=method)
        with urllib.request.urlopen(request, timeout=BOUND_S) as answer:
            return json.loads(answer.read() or b"null")

    def fault(self, **rule):
        self.control("POST", "faults", rule)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill()
        self.data.close()


class Sweeps(unittest.TestCase):
    def setUp(self):
        self.broker = self.enterContext(Broker(KAFKASIM))

    def stash(self, scenes, *arguments):
        return self.enterContext(Stash(scenes, *arguments))

    def producer(self, stash, **settings):
        settings = {"SWEEP_RATE": "10000", "RECONCILE_INTERVAL": "0", **settings}
        if stash:
            settings["STASH_URL"] = stash.url
        return self.enterContext(Producer(PRODUCER, self.broker.bootstrap, **settings))

    def start(self, producer, **order):
        answer = producer.request("POST", "/v1/sweeps", json.dumps(order).encode())
        self.assertEqual(answer.status, 202, answer)
        self.assertEqual(answer.headers["location"], "/v1/sweeps/current")
        return answer.json

    def current(self, producer):
        answer = producer.request("GET", "/v1/sweeps/current")
        self.assertEqual(answer.status, 200, answer)
        return answer.json

    def end(self, producer):
        """What the sweep that ended last says of itself."""
        def look():
            found = self.current(producer)
            return found if found["state"] == "idle" and found["last"] else None
        return wait_until(look, f"the end of a sweep\n{producer.log[-3000:]}")["last"]

    def sweep(self, producer, **order):
        self.start(producer, **order)
        return self.end(producer)

    def published(self):
        """Scenes by action, as they are on the topic."""
        found = {"resync": [], "destroy": []}
        for record in records(self.broker.bootstrap):
            value = json.loads(record["payload"])
            self.assertEqual(record["headers"]["ce_source"], "/plexsync/sweep")
            self.assertEqual(record["partition"], partition_of(record["key"]))
            self.assertEqual(value, {"scene_id": record["key"], "action": value["action"]})
            found[value["action"]].append(int(record["key"]))
        return {action: sorted(scenes) for action, scenes in found.items()}


class ASweep(Sweeps):
    def test_publishes_every_scene_that_has_no_stamp(self):
        producer = self.producer(self.stash(library()))
        last = self.sweep(producer)
        self.assertEqual((last["state"], last["mode"]), ("done", "changed"))
        self.assertEqual((last["total"], last["walked"], last["published"]), (SCENES, SCENES, SCENES))
        self.assertEqual(self.published(), {"resync": list(range(1, SCENES + 1)), "destroy": []})
        self.assertEqual(producer.metric('sweeps_total{mode="changed",state="done"}'), 1)
        self.assertEqual(producer.metric('sweep_events_total{action="resync"}'), SCENES)
        self.assertIn("event=sweep_ended mode=changed state=done walked=3000 published=3000", producer.log)

    def test_publishes_what_differs_from_the_stamps_and_what_vanished(self):
        scenes = library()
        for number in range(100, 105):
            scenes[number]["updated_at"] = "2026-01-03T00:00:00+11:00"
        scenes[200]["updated_at"] = "2026-01-02T14:04:05+11:00"  # the same moment, another time zone
        scenes[300]["files"] = [{"path": "/data/moved/300.mp4"}]
        for number in range(400, 410):
            del scenes[number]
        write_stamps(self.broker.bootstrap, range(1, 2991))
        write_stamps(self.broker.bootstrap, [1, 2], "dead")
        last = self.sweep(self.producer(self.stash(scenes)))
        self.assertEqual(last["state"], "done")
        changed = [*range(100, 105), 300, *range(2991, 3001)]
        self.assertEqual(self.published(), {"resync": changed, "destroy": list(range(400, 410))})
        self.assertEqual(last["skipped"], {"unchanged": 2990 - len(changed), "unreadable": 0, "still_there": 0})
        self.assertEqual((last["vanished"], last["destroyed"], last["published"]), (10, 10, len(changed) + 10))

    def test_publishes_everything_when_it_is_full(self):
        write_stamps(self.broker.bootstrap, range(1, 301))
        last = self.sweep(self.producer(self.stash(library(300))), mode="full")
        self.assertEqual((last["mode"], last["state"]), ("full", "done"))
        self.assertEqual(self.published(), {"resync": list(range(1, 301)), "destroy": []})

    def test_survives_a_restart_of_stash_and_other_trouble(self):
        stash = self.stash(library())
        stash.fault(contains='"value":500', action="drop", count=1)
        stash.fault(contains='"value":750', action="html", count=1)
        stash.fault(contains='"value":1000', action="errors", count=1)
        stash.fault(contains='"value":1500', hold=True, count=1)
        stash.fault(contains='"value":2000', action="status", status=503, count=1)
        producer = self.producer(stash)
        self.start(producer)
        wait_until(lambda: stash.control("GET", "held")["held"], "the page after scene 1500")
        walked = self.current(producer)
        self.assertEqual((walked["walked"], walked["total"], walked["state"]), (1500, 3000, "running"))
        self.assertGreater(walked["rate"], 0)
        self.assertGreater(walked["eta_s"], 0)
        stash.kill()
        waiting = wait_until(lambda: (p := self.current(producer))["state"] == "waiting" and p, "the sweep waiting")
        self.assertRegex(waiting["detail"], "Stash at http.* (cannot be reached|gave no whole answer)")
        stash.start()
        last = self.end(producer)
        self.assertEqual((last["state"], last["walked"], last["published"]), ("done", SCENES, SCENES))
        self.assertEqual(self.published()["resync"], list(range(1, SCENES + 1)))
        asked = [json.loads(r["body"])["variables"]["scenes"]["id"]["value"] for r in stash.control("GET", "requests")]
        self.assertEqual(asked[0], 1500)

    def test_loses_nothing_while_kafka_is_away(self):
        stash = self.stash(library())
        stash.fault(contains='"value":500', hold=True, count=1)
        producer = self.producer(stash)
        self.start(producer)
        wait_until(lambda: stash.control("GET", "held")["held"], "the page after scene 500")
        self.broker.freeze()
        stash.control("POST", "held")
        wait_until(lambda: self.current(producer)["state"] == "waiting", "the sweep waiting for Kafka")
        self.assertLessEqual(self.current(producer)["walked"], 500 + 100)
        self.assertIn("Kafka", self.current(producer)["detail"])
        self.broker.thaw()
        self.assertEqual(self.end(producer)["state"], "done")
        self.assertEqual(sorted(set(self.published()["resync"])), list(range(1, SCENES + 1)))

    def test_destroys_nothing_when_stash_is_blank(self):
        write_stamps(self.broker.bootstrap, range(1, SCENES + 1))
        producer = self.producer(self.stash({}))
        for mode in ("changed", "full"):
            last = self.sweep(producer, mode=mode)
            self.assertEqual((last["state"], last["walked"], last["vanished"]), ("asking", 0, SCENES))
            self.assertIn('"max_vanished": 3000', last["detail"])
        self.assertIn("level=warn event=sweep_ended mode=changed state=asking", producer.log)
        self.assertEqual(self.published(), {"resync": [], "destroy": []})

    def test_destroys_nothing_when_it_is_another_stash(self):
        write_stamps(self.broker.bootstrap, range(1, SCENES + 1))
        last = self.sweep(self.producer(self.stash({n: scene(n, updated_at="2025-01-01T00:00:00Z") for n in range(1, 41)})))
        self.assertEqual((last["state"], last["vanished"]), ("asking", SCENES - 40))
        self.assertEqual(self.published(), {"resync": list(range(1, 41)), "destroy": []})

    def test_destroys_what_a_person_agreed_to(self):
        write_stamps(self.broker.bootstrap, range(1, 61))
        producer = self.producer(self.stash({}))
        self.assertEqual(self.sweep(producer, max_vanished=59)["state"], "asking")
        last = self.sweep(producer, max_vanished=60)
        self.assertEqual((last["state"], last["destroyed"]), ("done", 60))
        self.assertEqual(self.published(), {"resync": [], "destroy": list(range(1, 61))})

    def test_ends_with_a_plain_sentence_when_stash_refuses_it(self):
        guarded = self.stash(library(3), "--api-key", CANARY)
        open_one = self.stash(library(3))
        trapped = self.stash(library(3))
        trapped.fault(path="/graphql", action="login")
        for what, stash, key, sentence in (
                ("no key", guarded, "", "set stash_api_key"),
                ("a wrong key", guarded, "wrong-" + CANARY, "set stash_api_key"),
                ("a key that Stash does not have", open_one, CANARY, "leave it empty when Stash has none"),
                ("a login page", trapped, "", "Stash asks for a login"),
        ):
            with self.subTest(what):
                producer = self.producer(stash, STASH_API_KEY=key)
                last = self.sweep(producer)
                self.assertEqual(last["state"], "failed")
                self.assertIn(sentence, last["detail"])
                self.assertIn("level=warn event=sweep_ended", producer.log)
                self.assertNotIn(CANARY, producer.log + str(last))
        producer = self.producer(guarded, STASH_API_KEY=CANARY)
        self.assertEqual(self.sweep(producer)["state"], "done")
        self.assertNotIn(CANARY, producer.log)
        self.assertEqual(self.published()["resync"], [1, 2, 3])


    def test_waits_for_a_stash_that_does_not_answer(self):
        stash = self.stash(library(3))
        stash.fault(path="/graphql", hold=True, count=1)
        producer = self.producer(stash, READ_TIMEOUT="200ms")
        self.start(producer)
        wait_until(lambda: "event=sweep_waiting" in producer.log, "the sweep waiting")
        self.assertEqual(self.end(producer)["published"], 3)
        self.assertIn("event=sweep_goes_on", producer.log)


class TheSettings(unittest.TestCase):
    def test_say_what_is_wrong_with_the_address_of_stash(self):
        for url in ("stash:9999", "http://stash:9999/", "http://user@stash:9999"):
            with self.subTest(url):
                done = run(PRODUCER, "--check", STASH_URL=url)
                self.assertEqual(done.returncode, 2, done)
                self.assertIn("stash_url", done.stderr)


class TheRoutes(Sweeps):
    def problem(self, producer, method, status, body=None):
        path = "/v1/sweeps" if method == "POST" else "/v1/sweeps/current"
        answer = producer.request(method, path, body)
        self.assertEqual(answer.status, status, answer)
        self.assertEqual(answer.headers["content-type"], "application/problem+json")
        return answer.json

    def test_run_one_sweep_at_a_time_and_end_it(self):
        stash = self.stash(library())
        stash.fault(contains='"value":1000', hold=True, count=1)
        producer = self.producer(stash)
        self.assertEqual(self.current(producer), {"state": "idle", "last": None})
        self.problem(producer, "DELETE", 404)
        self.start(producer, mode="full")
        wait_until(lambda: stash.control("GET", "held")["held"], "the page after scene 1000")
        self.problem(producer, "POST", 409, b"{}")
        self.assertEqual(producer.metric("sweep_active"), 1)
        answer = producer.request("DELETE", "/v1/sweeps/current")
        self.assertEqual((answer.status, answer.json["state"]), (200, "cancelled"))
        self.problem(producer, "DELETE", 404)
        self.assertEqual(self.current(producer)["last"]["state"], "cancelled")
        self.assertEqual(producer.metric("sweep_active"), 0)
        stash.control("POST", "held")
        self.assertEqual(self.sweep(producer)["state"], "done")  # and the next one has its turn
        self.assertEqual(sorted(set(self.published()["resync"])), list(range(1, SCENES + 1)))

    def test_refuse_what_is_no_order(self):
        producer = self.producer(self.stash({}))
        for body, status, pointer in ((b"{", 400, ""), (b"[]", 422, ""), (b'{"mode":"all"}', 422, "/mode"),
                                      (b'{"mode":7}', 422, "/mode"), (b'{"max_vanished":-1}', 422, "/max_vanished"),
                                      (b'{"max_vanished":"9"}', 422, "/max_vanished")):
            with self.subTest(body):
                self.assertEqual(self.problem(producer, "POST", status, body)["pointer"], pointer)
        self.assertIsNone(self.current(producer)["last"])

    def test_say_so_when_there_is_no_stash(self):
        producer = self.producer(None)
        self.assertIn("stash_url", self.problem(producer, "POST", 409, b"{}")["detail"])
        self.assertEqual(self.current(producer), {"state": "idle", "last": None})

    def test_end_with_the_service(self):
        stash = self.stash(library())
        stash.fault(contains='"value":1000', hold=True, count=1)
        producer = self.producer(stash)
        self.start(producer)
        wait_until(lambda: stash.control("GET", "held")["held"], "the page after scene 1000")
        producer.terminate()
        self.assertEqual(producer.wait(), 0, producer.log)


class ByTheClock(Sweeps):
    def test_sweeps_run_at_the_start_and_again(self):
        producer = self.producer(self.stash(library(3)), RECONCILE_INTERVAL="1s")
        wait_until(lambda: producer.metric('sweeps_total{mode="changed",state="done"}') >= 3, "three sweeps")
        self.assertEqual(set(self.published()["resync"]), {1, 2, 3})

    def test_no_sweep_runs_without_an_interval(self):
        producer = self.producer(self.stash(library(3)))
        self.sweep(producer)
        self.assertEqual(producer.log.count("event=sweep_started"), 1)

    def test_a_slow_rate_is_kept(self):
        producer = self.producer(self.stash(library(100)), SWEEP_RATE="50")
        last = self.sweep(producer)
        self.assertGreater(last["duration_s"], 1.5)  # 102 at 50 in a second, less what may come at once


class FanOut(Sweeps):
    SCENES = {
        1: scene(1, tags=[{"id": "12", "name": "T"}], performers=[{"id": "12", "name": "P"}]),
        2: scene(2, tags=[{"id": "12", "name": "T"}, {"id": "13", "name": "U"}]),
        3: scene(3, studio={"id": "7", "name": "S"}),
        4: scene(4, studio={"id": "8", "name": "C", "parent_studio": {"id": "7", "name": "S"}}),
        5: scene(5, groups=[{"group": {"id": "12", "name": "G"}, "scene_index": 1}]),
        6: scene(6),
    }

    def hook(self, producer, kind, number, fields=("name", "id")):
        context = {"id": number, "type": kind, "input": {"id": str(number)}}
        if fields:
            context["inputFields"] = list(fields)
        answer = producer.hook(json.dumps({"args": {"hookContext": context}}).encode())
        self.assertEqual((answer.status, answer.json["status"]), (200, "skipped"), answer)
        return answer.json["reason"]

    def expect(self, producer, scenes):
        wait_until(lambda: producer.metric('sweeps_total{mode="touched",state="done"}') >= self.done, "the fan-out")
        self.done += 1
        found = self.published()["resync"]
        self.assertEqual(sorted(found), sorted(self.seen + scenes))
        self.seen = found

    def test_publishes_the_scenes_that_show_what_changed(self):
        self.seen, self.done = [], 1
        producer = self.producer(self.stash(self.SCENES), FAN_OUT="yes")
        for kind, number, fields, scenes in (
                ("Tag.Update.Post", 12, ("name", "id"), [1, 2]),
                ("Tag.Update.Post", 13, (), [2]),
                ("Tag.Merge.Post", 12, (), [1, 2]),
                ("Performer.Update.Post", 12, ("name",), [1]),
                ("Studio.Update.Post", 7, ("parent_id",), [3, 4]),
                ("Group.Update.Post", 12, ("name",), [5]),
                ("Group.Update.Post", 99, ("name",), []),
        ):
            with self.subTest(kind=kind, number=number):
                self.assertEqual(self.hook(producer, kind, number, fields), "fan_out")
                self.expect(producer, scenes)
        self.assertIn("event=fan_out object=studio id=7 state=done published=2", producer.log)

    def test_leaves_out_what_no_scene_shows(self):
        producer = self.producer(self.stash(self.SCENES), FAN_OUT="yes")
        for kind, fields in (("Tag.Update.Post", ("image", "id")), ("Performer.Update.Post", ("rating100",)),
                             ("Tag.Create.Post", ("name",)), ("Movie.Update.Post", ("name",)), ("Gallery.Update.Post", ())):
            self.assertEqual(self.hook(producer, kind, 12, fields), "ignored_type")
        self.assertEqual(self.published()["resync"], [])

    def test_is_off_unless_it_is_wanted(self):
        producer = self.producer(self.stash(self.SCENES))
        self.assertEqual(self.hook(producer, "Tag.Update.Post", 12), "ignored_type")

    def test_waits_for_stash_and_says_when_there_is_no_more_room(self):
        stash = self.stash(self.SCENES)
        stash.fault(path="/graphql", hold=True, count=1)
        producer = self.producer(stash, FAN_OUT="yes")
        self.hook(producer, "Tag.Update.Post", 12)
        wait_until(lambda: stash.control("GET", "held")["held"], "the question for the scenes")
        for number in range(100, 1100):
            self.assertEqual(self.hook(producer, "Tag.Update.Post", number), "fan_out")
        self.assertEqual(self.hook(producer, "Tag.Update.Post", 100), "fan_out")  # that one waits already
        self.assertEqual(producer.metric("fan_out_waiting"), 1000)
        context = {"id": 5, "type": "Tag.Update.Post", "input": None}
        answer = producer.hook(json.dumps(context).encode())
        self.assertEqual((answer.status, "retry-after" in answer.headers), (503, True), answer)
        stash.control("POST", "held")
        wait_until(lambda: producer.metric('sweeps_total{mode="touched",state="done"}') == 1001, "all of them")
        self.assertEqual(self.published()["resync"], [1, 2])


if __name__ == "__main__":
    STASHSIM = sys.argv.pop(3)
    KAFKASIM = sys.argv.pop(2)
    PRODUCER = sys.argv.pop(1)
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    unittest.main()
