#!/usr/bin/env python3
"""The API of events and scenes, with the embedded broker. Usage: test_events.py PRODUCER KAFKASIM"""

import datetime
import json
import socket
import subprocess
import sys
import unittest

from rig import BOUND_S, TOPIC, Broker, Producer, partition_of, records, wait_until

PRODUCER, KAFKASIM = "", ""  # set below
STAMPS, RETRIES = "plexsync.sync-timestamps", "plexsync.scene-retries"
THIN = {"scene_id": "45", "action": "update"}
FULL = {**THIN, "updated_at": "2026-01-02T03:04:05Z"}
DUE = "2026-01-02T03:04:05.000Z"


def scene(**fields):
    return {**THIN, "scene": fields}


def deep(levels):
    return {"a": deep(levels - 1)} if levels else 1


FUTURE = (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=1)).isoformat()

# What is wrong, the event, where. None of them may reach the topic.
BAD = [
    ("null", None, ""),
    ("true", True, ""),
    ("a number", 7, ""),
    ("a text", "45", ""),
    ("nothing in it", {}, "/scene_id"),
    ("no scene", {"action": "update"}, "/scene_id"),
    ("a scene of null", {**THIN, "scene_id": None}, "/scene_id"),
    ("an empty scene id", {**THIN, "scene_id": ""}, "/scene_id"),
    ("a blank scene id", {**THIN, "scene_id": " 45"}, "/scene_id"),
    ("a scene id with a leading zero", {**THIN, "scene_id": "045"}, "/scene_id"),
    ("scene zero", {**THIN, "scene_id": 0}, "/scene_id"),
    ("a negative scene", {**THIN, "scene_id": -45}, "/scene_id"),
    ("a signed scene", {**THIN, "scene_id": "+45"}, "/scene_id"),
    ("half a scene", {**THIN, "scene_id": 45.5}, "/scene_id"),
    ("a scene of 19 digits", {**THIN, "scene_id": "1" * 19}, "/scene_id"),
    ("a hexadecimal scene", {**THIN, "scene_id": "0x2d"}, "/scene_id"),
    ("a list of scenes", {**THIN, "scene_id": ["45"]}, "/scene_id"),
    ("a word as scene", {**THIN, "scene_id": "forty"}, "/scene_id"),
    ("no action", {"scene_id": "45"}, "/action"),
    ("an unknown action", {**THIN, "action": "paint"}, "/action"),
    ("a loud action", {**THIN, "action": "UPDATE"}, "/action"),
    ("an action that is a number", {**THIN, "action": 1}, "/action"),
    ("an action of null", {**THIN, "action": None}, "/action"),
    ("a version that is a word", {**THIN, "updated_at": "now"}, "/updated_at"),
    ("a version that is a number", {**THIN, "updated_at": 1767323045}, "/updated_at"),
    ("a version without offset", {**THIN, "updated_at": "2026-01-02T03:04:05"}, "/updated_at"),
    ("a version on no such day", {**THIN, "updated_at": "2026-02-30T03:04:05Z"}, "/updated_at"),
    ("a version with a blank", {**THIN, "updated_at": "2026-01-02 03:04:05Z"}, "/updated_at"),
    ("a version from the future", {**THIN, "updated_at": FUTURE}, "/updated_at"),
    ("changes that are a text", {**THIN, "changed": "title"}, "/changed"),
    ("changes that are an object", {**THIN, "changed": {"title": 1}}, "/changed"),
    ("a change that is a number", {**THIN, "changed": [7]}, "/changed"),
    ("a change without name", {**THIN, "changed": [""]}, "/changed"),
    ("a change with a long name", {**THIN, "changed": ["x" * 65]}, "/changed"),
    ("too many changes", {**THIN, "changed": ["title"] * 101}, "/changed"),
    ("a force that is a text", {**THIN, "force": "yes"}, "/force"),
    ("a force that is a number", {**THIN, "force": 1}, "/force"),
    ("a rating key that is a path", {**THIN, "rating_key": "../1"}, "/rating_key"),
    ("rating key zero", {**THIN, "rating_key": 0}, "/rating_key"),
    ("a path that is a number", {**THIN, "action": "destroy", "path": 1}, "/path"),
    ("a path too long", {**THIN, "action": "destroy", "path": "/" * 32769}, "/path"),
    ("a hash too long", {**THIN, "action": "destroy", "oshash": "a" * 129}, "/oshash"),
    ("a checksum that is a list", {**THIN, "action": "destroy", "checksum": []}, "/checksum"),
    ("a scene that is a list", {**THIN, "scene": []}, "/scene"),
    ("a scene that is a text", {**THIN, "scene": "45"}, "/scene"),
    ("a destroyed scene", {**scene(title="T"), "action": "destroy"}, "/scene"),
    ("another scene", scene(id="46"), "/scene/id"),
    ("a scene whose id is no id", scene(id="x"), "/scene/id"),
    ("a scene of another version", {**FULL, "scene": {"updated_at": "2026-01-02T03:04:06Z"}}, "/scene/updated_at"),
    ("a scene from the future", scene(updated_at=FUTURE), "/updated_at"),
    ("a title that is a number", scene(title=5), "/scene/title"),
    ("a title that is a list", scene(title=["T"]), "/scene/title"),
    ("details that are an object", scene(details={}), "/scene/details"),
    ("an American date", scene(date="05/17/2024"), "/scene/date"),
    ("a day that is none", scene(date="2024-02-30"), "/scene/date"),
    ("a month that is none", scene(date="2024-13"), "/scene/date"),
    ("a short year", scene(date="24"), "/scene/date"),
    ("a date with a time", scene(date="2024-05-17T00:00:00Z"), "/scene/date"),
    ("a date that is a number", scene(date=2024), "/scene/date"),
    ("a rating above 100", scene(rating100=101), "/scene/rating100"),
    ("a rating below 0", scene(rating100=-1), "/scene/rating100"),
    ("half a rating", scene(rating100=80.5), "/scene/rating100"),
    ("a rating that is a text", scene(rating100="80"), "/scene/rating100"),
    ("an organized that is a text", scene(organized="true"), "/scene/organized"),
    ("files that are an object", scene(files={}), "/scene/files"),
    ("a file that is a text", scene(files=["/a.mp4"]), "/scene/files/0"),
    ("a file without path", scene(files=[{"path": "/a"}, {"size": 1}]), "/scene/files/1/path"),
    ("a file with an empty path", scene(files=[{"path": ""}]), "/scene/files/0/path"),
    ("a file of negative size", scene(files=[{"path": "/a", "size": -1}]), "/scene/files/0/size"),
    ("a file of half a byte", scene(files=[{"path": "/a", "size": 0.5}]), "/scene/files/0/size"),
    ("a file of negative duration", scene(files=[{"path": "/a", "duration": -1}]), "/scene/files/0/duration"),
    ("a duration that is a text", scene(files=[{"path": "/a", "duration": "1:00"}]), "/scene/files/0/duration"),
    ("a studio that is a text", scene(studio="S"), "/scene/studio"),
    ("a studio without name", scene(studio={}), "/scene/studio/name"),
    ("a parent without name", scene(studio={"name": "S", "parent_studio": {"id": "1"}}),
     "/scene/studio/parent_studio/name"),
    ("performers that are texts", scene(performers=["P"]), "/scene/performers/0"),
    ("performers that are an object", scene(performers={"name": "P"}), "/scene/performers"),
    ("a tag of null", scene(tags=[{"name": "T"}, None]), "/scene/tags/1"),
    ("a tag without name", scene(tags=[{"id": "1"}]), "/scene/tags/0/name"),
    ("a tag whose name is a number", scene(tags=[{"name": 1}]), "/scene/tags/0/name"),
    ("a group without group", scene(groups=[{"name": "G"}]), "/scene/groups/0/group"),
    ("a group without name", scene(groups=[{"group": {}}]), "/scene/groups/0/group/name"),
    ("paths that are a list", scene(paths=[]), "/scene/paths"),
    ("a screenshot that is a flag", scene(paths={"screenshot": False}), "/scene/paths/screenshot"),
]

# What comes in, what goes out, and which field the log says was altered ("" none).
CLEANED = [
    ("stays", {"title": "Tëst & <b>“x”</b> — …"}, {"title": "Tëst & <b>“x”</b> — …"}, ""),
    ("NFC", {"title": "e\u0301"}, {"title": "é"}, ""),
    ("a bell", {"title": "a\u0007b"}, {"title": "ab"}, "title"),
    ("lines of a title", {"title": "a\r\n b"}, {"title": "a b"}, "title"),
    ("lines of details", {"details": "a\n\nb\r\nc"}, {"details": "a\n\nb\nc"}, "details"),
    ("a tab", {"title": "a\tb"}, {"title": "a b"}, "title"),
    ("joiners", {"title": "👩\u200d🚀 نامه\u200cای"}, {"title": "👩\u200d🚀 نامه\u200cای"}, ""),
    ("a zero-width space", {"title": "a\u200bb"}, {"title": "ab"}, "title"),
    ("an override", {"title": "a\u202eb"}, {"title": "ab"}, "title"),
    ("blanks at the ends", {"title": "  a  b "}, {"title": "a  b"}, ""),
    ("a long title", {"title": "word " * 60}, {"title": ("word " * 51).strip()}, "title"),
    ("a long word", {"title": "ü" * 300}, {"title": "ü" * 255}, "title"),
    ("long details", {"details": "word " * 2500}, {"details": ("word " * 2000).strip()}, "details"),
    ("a long tag", {"tags": [{"name": "t" * 256}]}, {"tags": [{"name": "t" * 255}]}, "tags"),
    ("equal and empty tags", {"tags": [{"name": "T"}, {"name": " "}, {"name": "T"}]}, {"tags": [{"name": "T"}]}, ""),
    ("too many tags", {"tags": [{"name": str(n)} for n in range(501)]},
     {"tags": [{"name": str(n)} for n in range(500)]}, "tags"),
    ("a year", {"date": "2024"}, {"date": "2024"}, ""),
    ("a month", {"date": "2024-05"}, {"date": "2024-05"}, ""),
    ("a path with odd characters", {"files": [{"path": "/a\n\u0007e\u0301 .mp4"}]},
     {"files": [{"path": "/a\n\u0007e\u0301 .mp4"}]}, ""),
    ("rating zero", {"rating100": 0}, {"rating100": None}, ""),
]


class WithBroker(unittest.TestCase):
    SETTINGS = ()

    def setUp(self):
        self.broker = self.enterContext(Broker(KAFKASIM))
        self.producer = self.enterContext(Producer(PRODUCER, self.broker.bootstrap, *self.SETTINGS))

    def write(self, topic, key, value, *headers, offset=5):
        """As another program would: kcat. A value of None is a tombstone."""
        command = ["kcat", "-P", "-b", self.broker.bootstrap, "-t", topic, "-K", ":", "-p", str(partition_of(key)),
                   "-H", f"plexsync-covers=100/{offset}", "-Z"]
        for header in headers:
            command += ["-H", header]
        line = f"{key}:" + ("" if value is None else json.dumps(value)) + "\n"
        subprocess.run(command, input=line, text=True, check=True, timeout=BOUND_S)

    def scene(self, number):
        return self.producer.request("GET", f"/v1/scenes/{number}")

    def wait_scene(self, number, condition, what):
        def look():
            answer = self.scene(number)
            return answer.status == 200 and condition(answer.json) and answer.json
        return wait_until(look, what)


class BadEvents(WithBroker):
    def test_are_named_with_their_place_and_published_never(self):
        self.assertGreaterEqual(len(BAD), 60)
        for what, event, pointer in BAD:
            with self.subTest(what):
                answer = self.producer.event(event)
                self.assertEqual(answer.status, 422, answer)
                problem = answer.json
                self.assertEqual(problem["pointer"], pointer, problem)
                self.assertTrue(problem["title"] and problem["detail"] and problem["type"], problem)
        answer = self.producer.event([event for _, event, _ in BAD])
        self.assertEqual(answer.status, 422)
        for number, ((what, _, pointer), result) in enumerate(zip(BAD, answer.json["results"])):
            with self.subTest(what, form="in a list"):
                self.assertEqual((result["code"], result["pointer"]), (422, f"/{number}{pointer}"), result)
        self.assertEqual(records(self.broker.bootstrap), [])

    def test_may_be_deep_without_harm(self):
        self.assertEqual(self.producer.event({**THIN, "unknown": deep(50)}).status, 202)
        self.assertEqual(self.producer.event({**THIN, "unknown": deep(70)}).status, 400)


class Sanitising(WithBroker):
    def test_keeps_what_is_meant_and_says_what_it_cut(self):
        for what, fields, _, altered in CLEANED:
            with self.subTest(what):
                answer = self.producer.event(scene(**fields))
                self.assertEqual(answer.status, 202, answer)
                line = f"event_id={answer.json['event_id']} "
                told = [l for l in self.producer.log.splitlines() if " event=event_altered " in l and line in l]
                self.assertEqual(len(told), 1 if altered else 0, told)
                if altered:
                    self.assertTrue(told[0].endswith("fields=" + altered), told)
        found = {r["offset"]: json.loads(r["payload"])["scene"] for r in records(self.broker.bootstrap)}
        for offset, (what, _, expected, _) in enumerate(CLEANED):
            with self.subTest(what, side="Kafka"):
                self.assertEqual({key: found[offset][key] for key in expected}, expected)


class Lists(WithBroker):
    def test_are_answered_one_by_one_in_order(self):
        good = [{**THIN, "scene_id": str(n)} for n in range(1, 401)]
        answer = self.producer.event(good)
        self.assertEqual(answer.status, 202, answer)
        results = answer.json["results"]
        self.assertEqual([r["code"] for r in results], [202] * 400)
        places = {(r["partition"], r["offset"]): r for r in records(self.broker.bootstrap)}
        for event, result in zip(good, results):
            record = places[result["partition"], result["offset"]]
            self.assertEqual((record["key"], record["headers"]["ce_id"]), (event["scene_id"], result["event_id"]))
        self.assertEqual(len({r["event_id"] for r in results}), 400)

    def test_have_the_worst_status_of_all(self):
        skipped = {**THIN, "changed": ["play_count"]}
        answer = self.producer.event([THIN, skipped, {"scene_id": "x"}, THIN])
        self.assertEqual(answer.status, 422)
        results = answer.json["results"]
        self.assertEqual([r["code"] for r in results], [202, 200, 422, 202])
        self.assertEqual(results[1], {"code": 200, "status": "skipped", "reason": "not_sync_worthy"})
        self.assertEqual(results[2]["pointer"], "/2/scene_id")
        self.assertLess(results[0]["offset"], results[3]["offset"])
        self.assertEqual(self.producer.event([skipped]).status, 200)
        self.assertEqual(self.producer.event([]).json, {"results": []})
        self.assertEqual(len(records(self.broker.bootstrap)), 2)

    def test_with_one_that_kafka_refuses_lose_none_of_the_others(self):
        paths = [{"path": f"/{n:04}/" + "x" * 1100} for n in range(950)]
        answer = self.producer.event([THIN, scene(files=paths), THIN])
        self.assertEqual([r["code"] for r in answer.json["results"]], [202, 413, 202], answer)
        self.assertEqual(answer.status, 413)
        self.assertEqual(len(records(self.broker.bootstrap)), 2)

    def test_of_a_client_that_left_are_published_all_the_same(self):
        body = json.dumps([THIN] * 100).encode()
        with socket.create_connection(("127.0.0.1", self.producer.port)) as connection:
            connection.sendall(b"POST /v1/events HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                               b"Content-Length: %d\r\n\r\n" % len(body) + body)
        wait_until(lambda: self.producer.metric('events_total{source="api",result="accepted"}') == 100, "100 events")
        self.producer.terminate()
        self.assertEqual(self.producer.wait(), 0, self.producer.log)


class CloudEvents(WithBroker):
    ENVELOPE = {"specversion": "1.0", "id": "tool-7", "source": "/my/tool", "type": "plexsync.scene.updated.v1",
                "time": "2026-01-02T03:04:05Z"}

    def send(self, value, media_type, **headers):
        return self.producer.request("POST", "/v1/events", json.dumps(value).encode(),
                                     {"Content-Type": media_type, **headers})

    def expect(self, answer):
        self.assertEqual((answer.status, answer.json["event_id"]), (202, "tool-7"), answer)
        headers = records(self.broker.bootstrap)[-1]["headers"]
        self.assertEqual((headers["ce_id"], headers["ce_source"], headers["ce_type"], headers["ce_time"]),
                         ("tool-7", "/my/tool", "plexsync.scene.updated.v1", "2026-01-02T03:04:05.000Z"))

    def test_come_structured(self):
        self.expect(self.send({**self.ENVELOPE, "data": THIN}, "application/cloudevents+json; charset=utf-8"))
        self.expect(self.send({**self.ENVELOPE, "data": {"scene_id": "45"}}, "application/cloudevents+json"))
        answer = self.send({**self.ENVELOPE, "data": {**THIN, "force": 1}}, "application/cloudevents+json")
        self.assertEqual((answer.status, answer.json["pointer"]), (422, "/data/force"))
        answer = self.send({**self.ENVELOPE, "id": "", "data": THIN}, "application/cloudevents+json")
        self.assertEqual((answer.status, answer.json["pointer"]), (422, "/id"))
        self.assertEqual(self.send([], "application/cloudevents+json").status, 422)

    def test_come_in_batches(self):
        batch = "application/cloudevents-batch+json"
        answer = self.send([{**self.ENVELOPE, "data": THIN}, {**self.ENVELOPE, "source": None}], batch)
        self.assertEqual([(r["code"], r.get("pointer")) for r in answer.json["results"]],
                         [(202, None), (422, "/1/source")])
        self.assertEqual(self.send({}, batch).status, 422)

    def test_come_binary(self):
        headers = {"ce-" + name: value for name, value in self.ENVELOPE.items()}
        self.expect(self.send(THIN, "application/json", **headers))
        del headers["ce-source"]
        answer = self.send(THIN, "application/json", **headers)
        self.assertEqual(answer.status, 422)
        self.assertIn("ce-source", answer.json["detail"])
        self.assertEqual(self.send([THIN], "application/json", **{**headers, "ce-source": "/s"}).status, 422)


class Stamps(WithBroker):
    def stamp(self, **more):
        return {"scene_id": "45", "outcome": "synced", "seen_updated_at": FULL["updated_at"],
                "updated_at": FULL["updated_at"], "observed_at": "2026-01-02T03:04:06Z", **more}

    def test_of_others_are_honoured_at_once_and_end_with_a_tombstone(self):
        self.assertEqual(self.scene(45).status, 404)
        self.assertEqual(self.producer.event(FULL).status, 202)
        self.write(STAMPS, "45", self.stamp())
        said = self.wait_scene(45, lambda s: s["stamp"], "the stamp")
        self.assertEqual((said["scene_id"], said["pending"], said["waiting"]), ("45", None, False))
        self.assertEqual(said["stamp"], {
            "outcome": "synced", "seen_updated_at": "2026-01-02T03:04:05.000Z", "updated_at": "2026-01-02T03:04:05.000Z",
            "observed_at": "2026-01-02T03:04:06.000Z", "covers": 5, "partition": partition_of("45"), "offset": 0})
        skipped = self.producer.event(FULL)
        self.assertEqual((skipped.status, skipped.json), (200, {"status": "skipped", "reason": "already_synced"}))
        for event in (THIN, {**FULL, "force": True}, {**FULL, "action": "resync"},
                      {**FULL, "updated_at": "2026-01-02T03:04:05.001Z"}):
            self.assertEqual(self.producer.event(event).status, 202, event)
        self.write(STAMPS, "45", None, offset=9)
        wait_until(lambda: self.producer.event(FULL).status == 202, "the tombstone")
        self.assertEqual(self.producer.metric("stamps"), 0)

    def test_observed_in_the_second_of_the_edit_skip_nothing(self):
        self.write(STAMPS, "45", self.stamp(observed_at="2026-01-02T03:04:05.999Z"))
        self.wait_scene(45, lambda s: s["stamp"], "the stamp")
        self.assertEqual(self.producer.event(FULL).status, 202)
        older = self.producer.event({**FULL, "updated_at": "2026-01-02T03:04:04Z"})
        self.assertEqual(older.json.get("reason"), "already_synced")

    def test_that_are_older_than_what_is_known_change_nothing(self):
        self.write(STAMPS, "45", self.stamp(outcome="dead"), offset=9)
        self.write(STAMPS, "45", self.stamp(), offset=8)
        self.write(STAMPS, "46", {"scene_id": "46"})
        self.wait_scene(46, lambda s: s["stamp"], "the stamp behind it")
        self.wait_scene(45, lambda s: s["stamp"]["outcome"] == "dead", "the newer stamp")

    def test_are_all_read_before_it_is_ready(self):
        for number in (100, 200, 300):
            self.write(STAMPS, str(number), {"scene_id": str(number), "outcome": "synced"})
        self.write(RETRIES, "7", THIN, "plexsync-due=" + DUE, "plexsync-attempt=1")
        with Producer(PRODUCER, self.broker.bootstrap) as second:
            self.assertEqual(second.request("GET", "/readyz").status, 200)
            self.assertRegex(second.line("tables_loaded"), r" stamps=3 pending=1 ")
            self.assertEqual(second.request("GET", "/v1/scenes/300").status, 200)
            ready = second.request("GET", "/readyz").json["checks"]["tables"]
            self.assertEqual(ready, {"ok": True, "detail": "3 stamps and 1 retries are known."})


class Scenes(WithBroker):
    def test_wait_until_a_stamp_or_a_retry_covers_them(self):
        offset = self.producer.event(THIN).json["offset"]
        self.assertEqual(self.scene(45).json,
                         {"scene_id": "45", "stamp": None, "pending": None, "waiting": True})
        self.write(RETRIES, "45", THIN, "plexsync-due=" + DUE, "plexsync-attempt=2", "plexsync-error=not_found",
                   offset=offset)
        said = self.wait_scene(45, lambda s: s["pending"], "the retry")
        self.assertEqual(said, {"scene_id": "45", "stamp": None, "waiting": False,
                                "pending": {"due": DUE, "attempt": 2, "error": "not_found"}})
        self.write(RETRIES, "45", None, offset=offset)
        wait_until(lambda: self.scene(45).status == 404, "the retry's end")

    def test_that_cannot_be_are_not_found(self):
        for number in ("46", "0", "x", "045", "1" * 19, "4%205"):
            answer = self.scene(number)
            self.assertEqual((answer.status, answer.headers["content-type"]), (404, "application/problem+json"), number)
            if number != "46":
                self.assertEqual(self.producer.request("POST", f"/v1/scenes/{number}/resync").status, 404)
        self.assertEqual(self.producer.request("DELETE", "/v1/scenes/45").status, 405)

    def test_are_synced_again_on_demand(self):
        answer = self.producer.request("POST", "/v1/scenes/45/resync")
        self.assertEqual((answer.status, answer.json["status"], answer.json["topic"]), (202, "accepted", TOPIC), answer)
        record, = records(self.broker.bootstrap)
        self.assertEqual(json.loads(record["payload"]), {"scene_id": "45", "action": "resync"})
        self.assertEqual((record["key"], record["headers"]["ce_source"]), ("45", "/plexsync/api"))


class Versions(WithBroker):
    SETTINGS = ("--updated-at-fallback", "reject")

    def test_may_be_demanded_of_the_api_but_not_of_stash(self):
        answer = self.producer.event(THIN)
        self.assertEqual((answer.status, answer.json["pointer"]), (422, "/updated_at"), answer)
        self.assertIn("updated_at_fallback", answer.json["detail"])
        self.assertEqual(self.producer.event(FULL).status, 202)
        self.assertEqual(self.producer.event({**THIN, "action": "resync"}).status, 202)
        self.assertEqual(self.producer.hook(b'{"id":45,"type":"Scene.Update.Post"}').status, 202)


class Rates(WithBroker):
    SETTINGS = ("--rate-limit", "1", "--log-level", "debug")

    def test_are_limited_for_each_client(self):
        answers = [self.producer.event(THIN, {"X-Request-Id": f"try-{n}"}) for n in range(30)]
        self.assertEqual(answers[0].status, 202)
        limited = [a for a in answers if a.status == 429]
        self.assertTrue(limited)
        self.assertEqual(limited[0].headers["retry-after"], "1")
        self.assertEqual(limited[0].json["status"], 429)
        self.assertEqual({self.producer.request("GET", "/livez").status for _ in range(5)}, {200})
        self.assertEqual(self.producer.metric('http_requests_total{route="/v1/events",code="429"}'), len(limited))


class RequestIds(WithBroker):
    SETTINGS = ("--log-level", "debug")

    def test_are_in_every_answer_and_line(self):
        def lines(name):
            return [l for l in self.producer.log.splitlines() if f" request={name}" in l]

        requests = {
            "good": ("POST", "/v1/events", json.dumps(THIN).encode(), {"answered", "event_accepted"}),
            "bad": ("POST", "/v1/events", b"{}", {"answered", "event_refused"}),
            "none": ("GET", "/v1/nothing", None, {"answered"}),
            "long": ("POST", "/v1/events", json.dumps(scene(title="x" * 300)).encode(),
                     {"answered", "event_accepted", "event_altered"}),
        }
        for name, (method, path, body, events) in requests.items():
            answer = self.producer.request(method, path, body, {"X-Request-Id": name})
            self.assertEqual(answer.headers["x-request-id"], name)
            wait_until(lambda name=name, events=events: {l.split(" event=")[1].split()[0] for l in lines(name)} == events,
                       f"the lines of {name}")
        self.assertRegex(self.producer.request("GET", "/livez").headers["x-request-id"], "^[0-9a-f-]{36}$")


if __name__ == "__main__":
    KAFKASIM = sys.argv.pop(2)
    PRODUCER = sys.argv.pop(1)
    unittest.main()
