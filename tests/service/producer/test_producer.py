#!/usr/bin/env python3
"""plexsync-producer as a program, with the embedded broker. Usage: test_producer.py PRODUCER KAFKASIM"""

import concurrent.futures
import datetime
import glob
import json
import os
import signal
import socket
import struct
import sys
import tempfile
import time
import unittest

from rig import (BOUND_S, FIXTURES, TOPIC, Broker, Producer, partition_of, records, run, wait_until)

PRODUCER, KAFKASIM = "", ""  # set below
CANARY = "canary-5e1f-token"
THIN = {"scene_id": "45", "action": "update"}
TYPES = {"Scene.Create.Post": ("create", "created"), "Scene.Update.Post": ("update", "updated"),
         "Scene.Destroy.Post": ("destroy", "destroyed")}


def expect_problem(test, answer, status):
    test.assertEqual(answer.status, status, answer)
    test.assertEqual(answer.headers["content-type"], "application/problem+json")
    problem = answer.json
    test.assertEqual(problem["status"], status)
    for member in ("type", "title", "detail"):
        test.assertTrue(problem[member], answer)
    return problem


def large_event(scene, bytes_of_paths):
    """A full event of about that size, which sanitising does not make smaller."""
    paths = [f"/data/{n:04}/" + "x" * (bytes_of_paths // 1000 - 35) for n in range(1000)]
    return {**THIN, "scene_id": str(scene), "scene": {"files": [{"path": path} for path in paths]}}


class WithBroker(unittest.TestCase):
    def setUp(self):
        self.broker = self.enterContext(Broker(KAFKASIM))
        self.producer = self.enterContext(Producer(PRODUCER, self.broker.bootstrap))

    def expect_clean_end(self):
        self.producer.terminate()
        self.assertEqual(self.producer.wait(), 0, self.producer.log)

    def in_flight(self):
        return self.producer.metric("events_in_flight")


class EveryPayloadOfStash(WithBroker):
    def expect_record(self, answer, context):
        said = answer.json
        record = self.by_place[said["partition"], said["offset"]]
        action, kind = TYPES[context["type"]]
        scene = str(context["id"])
        self.assertEqual((said["status"], said["topic"]), ("accepted", TOPIC))
        self.assertEqual(record["key"], scene)
        self.assertEqual(record["partition"], partition_of(scene))
        value = {"scene_id": scene, "action": action}
        if context.get("inputFields"):
            value["changed"] = context["inputFields"]
        if action == "destroy":
            value.update({k: context["input"][k] for k in ("path", "oshash", "checksum") if context["input"][k]})
        self.assertEqual(json.loads(record["payload"]), value)
        self.assertNotIn("\n", record["payload"])
        headers = record["headers"]
        when = datetime.datetime.fromisoformat(headers.pop("ce_time").replace("Z", "+00:00"))
        self.assertLess(abs(when.timestamp() - time.time()), BOUND_S)
        self.assertEqual(headers, {
            "ce_specversion": "1.0", "ce_id": said["event_id"], "ce_type": f"plexsync.scene.{kind}.v1",
            "ce_source": "/plexsync/hook", "ce_subject": scene, "content-type": "application/json"})

    def test_becomes_the_right_record_or_the_right_answer(self):
        paths = sorted(glob.glob(os.path.join(FIXTURES, "stash-hooks", "*.json"))
                       + glob.glob(os.path.join(FIXTURES, "stash-captured", "*.json")))
        self.assertEqual(len(paths), 18 + 131)
        accepted = []
        for path in paths:
            with open(path, "rb") as file:
                body = file.read()
            context = json.loads(body)["args"].get("hookContext")
            answer = self.producer.hook(body)
            with self.subTest(os.path.basename(path)):
                if context is None:
                    expect_problem(self, answer, 422)
                elif context["type"] not in TYPES:
                    self.assertEqual((answer.status, answer.json),
                                     (200, {"status": "skipped", "reason": "ignored_type"}))
                else:
                    self.assertEqual(answer.status, 202, answer)
                    accepted.append((answer, context))
        found = records(self.broker.bootstrap)
        self.assertEqual(len(found), len(accepted))
        self.by_place = {(r["partition"], r["offset"]): r for r in found}
        for answer, context in accepted:
            with self.subTest(context=context):
                self.expect_record(answer, context)
        self.assertNotIn("SessionCookie", str(found))
        self.assertEqual(self.producer.metric('events_total{source="hook",result="accepted"}'), len(accepted))

    def test_may_carry_a_cover_of_many_megabytes(self):
        hook = {"id": 45, "type": "Scene.Update.Post",
                "input": {"id": "45", "cover_image": "data:image/jpeg;base64," + "A" * (20 << 20)},
                "inputFields": ["cover_image", "id"]}
        answer = self.producer.hook(json.dumps(hook).encode())
        self.assertEqual(answer.status, 202, answer)
        self.assertLess(len(records(self.broker.bootstrap)[0]["payload"]), 100)


class Events(WithBroker):
    def test_are_published_as_they_came(self):
        trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
        event = {"scene_id": "45", "action": "resync", "updated_at": "2026-01-02T03:04:05Z", "changed": ["title"],
                 "rating_key": "77", "force": True, "unknown": {"deep": [1]}}
        answer = self.producer.event(event, {"ce-id": "mine-1", "traceparent": trace})
        self.assertEqual((answer.status, answer.json["event_id"]), (202, "mine-1"))
        record, = records(self.broker.bootstrap)
        del event["unknown"]
        self.assertEqual(json.loads(record["payload"]), {**event, "updated_at": "2026-01-02T03:04:05.000Z"})
        self.assertEqual(record["headers"]["ce_id"], "mine-1")
        self.assertEqual(record["headers"]["ce_source"], "/plexsync/api")
        self.assertEqual(record["headers"]["traceparent"], trace)

    def test_may_hold_the_whole_scene(self):
        scene = {"id": "45", "title": "Tëst", "files": [{"path": "/data/a.mp4", "size": 9, "duration": 1.5}],
                 "studio": {"name": "S"}, "performers": [{"name": "P"}], "tags": []}
        self.assertEqual(self.producer.event({**THIN, "scene": scene}).status, 202)
        written = json.loads(records(self.broker.bootstrap)[0]["payload"])["scene"]
        self.assertEqual((written["title"], written["files"], written["studio"]["name"]),
                         ("Tëst", scene["files"], "S"))

    def test_that_plex_would_not_show_are_skipped(self):
        answer = self.producer.event({**THIN, "changed": ["play_count", "id"]})
        self.assertEqual((answer.status, answer.json), (200, {"status": "skipped", "reason": "not_sync_worthy"}))
        self.assertEqual(records(self.broker.bootstrap), [])

    def test_that_kafka_finds_too_large_are_refused(self):
        expect_problem(self, self.producer.event(large_event(45, 1_035_000)), 413)
        self.assertEqual(self.producer.event(THIN).status, 202)
        self.assertEqual(len(records(self.broker.bootstrap)), 1)

    def test_of_many_clients_at_one_time_are_all_there(self):
        with concurrent.futures.ThreadPoolExecutor(20) as pool:
            answers = list(pool.map(lambda n: self.producer.event({**THIN, "scene_id": str(n)}), range(1, 301)))
        self.assertEqual({a.status for a in answers}, {202})
        said = sorted((a.json["partition"], a.json["offset"]) for a in answers)
        found = records(self.broker.bootstrap)
        self.assertEqual(said, sorted((r["partition"], r["offset"]) for r in found))
        self.assertEqual(sorted(int(r["key"]) for r in found), list(range(1, 301)))


class BadInput(WithBroker):
    HOOK = b'{"id":45,"type":"Scene.Update.Post","input":{},"inputFields":["title"]}'
    FUTURE = (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=1)).isoformat()
    # what, path, body, status, pointer
    BODIES = [
        ("an empty body", "hooks/stash", b"", 400, ""),
        ("an empty event", "events", b"", 400, ""),
        ("no JSON", "hooks/stash", b"id=45", 400, ""),
        ("an event that is no JSON", "events", b"{'scene_id':45}", 400, ""),
        ("a truncated hook", "hooks/stash", HOOK[:-9], 400, ""),
        ("a truncated event", "events", b'{"scene_id":"45","act', 400, ""),
        ("bytes behind a hook", "hooks/stash", HOOK + b"x", 400, ""),
        ("bytes behind an event", "events", b'{"scene_id":"45","action":"update"}{}', 400, ""),
        ("a hook that is no UTF-8", "hooks/stash", HOOK.replace(b"title", b"t\xfftle"), 400, ""),
        ("an event that is no UTF-8", "events", b'{"scene_id":"45","action":"upd\xc3"}', 400, ""),
        ("a deep hook", "hooks/stash", b'{"id":' + b"[" * 100000, 422, "/id"),
        ("a deep hook elsewhere", "hooks/stash", b'{"x":' + b"[" * 100000, 400, ""),
        ("a deep event", "events", b'{"x":' + b"[" * 100000, 400, ""),
        ("a NUL", "events", b'{"scene_id":"45\0","action":"update"}', 400, ""),
        ("a hook's key twice", "hooks/stash", HOOK.replace(b'"type"', b'"id":46,"type"'), 422, "/id"),
        ("an event's key twice", "events", b'{"scene_id":"45","scene_id":"46","action":"update"}', 422, ""),
        ("a hook with a wrong id", "hooks/stash", HOOK.replace(b"45", b"-1"), 422, "/id"),
        ("a hook with a large id", "hooks/stash", HOOK.replace(b"45", b"1" * 19), 422, "/id"),
        ("a hook without type", "hooks/stash", b'{"id":45}', 422, ""),
        ("a hook of a wrong type", "hooks/stash", HOOK.replace(b'["title"]', b"[7]"), 422, "/inputFields/0"),
        ("a task", "hooks/stash", b'{"args":{"mode":"resync"}}', 422, "/args"),
        ("a list", "hooks/stash", b"[]", 422, ""),
        ("a list of too many", "events", b"[" + b",".join([b'{"scene_id":"45","action":"update"}'] * 501) + b"]", 413, ""),
        ("an event too large", "events", b'{"x":"' + b"x" * (1 << 20) + b'"}', 413, ""),
        ("a number", "events", b"7", 422, ""),
        ("no scene", "events", b'{"action":"update"}', 422, "/scene_id"),
        ("a scene that is no id", "events", b'{"scene_id":"x","action":"update"}', 422, "/scene_id"),
        ("no action", "events", b'{"scene_id":"45"}', 422, "/action"),
        ("an unknown action", "events", b'{"scene_id":"45","action":"paint"}', 422, "/action"),
        ("a wrong flag", "events", b'{"scene_id":"45","action":"update","force":"yes"}', 422, "/force"),
        ("a wrong time", "events", b'{"scene_id":"45","action":"update","updated_at":"now"}', 422, "/updated_at"),
        ("a future time", "events",
         json.dumps({**THIN, "updated_at": FUTURE}).encode(), 422, "/updated_at"),
        ("a wrong scene", "events", b'{"scene_id":"45","action":"update","scene":[]}', 422, "/scene"),
        ("another scene", "events", b'{"scene_id":"45","action":"update","scene":{"id":"46"}}', 422, "/scene/id"),
        ("a wrong title", "events", b'{"scene_id":"45","action":"update","scene":{"title":5}}', 422, "/scene/title"),
    ]
    GOOD = b'{"scene_id":"45","action":"update"}'
    HEAD = b"POST /v1/events HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    FRAMING = [
        ("two lengths", HEAD + b"Content-Length: 35\r\nContent-Length: 35\r\n\r\n" + GOOD, 400),
        ("two different lengths", HEAD + b"Content-Length: 35\r\nContent-Length: 3\r\n\r\n" + GOOD, 400),
        ("a length and chunks", HEAD + b"Content-Length: 35\r\nTransfer-Encoding: chunked\r\n\r\n23\r\n" + GOOD
         + b"\r\n0\r\n\r\n", 411),
        ("chunks", HEAD + b"Transfer-Encoding: chunked\r\n\r\n23\r\n" + GOOD + b"\r\n0\r\n\r\n", 411),
        ("no length", HEAD + b"\r\n", 411),
        ("a blank before the colon", HEAD + b"Content-Length : 35\r\n\r\n" + GOOD, None),
        ("a list too large", HEAD + b"Content-Length: 8388609\r\n\r\n", 413),
        ("a hook too large", HEAD.replace(b"events", b"hooks/stash") + b"Content-Length: 67108865\r\n\r\n", 413),
    ]
    REQUESTS = [  # what, method, path, content type, status
        ("the wrong method", "GET", "/v1/events", None, 405),
        ("another wrong method", "DELETE", "/v1/hooks/stash", None, 405),
        ("a POST to metrics", "POST", "/metrics", None, 405),
        ("no such path", "POST", "/v1/nothing", "application/json", 404),
        ("the wrong media type", "POST", "/v1/events", "text/plain", 415),
        ("a form", "POST", "/v1/hooks/stash", "application/x-www-form-urlencoded", 415),
        ("no media type", "POST", "/v1/events", None, 415),
    ]

    def test_is_refused_with_its_fault_and_publishes_nothing(self):
        for what, path, body, status, pointer in self.BODIES:
            with self.subTest(what):
                problem = expect_problem(self, self.producer.request("POST", "/v1/" + path, body), status)
                self.assertEqual(problem.get("pointer", ""), pointer, problem)
        for what, data, status in self.FRAMING:
            with self.subTest(what):
                answer = self.producer.raw(data)
                expect_problem(self, answer, status or answer.status)
                self.assertIn(answer.status, (400, 411, 413))
        for what, method, path, media_type, status in self.REQUESTS:
            with self.subTest(what):
                headers = {"Content-Type": media_type} if media_type else {}
                body = self.GOOD if method == "POST" else None
                answer = self.producer.request(method, path, body, headers, json_type=False)
                expect_problem(self, answer, status)
                self.assertEqual("allow" in answer.headers, status == 405)
        self.assertEqual(self.producer.request("GET", "/livez").status, 200)
        self.assertEqual(records(self.broker.bootstrap), [])
        self.assertEqual(self.producer.event(THIN).status, 202)
        self.assertEqual(len(records(self.broker.bootstrap)), 1)
        self.expect_clean_end()

    def test_that_breaks_off_publishes_nothing(self):
        for path in (b"hooks/stash", b"events"):
            with socket.create_connection(("127.0.0.1", self.producer.port)) as connection:
                connection.sendall(self.HEAD.replace(b"events", path) + b"Content-Length: 35\r\n\r\n" + self.GOOD[:-3])
        self.assertEqual(self.producer.event(THIN).status, 202)
        self.assertEqual(len(records(self.broker.bootstrap)), 1)
        self.expect_clean_end()


class BrokerAway(WithBroker):
    def expect_unavailable(self, answer, *outcomes):
        problem = expect_problem(self, answer, 503)
        self.assertIn(problem["outcome"], outcomes)
        self.assertGreater(int(answer.headers["retry-after"]), 0)

    def readiness(self):
        answer = self.producer.request("GET", "/readyz")
        return answer.status, answer.json["checks"]["kafka"]

    def test_says_so_and_comes_back_by_itself(self):
        self.assertEqual(self.producer.event(THIN).status, 202)
        self.assertEqual(self.readiness()[0], 200)
        self.broker.freeze()
        with concurrent.futures.ThreadPoolExecutor() as pool:
            answer = pool.submit(self.producer.event, THIN)
            wait_until(lambda: self.readiness()[0] == 503, "readyz saying 503", 15)
            self.assertIn("not acknowledged", self.readiness()[1]["detail"])
            self.expect_unavailable(answer.result(), "unknown", "not_accepted")
        self.assertEqual(self.producer.request("GET", "/livez").status, 200)
        self.broker.thaw()
        wait_until(lambda: self.readiness()[0] == 200, "readyz saying 200")
        self.assertEqual(self.producer.event(THIN).status, 202)
        self.expect_clean_end()

    def test_for_good_is_not_accepted_and_the_end_is_clean(self):
        self.broker.kill()
        wait_until(lambda: self.readiness()[0] == 503, "readyz saying 503", 15)
        self.expect_unavailable(self.producer.event(THIN), "not_accepted")
        self.assertEqual(self.in_flight(), 0)
        self.expect_clean_end()

    def test_lets_one_event_wait_for_it_and_answers_the_others_at_once(self):
        self.broker.kill()
        wait_until(lambda: self.readiness()[0] == 503, "readyz saying 503", 15)
        with concurrent.futures.ThreadPoolExecutor() as pool:
            first = pool.submit(self.producer.event, THIN)
            wait_until(lambda: self.in_flight() == 1, "the first event waiting")
            for _ in range(100):
                answer = self.producer.event(THIN)
                self.expect_unavailable(answer, "not_accepted")
                self.assertEqual(answer.json["title"], "Kafka cannot be reached")
            self.assertFalse(first.done())
            self.expect_unavailable(first.result(), "not_accepted")
            self.assertIn("Kafka's client says: Local: Message timed out", first.result().json["detail"])

    def test_fills_the_places_and_then_answers_at_once(self):
        room = 64 << 20
        event = json.dumps(large_event(1, 900_000), separators=(",", ":")).encode()
        self.broker.freeze()
        with concurrent.futures.ThreadPoolExecutor(80) as pool:
            waiting = [pool.submit(self.producer.event, event) for _ in range(80)]
            full = 'events_total{source="api",result="not_accepted"}'
            wait_until(lambda: self.producer.metric(full), "a refusal", BOUND_S)
            for answer in waiting:
                self.expect_unavailable(answer.result(), "unknown", "not_accepted")
        titles = [a.result().json["title"] for a in waiting]
        queued = sum(title != "Too many events wait for Kafka" for title in titles)
        self.assertTrue(0 < queued < 80 and queued * len(event) <= room, queued)
        self.assertEqual(self.in_flight(), 0)


class Stopping(WithBroker):
    def in_flight_request(self, pool):
        self.broker.freeze()
        answer = pool.submit(self.producer.event, THIN)
        wait_until(lambda: self.in_flight() == 1, "a request in flight")
        return answer

    def test_answers_what_is_in_flight(self):
        with concurrent.futures.ThreadPoolExecutor() as pool:
            answer = self.in_flight_request(pool)
            self.producer.terminate()
            wait_until(lambda: self.producer.line("stopping"), "the stop being noticed")
            with self.assertRaises(ConnectionError):
                wait_until(lambda: self.producer.request("GET", "/livez").status != 200, "the listener being closed")
            self.broker.thaw()
            self.assertEqual(answer.result().status, 202, self.producer.log)
        self.assertEqual(self.producer.wait(), 0, self.producer.log)
        self.assertEqual(len(records(self.broker.bootstrap)), 1)

    def test_answers_even_when_kafka_does_not(self):
        with concurrent.futures.ThreadPoolExecutor() as pool:
            answer = self.in_flight_request(pool)
            self.producer.terminate()
            self.assertEqual(expect_problem(self, answer.result(), 503)["outcome"], "unknown")
        self.assertEqual(self.producer.wait(), 0, self.producer.log)

    def test_does_not_wait_for_idle_connections(self):
        with socket.create_connection(("127.0.0.1", self.producer.port)):
            self.expect_clean_end()

    def test_while_kafka_is_not_there_ends_the_wait(self):
        with socket.create_server(("127.0.0.1", 0)) as deaf:
            bootstrap = "127.0.0.1:%d" % deaf.getsockname()[1]
            with Producer(PRODUCER, bootstrap, ready=False) as producer:
                wait_until(lambda: producer.line("waiting_for_kafka"), "the wait being told")
                producer.terminate()
                self.assertEqual(producer.wait(), 0, producer.log)


class ClientsThatGoAway(WithBroker):
    RESET = struct.pack("ii", 1, 0)  # SO_LINGER: no orderly end

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.producer.process.pid}/fd"))

    def test_leak_nothing_and_lose_nothing(self):
        before = self.descriptors()
        self.broker.freeze()
        for scene in (1, 2, 3, 4):
            body = json.dumps({**THIN, "scene_id": str(scene)}).encode()
            with socket.create_connection(("127.0.0.1", self.producer.port)) as connection:
                connection.sendall(BadInput.HEAD + b"Content-Length: %d\r\n\r\n" % len(body) + body)
                wait_until(lambda: self.in_flight() == scene, "the request being read")
                if scene % 2:
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, self.RESET)
        self.broker.thaw()
        wait_until(lambda: self.in_flight() == 0, "the reports")
        self.assertEqual(sorted(r["key"] for r in records(self.broker.bootstrap)), ["1", "2", "3", "4"])
        wait_until(lambda: self.descriptors() == before, "the connections being closed")
        self.expect_clean_end()

    def test_in_the_middle_of_a_body_do_not_delay_the_end(self):
        before = self.descriptors()
        for _ in range(20):
            with socket.create_connection(("127.0.0.1", self.producer.port)) as connection:
                connection.sendall(BadInput.HEAD + b"Content-Length: 3000\r\n\r\n" + b"half")
        wait_until(lambda: self.descriptors() == before, "the connections being closed", 20)
        self.expect_clean_end()


class CommandLine(unittest.TestCase):
    def expect_mistake(self, words, *arguments, **environment):
        done = run(PRODUCER, *arguments, **environment)
        self.assertEqual(done.returncode, 2, done)
        self.assertIn(words, done.stderr)
        self.assertEqual(done.stdout, "")
        self.assertNotIn(CANARY, done.stderr)

    def test_names_a_wrong_setting(self):
        self.expect_mistake("topic-partitions", "--topic-partitions", "none")
        self.expect_mistake("ALLOW_ANONYMOUS", ALLOW_ANONYMOUS="perhaps")
        self.expect_mistake("lisen", "--lisen", "127.0.0.1:1")
        self.expect_mistake("listen", "--listen", "8590")
        self.expect_mistake("listen", "--listen", "127.0.0.1:99999")

    def test_refuses_to_be_open_to_everybody(self):
        self.expect_mistake("api_token", "--listen", "0.0.0.0:0")
        self.expect_mistake("api_token", "--check", "--listen", "[::]:0")
        for more in (("--allow_anonymous", "true"), ("--api_token", CANARY), ("--listen", "[::1]:0")):
            self.assertEqual(run(PRODUCER, "--check", "--listen", "0.0.0.0:0", *more).returncode, 0, more)

    def test_checks_without_starting(self):
        done = run(PRODUCER, "--check", API_TOKEN=CANARY, LISTEN="127.0.0.1:1234")
        self.assertEqual(done.returncode, 0, done)
        self.assertIn("listen=127.0.0.1:1234 origin=environment", done.stdout)
        self.assertIn("api_token=*** origin=environment", done.stdout)
        self.assertNotIn(CANARY, done.stdout + done.stderr)

    def test_helps(self):
        done = run(PRODUCER, "--help")
        self.assertEqual(done.returncode, 0, done)
        for name in ("listen", "api-token", "allow-anonymous", "kafka-bootstrap-servers", "topic-prefix"):
            self.assertIn(name, done.stdout)
        self.assertRegex(run(PRODUCER, "--version").stdout, r"^plexsync-producer \d")

    def test_finds_topics_of_the_wrong_shape(self):
        with Broker(KAFKASIM, "--partitions", "3") as broker:
            with Producer(PRODUCER, broker.bootstrap, ready=False) as producer:
                self.assertEqual(producer.wait(), 1, producer.log)
                self.assertRegex(producer.line("start_failed"), r"plexsync\.scene-events .*\b3\b")

    def test_says_who_has_the_port(self):
        with Broker(KAFKASIM) as broker, socket.create_server(("127.0.0.1", 0)) as taken:
            listen = "127.0.0.1:%d" % taken.getsockname()[1]
            with Producer(PRODUCER, broker.bootstrap, "--listen", listen, ready=False) as producer:
                self.assertEqual(producer.wait(), 1, producer.log)
                self.assertIn(listen, producer.line("start_failed"))

    def test_uses_the_prefix(self):
        with Broker(KAFKASIM, "--prefix", "other.") as broker:
            with Producer(PRODUCER, broker.bootstrap, TOPIC_PREFIX="other.") as producer:
                self.assertEqual(producer.event(THIN).json["topic"], "other.scene-events")
            self.assertEqual(len(records(broker.bootstrap, "other.scene-events")), 1)

    def test_healthcheck_asks_the_running_service(self):
        with Broker(KAFKASIM) as broker, Producer(PRODUCER, broker.bootstrap) as producer:
            listen = f"127.0.0.1:{producer.port}"
            self.assertEqual(run(PRODUCER, "--healthcheck", LISTEN=listen).returncode, 0)
            producer.terminate()
            producer.wait()
            self.assertEqual(run(PRODUCER, "--healthcheck", LISTEN=listen).returncode, 1)


class Token(unittest.TestCase):
    def test_is_wanted_and_never_shown(self):
        file = tempfile.NamedTemporaryFile("w")  # as Docker's secrets are given
        self.addCleanup(file.close)
        file.write(CANARY + "\n")
        file.flush()
        with Broker(KAFKASIM) as broker:
            with Producer(PRODUCER, broker.bootstrap, "--log-level", "debug", API_TOKEN_FILE=file.name) as producer:
                answers = [
                    producer.event(THIN),
                    producer.event(THIN, {"Authorization": "Bearer wrong"}),
                    producer.event(THIN, {"Authorization": "Bearer " + CANARY}),
                    producer.request("GET", "/nothing/" + CANARY + "?api_token=" + CANARY),
                    *(producer.request("GET", path) for path in ("/livez", "/readyz", "/metrics")),
                ]
                self.assertEqual([a.status for a in answers], [401, 401, 202, 404, 200, 200, 200])
                for answer in answers[:2]:
                    self.assertEqual(answer.headers["www-authenticate"], "Bearer")
                    expect_problem(self, answer, 401)
                producer.terminate()
                self.assertEqual(producer.wait(), 0)
                everything = producer.log + "".join(map(str, answers))
            self.assertNotIn(CANARY, everything)
            self.assertIn("name=api_token value=***", everything)
            self.assertEqual(len(records(broker.bootstrap)), 1)


if __name__ == "__main__":
    KAFKASIM = sys.argv.pop(2)
    PRODUCER = sys.argv.pop(1)
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    unittest.main()
