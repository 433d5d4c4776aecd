#!/usr/bin/env python3
"""plexsync-hook as Stash runs it, against stand-ins for the producer.

Usage: test_hook.py STATIC NATIVE, or test_hook.py --emulated EMULATOR STATIC"""

import contextlib
import ctypes
import glob
import http.server
import json
import os
import queue
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
FIXTURES = os.path.join(HERE, "..", "..", "fixtures")
TOKEN = "canary-7d1f-token"
COOKIE = "MTc2ODExODg3M3xEWDhF"  # begins the session cookie in the fixtures
UPDATE = os.path.join(FIXTURES, "stash-hooks", "01_scene_update_title.json")
ACCEPTED = {"status": "accepted", "event_id": "e", "topic": "plexsync.scene-events", "partition": 3, "offset": 17}
LIBC = ctypes.CDLL(None, use_errno=True)
LIBC.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
LIBC.ptrace.restype = ctypes.c_long
BOUND_S = 30  # only says that nothing hangs for ever
PATIENCE_TRIES = 5
HANG_BOUND_S = 5  # generous: the promise is one second, the machine may be busy


def fixture(path=UPDATE):
    """Stdin as recorded, but for the port: nobody listens there, whatever else runs on this machine."""
    with open(path, "rb") as file:
        return re.sub(rb'("server_connection":.*?"Port":)\d+', rb"\g<1>1", file.read(), count=1)


class Producer:
    """Answers every POST alike, or as `decide(body)` says, and keeps what it was sent."""

    def __init__(self, status=202, body=ACCEPTED, host="127.0.0.1", decide=None):
        self.requests = []
        decide = decide or (lambda _: (status, body))
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                length = int(self.headers["Content-Length"])
                request = self.rfile.read(length)
                outer.requests.append((self.path, dict(self.headers), request))
                code, text = decide(request)
                text = text if isinstance(text, bytes) else json.dumps(text).encode()
                with contextlib.suppress(ConnectionError):  # of a hook that was killed
                    self.send_response(code)
                    self.send_header("Content-Length", str(len(text)))
                    self.end_headers()
                    self.wfile.write(text)

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            request_queue_size = 64
            address_family = socket.AF_INET6 if ":" in host else socket.AF_INET

        self.server = Server((host, 0), Handler)
        address = f"[{host}]" if ":" in host else host
        self.url = f"http://{address}:{self.server.server_address[1]}"

    def __enter__(self):
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True)
        self.thread.start()
        return self

    def ids(self):
        return [json.loads(body)["id"] for _, _, body in self.requests]

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@contextlib.contextmanager
def rude_server(behaviour):
    """A listener that does `behaviour(connection)` with each connection, then closes it."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve():
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listener.accept()
                with connection, contextlib.suppress(OSError):
                    behaviour(connection)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()


def unused_url():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"http://127.0.0.1:{listener.getsockname()[1]}"


def hook_context(scene):
    return {"id": scene, "type": "Scene.Update.Post", "input": {}}


def hook_of(scene):
    return json.dumps({"server_connection": {}, "args": {"hookContext": hook_context(scene)}}).encode()


def task_of(mode):
    return json.dumps({"server_connection": {}, "args": {"mode": mode}}).encode()


def fnv(data):
    value = 0xCBF29CE484222325
    for byte in data:
        value = (value ^ byte) * 0x100000001B3 & (1 << 64) - 1
    return value


def spool_line(number, context):
    body = json.dumps(context).encode()
    return b"+ %016x %016x %s\n" % (number, fnv(body) ^ fnv(number.to_bytes(8, sys.byteorder)), body)


class HookTest(unittest.TestCase):
    emulator, binary = [], ""

    @property
    def command(self):
        return [*self.emulator, self.binary]

    def setUp(self):
        spool = tempfile.TemporaryDirectory()
        self.addCleanup(spool.cleanup)
        self.spool = spool.name
        self.longest_s = 0

    def environment(self, url=None, token=None, spool=None):
        env = {k: v for k, v in os.environ.items() if not k.startswith("PLEXSYNC_") and "proxy" not in k.lower()}
        settings = {"PLEXSYNC_PRODUCER_URL": url, "PLEXSYNC_API_TOKEN": token, "PLEXSYNC_SPOOL_DIR": self.spool if spool is None else spool}
        return env | {name: value for name, value in settings.items() if value is not None}

    def run_hook(self, stdin, url=None, token=None, command=None, spool=None, warns=False):
        env = self.environment(url, token, spool)
        done = subprocess.run(command or self.command, input=stdin, env=env, capture_output=True, timeout=BOUND_S)
        self.assertEqual(done.returncode, 0, done)
        return self.read_answer(done, warns)

    def read_answer(self, done, warns=False):
        for stream in (done.stdout, done.stderr):
            self.assertNotIn(TOKEN.encode(), stream)
            self.assertNotIn(COOKIE.encode(), stream)
        self.assertTrue(done.stdout.endswith(b"\n") and done.stdout.count(b"\n") == 1, done.stdout)
        answer = json.loads(done.stdout)
        self.assertEqual(len(answer), 1)
        if "error" in answer:
            self.assertRegex(done.stderr, rb"\A\x01e\x02[^\n]+\n\Z")
        else:
            self.assertRegex(done.stderr, rb"\A\x01w\x02[^\n]+\n\Z" if warns else rb"\A\Z")
        return answer

    def assert_output(self, answer, text):
        self.assertIn(text, answer.get("output", ""), answer)

    def assert_error(self, answer, text):
        self.assertIn(text, answer.get("error", ""), answer)

    def test_announces_an_edit_and_says_where_it_is(self):
        with Producer() as producer:
            answer = self.run_hook(fixture(), producer.url)
        self.assert_output(answer, "accepted: scene 45 is in plexsync.scene-events, partition 3, offset 17")
        ((path, headers, body),) = producer.requests
        self.assertEqual(path, "/v1/hooks/stash")
        self.assertEqual(headers["Content-Type"], "application/json")
        self.assertEqual(headers["Host"], producer.url.removeprefix("http://"))
        self.assertNotIn("Authorization", headers)
        self.assertEqual(json.loads(body), {"id": 45, "type": "Scene.Update.Post", "input": {}, "inputFields": ["title", "id"]})

    def test_sends_each_fixture_that_shows_in_plex_and_ignores_the_rest(self):
        paths = sorted(glob.glob(os.path.join(FIXTURES, "stash-*", "*.json")))
        self.assertEqual(len(paths), 149)
        with Producer() as producer:
            for path in paths:
                context = json.loads(fixture(path))["args"].get("hookContext")
                if not context and json.loads(fixture(path))["args"].get("mode") == "resync":
                    continue  # Tasks has it
                producer.requests.clear()
                answer = self.run_hook(fixture(path), producer.url, TOKEN)
                subject = context and self.subject(context)
                if not subject:
                    self.assert_output(answer, "ignored: ")
                    self.assertEqual(producer.requests, [])
                    continue
                self.assert_output(answer, f"accepted: {subject} ")
                ((_, _, body),) = producer.requests
                self.assertEqual(json.loads(body), self.expected_body(context), path)

    @staticmethod
    def subject(context):
        """In words, or None: it is nothing that shows in Plex."""
        what, did, _ = context["type"].split(".")
        of_scene = what == "Scene" and did in ("Create", "Update", "Destroy")
        of_name = did == "Update" and what in ("Tag", "Performer", "Studio", "Group") or (what, did) == ("Tag", "Merge")
        return f"{what.lower()} {context['id']}" if of_scene or of_name else None

    @staticmethod
    def expected_body(context):
        kept = {}
        if context["type"] == "Scene.Destroy.Post":
            kept = {key: context["input"][key] for key in ("path", "oshash", "checksum") if context["input"][key]}
        expected = {"id": context["id"], "type": context["type"], "input": None if context["input"] is None else kept}
        if "inputFields" in context:
            expected["inputFields"] = context["inputFields"]
        return expected

    def test_sends_the_token_in_the_header_and_never_shows_it(self):
        echo = {"title": "Unauthorized", "status": 401, "detail": f"the token {TOKEN} is wrong"}
        with Producer(401, echo) as producer:
            answer = self.run_hook(fixture(), producer.url, TOKEN)
        self.assertEqual(producer.requests[0][1]["Authorization"], f"Bearer {TOKEN}")
        self.assert_error(answer, "[redacted]")
        self.assert_error(answer, "PLEXSYNC_API_TOKEN")

    def test_refuses_a_token_that_would_be_another_header(self):
        with Producer() as producer:
            self.assert_error(self.run_hook(fixture(), producer.url, TOKEN + "\r\nX: y"), "PLEXSYNC_API_TOKEN holds")
            self.assertEqual(producer.requests, [])

    def test_says_why_an_event_was_skipped(self):
        with Producer(200, {"status": "skipped", "reason": "not_sync_worthy"}) as producer:
            self.assert_output(self.run_hook(fixture(), producer.url), "skipped: scene 45, not_sync_worthy")

    def test_repeats_the_problem_that_the_producer_names(self):
        problem = {"type": "about:blank", "title": "Service Unavailable", "status": 503, "detail": "the broker is away"}
        with Producer(503, problem) as producer:
            self.assert_error(self.run_hook(fixture(), producer.url), "the producer says the broker is away (HTTP 503)")

    def test_does_not_take_another_page_for_success(self):
        with Producer(200, b"<html>It works!</html>") as producer:
            self.assert_error(self.run_hook(fixture(), producer.url), "not a plexsync-producer's")

    def test_says_when_nobody_listens(self):
        answer = self.run_hook(fixture(), unused_url())
        self.assert_error(answer, "scene 45 was not announced: no connection to the producer")

    def test_says_when_a_name_cannot_be_resolved_and_does_not_wait_for_it(self):
        started = time.monotonic()
        answer = self.run_hook(fixture(), "http://no-such-host.invalid:8590")
        self.assertLess(time.monotonic() - started, HANG_BOUND_S)
        self.assert_error(answer, "scene 45")

    def expect_patience_to_end(self, beginning):
        """The hook gives up waiting by itself. Its guard, a moment later, may come first where the machine is busy: not always."""
        release = threading.Event()

        def behaviour(connection):
            connection.sendall(beginning)
            release.wait(BOUND_S)

        for _ in range(PATIENCE_TRIES):
            with rude_server(behaviour) as url:
                started = time.monotonic()
                answer = self.run_hook(fixture(), url)
                self.assertLess(time.monotonic() - started, HANG_BOUND_S)
                release.set()
            self.assert_error(answer, "whether scene 45 was announced is not known")
            if "did not answer in time" in answer["error"]:
                return
            self.assert_error(answer, "took longer than 960 ms")
            release.clear()
        self.fail(f"{PATIENCE_TRIES} times its guard had to end it")

    def test_does_not_wait_for_a_producer_that_hangs(self):
        self.expect_patience_to_end(b"")

    def test_does_not_wait_for_an_answer_that_never_ends(self):
        self.expect_patience_to_end(b"HTTP/1.1 202 Accepted\r\nContent-Length: 50\r\n\r\n{")

    def test_survives_a_connection_that_breaks(self):
        with rude_server(lambda connection: None) as url:
            self.assert_error(self.run_hook(fixture(), url), "whether scene 45 was announced is not known")

    def test_survives_an_answer_that_is_none(self):
        for text in (b"garbage\r\n\r\n", b"HTTP/1.1 99 X\r\n\r\n", b"HTTP/1.1", b"\0" * 40000, b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 9000):
            with rude_server(lambda connection: (connection.recv(65536), connection.sendall(text))) as url:
                self.assert_error(self.run_hook(fixture(), url), "scene 45")

    def test_speaks_ipv6(self):
        with Producer(host="::1") as producer:
            self.assert_output(self.run_hook(fixture(), producer.url + "/"), "accepted")
        self.assertTrue(producer.requests[0][1]["Host"].startswith("[::1]:"))

    def test_names_the_fault_in_a_wrong_address(self):
        for url in ("https://h", "http://user:canary-7d1f-token@h", "h:1", "http://h:0"):
            self.assert_error(self.run_hook(fixture(), url), "PLEXSYNC_PRODUCER_URL")

    def test_refuses_input_that_is_not_from_stash(self):
        with Producer() as producer:
            for stdin in (b"", b"nonsense", b"{}", fixture()[:-1], fixture() + b"x", b"\xff" * 100000):
                self.assert_error(self.run_hook(stdin, producer.url), "nothing was announced: this is not what Stash gives")
            self.assertEqual(producer.requests, [])

    def test_lets_a_large_cover_pass_by(self):
        payload = json.loads(fixture())
        payload["args"]["hookContext"]["input"]["cover_image"] = "A" * (8 << 20)
        with Producer() as producer:
            self.assert_output(self.run_hook(json.dumps(payload).encode(), producer.url), "accepted")
        self.assertLess(len(producer.requests[0][2]), 200)

    def test_ends_well_when_nobody_reads_its_words(self):
        env = self.environment(unused_url())
        hook = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env)
        hook.stdout.close()
        hook.stderr.close()
        hook.stdin.write(fixture())
        hook.stdin.close()
        self.assertEqual(hook.wait(BOUND_S), 0)

    def test_explains_itself(self):
        text = subprocess.run([*self.command, "--help"], capture_output=True, text=True, timeout=BOUND_S, check=True).stdout
        for name in ("PLEXSYNC_PRODUCER_URL", "PLEXSYNC_API_TOKEN", "PLEXSYNC_SPOOL_DIR", "usage:"):
            self.assertIn(name, text)
        self.assert_error(self.run_hook(b"", command=[*self.command, "--what"]), "--help")


    # The spool.

    def spooled(self):
        """The hookContexts that wait, in their order."""
        path = os.path.join(self.spool, "plexsync.spool")
        if not os.path.exists(path):
            return []
        return [json.loads(line[36:]) for line in fixture(path).splitlines() if line.startswith(b"+")]

    def spooled_ids(self):
        return [context["id"] for context in self.spooled()]

    def keep(self, ids):
        """Hooks while nobody listens."""
        url = unused_url()
        for scene in ids:
            started = time.monotonic()
            self.assert_error(self.run_hook(hook_of(scene), url), "it is kept")
            self.longest_s = max(self.longest_s, time.monotonic() - started)

    def drain(self, producer, bound=100):
        """Hooks until nothing waits. Returns what they said."""
        said = []
        while self.spooled() and len(said) < bound:
            said.append(self.run_hook(hook_of(10**6 + len(said)), producer.url))
        self.assertEqual(self.spooled(), [])
        return said

    def test_keeps_each_event_once_while_the_producer_is_away_and_delivers_all_in_order(self):
        scenes = list(range(1, 1001))
        self.keep(scenes)
        self.assertLess(self.longest_s, HANG_BOUND_S)
        print(f"{len(scenes)} hooks against a dead producer: none took longer than {1000 * self.longest_s:.0f} ms", file=sys.stderr)
        self.assertEqual(self.spooled_ids(), scenes)
        with Producer() as producer:
            said = self.drain(producer)
        self.assertEqual([i for i in producer.ids() if i < 10**6], scenes)
        self.assertEqual(producer.ids()[0], 10**6, "the newest edit does not wait for the old ones")
        self.assert_output(said[0], "sent from the spool: ")
        self.assertEqual(os.listdir(self.spool), ["plexsync.spool.lock"])

    def test_keeps_nothing_that_the_producer_took(self):
        with Producer() as producer:
            self.assertNotIn("spool", self.run_hook(fixture(), producer.url)["output"])
        self.assertEqual(os.listdir(self.spool), ["plexsync.spool.lock"])

    def test_keeps_only_the_little_that_the_producer_needs(self):
        self.assert_error(self.run_hook(fixture(), unused_url(), TOKEN), "it is kept")
        self.assertEqual(self.spooled(), [{"id": 45, "type": "Scene.Update.Post", "input": {}, "inputFields": ["title", "id"]}])
        for name in os.listdir(self.spool):
            text = fixture(os.path.join(self.spool, name))
            self.assertNotIn(COOKIE.encode(), text)
            self.assertNotIn(TOKEN.encode(), text)

    def test_keeps_what_a_producer_in_trouble_or_a_stranger_did_not_take(self):
        answers = [(503, {"status": 503, "detail": "away"}), (401, {"status": 401}), (404, b"no"), (200, b"<html>"), (400, b"<html>")]
        for status, body in answers:
            with Producer(status, body) as producer:
                self.assert_error(self.run_hook(hook_of(status), producer.url), "it is kept")
        self.assertEqual(self.spooled_ids(), [status for status, _ in answers])

    def test_keeps_an_event_when_the_settings_are_wrong(self):
        self.assert_error(self.run_hook(hook_of(1), "https://h"), "it is kept")
        self.assert_error(self.run_hook(hook_of(2), unused_url(), "a b"), "it is kept")
        self.assertEqual(self.spooled_ids(), [1, 2])

    def test_keeps_an_event_whose_producer_hangs(self):
        release = threading.Event()
        with rude_server(lambda connection: release.wait(BOUND_S)) as url:
            self.assert_error(self.run_hook(hook_of(7), url), "it is kept")
            self.assertEqual(self.spooled_ids(), [7])
            release.set()

    def test_removes_what_the_producer_refuses_for_ever_and_says_so(self):
        problem = {"title": "Unprocessable", "status": 422, "detail": "no such thing"}
        self.keep([1, 2, 3])
        with Producer(decide=lambda body: (422, problem) if json.loads(body)["id"] == 2 else (202, ACCEPTED)) as producer:
            answer = self.run_hook(hook_of(5), producer.url, warns=True)
            self.assertEqual(producer.ids(), [5, 1, 2, 3])
            self.assert_output(answer, "sent from the spool: 2; refused and removed from the spool: 1, the last one: "
                                       "scene 2 was not announced: the producer says no such thing (HTTP 422)")
            refused = self.run_hook(hook_of(2), producer.url)
        self.assert_error(refused, "no such thing")
        self.assertNotIn("kept", refused["error"])
        self.assertEqual(self.spooled(), [])

    def test_sends_no_more_when_the_producer_leaves_in_the_middle(self):
        self.keep([1, 2, 3])
        away = {"status": 503, "detail": "away"}
        with Producer(decide=lambda body: (503, away) if json.loads(body)["id"] == 2 else (202, ACCEPTED)) as producer:
            answer = self.run_hook(hook_of(9), producer.url, warns=True)
            self.assertEqual(producer.ids(), [9, 1, 2])
        self.assert_output(answer, "waiting in the spool: 2")
        self.assertEqual(self.spooled_ids(), [2, 3])

    def test_announces_without_a_spool_and_says_that_it_has_none(self):
        for spool in ("/proc", "/nonexistent"):  # nobody, not even root, can make a file there
            with Producer() as producer:
                answer = self.run_hook(fixture(), producer.url, spool=spool, warns=True)
            self.assert_output(answer, f"accepted: scene 45 is in plexsync.scene-events, partition 3, offset 17; but the spool in {spool} cannot")
            self.assert_error(self.run_hook(fixture(), unused_url(), spool=spool), f"it is not kept, because the spool in {spool} cannot")

    def test_says_that_a_full_spool_takes_no_more_and_keeps_the_oldest(self):
        with open(os.path.join(self.spool, "plexsync.spool"), "wb") as file:
            file.writelines(spool_line(i, hook_context(i)) for i in range(1, 10001))
        answer = self.run_hook(hook_of(20000), unused_url())
        self.assert_error(answer, "it is not kept, because the spool is full (10000 events wait")
        with Producer() as producer:
            answer = self.run_hook(hook_of(20001), producer.url, warns=True)
            self.assert_output(answer, "accepted: scene 20001 ")
            sent = producer.ids()
        self.assertEqual(sent, [20001] + list(range(1, len(sent))))
        self.assertEqual(self.spooled_ids(), list(range(len(sent), 10001)))
        self.keep([20002])

    def test_says_once_that_a_line_is_torn(self):
        self.keep([1])
        with open(os.path.join(self.spool, "plexsync.spool"), "ab") as file:
            file.write(spool_line(2, hook_context(2))[:-9])
        self.assert_error(self.run_hook(hook_of(3), unused_url()), "unreadable lines in the spool, now passed over: 1")
        with Producer() as producer:
            self.assert_output(self.run_hook(hook_of(4), producer.url), "sent from the spool: 2")
            self.assertEqual(producer.ids(), [4, 1, 3])

    def run_at_once(self, scenes, url):
        env = self.environment(url)
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        hooks = [subprocess.Popen(self.command, env=env, **pipes) for _ in scenes]
        for hook, scene in zip(hooks, scenes):
            hook.stdin.write(hook_of(scene))
            hook.stdin.flush()
        for hook in hooks:  # each waits for the end of its input: now they all run
            hook.stdin.close()
            hook.stdin = None
        for hook in hooks:
            out, err = hook.communicate(timeout=BOUND_S)
            self.assertEqual(hook.returncode, 0)
            yield self.read_answer(subprocess.CompletedProcess([], 0, out, err))

    def test_twenty_at_once_neither_lose_nor_tear(self):
        for answer in self.run_at_once(range(1, 21), unused_url()):
            self.assert_error(answer, "it is kept")
        self.assertEqual(sorted(self.spooled_ids()), list(range(1, 21)))
        with Producer() as producer:
            for answer in self.run_at_once(range(101, 121), producer.url):
                self.assertIn("scene 1", str(answer))
            self.drain(producer)
        self.assertLessEqual(set(range(1, 21)) | set(range(101, 121)), set(producer.ids()))

    def test_the_task_sends_all_that_waits_and_shows_its_progress(self):
        self.keep(range(1, 31))

        def slowly(_):
            time.sleep(0.05)
            return 202, ACCEPTED

        with Producer(decide=slowly) as producer:
            started = time.monotonic()
            done = subprocess.run(self.command, input=task_of("send"), env=self.environment(producer.url), capture_output=True, timeout=BOUND_S, check=True)
            elapsed = time.monotonic() - started
        self.assertEqual(producer.ids(), list(range(1, 31)))
        self.assertEqual(json.loads(done.stdout), {"output": "sent 30 of 30 waiting events"})
        *lines, last = done.stderr.splitlines()
        self.assertEqual(last, b"\x01i\x02sent 30 of 30 waiting events", "whoever pressed the button reads it at level Info")
        for line in lines:
            self.assertRegex(line, rb"\A\x01p\x02[01]\.\d{3}\Z")
        numbers = [float(line[3:]) for line in lines]
        self.assertEqual(numbers, sorted(numbers))
        self.assertGreaterEqual(len(lines), 3, "1.5 s and more of work")
        self.assertLessEqual(len(lines), elapsed / 0.5 + 1, "Stash drops lines that come faster")
        self.assertEqual(os.listdir(self.spool), ["plexsync.spool.lock"])

    def test_the_task_says_what_still_waits(self):
        self.keep([1, 2])
        done = subprocess.run(self.command, input=task_of("send"), env=self.environment(unused_url()), capture_output=True, timeout=BOUND_S, check=True)
        self.assert_error(json.loads(done.stdout), "sent 0 of 2 waiting events; scene 1 was not announced: no connection")
        self.assertEqual(self.spooled_ids(), [1, 2])

    def test_the_task_has_nothing_to_do_in_an_empty_spool(self):
        done = subprocess.run(self.command, input=task_of("send"), env=self.environment(unused_url()), capture_output=True, timeout=BOUND_S, check=True)
        self.assert_output(json.loads(done.stdout), "sent 0 of 0 waiting events")
        self.assertEqual(done.stderr, b"\x01i\x02sent 0 of 0 waiting events\n")
        self.assert_output(self.run_hook(task_of("dance"), unused_url()), 'ignored: a task with the mode "dance"')

    def test_the_spool_is_beside_the_program_if_nothing_else_is_said(self):
        with tempfile.TemporaryDirectory() as plugin:
            program = shutil.copy(self.binary, plugin)
            self.assert_error(self.run_hook(fixture(), unused_url(), command=[*self.emulator, program], spool=""), "it is kept")
            self.assertIn("plexsync.spool", os.listdir(plugin))


class StaticHookTest(HookTest):
    """The binary that is shipped; alone in an empty root, as in an image without glibc."""

    @contextlib.contextmanager
    def traced(self, scene, url):
        """The hook, stopped before its first instruction."""
        traceme, setoptions, tracesysgood = 0, 0x4200, 1
        with tempfile.TemporaryFile() as stdin:
            stdin.write(hook_of(scene))
            stdin.seek(0)
            hook = subprocess.Popen(self.command, stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                    env=self.environment(url), preexec_fn=lambda: LIBC.ptrace(traceme, 0, 0, 0))
        _, status = os.waitpid(hook.pid, 0)
        self.assertTrue(os.WIFSTOPPED(status), "it is traced")
        self.assertEqual(LIBC.ptrace(setoptions, hook.pid, 0, tracesysgood), 0)
        with hook.stdout:
            yield hook
        hook.returncode = 0

    @staticmethod
    def step(pid):
        """On to the next entry into a system call, or the next return. False: it has ended."""
        syscall = 24
        LIBC.ptrace(syscall, pid, 0, 0)
        _, status = os.waitpid(pid, 0)
        return os.WIFSTOPPED(status)

    def system_calls(self, scene, url):
        """The numbers of the calls, in their order."""
        get_syscall_info, is_entry = 0x420E, 1
        info, calls = ctypes.create_string_buffer(88), []
        with self.traced(scene, url) as hook:
            while self.step(hook.pid):
                LIBC.ptrace(get_syscall_info, hook.pid, len(info), info)
                if info.raw[0] == is_entry:
                    calls.append(int.from_bytes(info.raw[24:32], sys.byteorder))
        return calls

    def test_writes_before_it_connects_and_syncs_if_the_producer_did_not_take_it(self):
        pwrite, connect, fdatasync, fsync = {"x86_64": (18, 42, 75, 74), "aarch64": (68, 203, 83, 82)}[os.uname().machine]
        calls = self.system_calls(1, unused_url())
        self.assertLess(calls.index(pwrite), calls.index(connect))
        self.assertLess(calls.index(connect), calls.index(fdatasync))
        self.assertIn(fsync, calls, "the entry in the directory, too")
        with Producer() as producer:
            calls = self.system_calls(2, producer.url)
        self.assertLess(calls.index(pwrite), calls.index(connect))
        self.assertNotIn(fdatasync, calls)

    def run_and_kill(self, scene, url, stops):
        """Kills the hook when it has entered or left system calls `stops` times. Returns its words, and whether it ended before."""
        with self.traced(scene, url) as hook:
            ended = not all(self.step(hook.pid) for _ in range(stops))
            if not ended:
                os.kill(hook.pid, signal.SIGKILL)
                os.waitpid(hook.pid, 0)
            return hook.stdout.read(), ended

    def kill_everywhere(self, url, base):
        """One hook after the other, each killed one step later. Returns the scenes of which it had spoken."""
        acknowledged = []
        for stops in range(1, 1000):
            words, ended = self.run_and_kill(base + stops, url, stops)
            if words:
                self.assertTrue(words.endswith(b"\n"))
                self.assertIn(f"scene {base + stops} ", json.loads(words).popitem()[1])
                acknowledged.append(base + stops)
            if ended:
                return acknowledged
        self.fail("the hook does not end")

    def test_killed_at_any_step_it_loses_nothing_of_which_it_had_spoken(self):
        away = self.kill_everywhere(unused_url(), 1000)
        self.assertLessEqual(set(away), set(self.spooled_ids()))
        self.assertGreater(len(self.spooled()), len(away), "some are kept without a word")
        waited = self.spooled_ids()
        with Producer() as producer:
            there = self.kill_everywhere(producer.url, 3000)
            said = self.drain(producer)
            self.assertNotIn("unreadable", str(said))
        self.assertTrue(away and there)
        self.assertLessEqual(set(waited) | set(there), set(producer.ids()))

    def start(self, url):
        return subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=self.environment(url))

    def test_killed_at_any_byte_of_its_input_it_harms_nothing_that_waits(self):
        self.keep([1])
        payload = hook_of(2)
        for count in range(len(payload)):
            with self.start(unused_url()) as hook:
                hook.stdin.write(payload[:count])
                hook.stdin.flush()
                hook.kill()
        self.keep([3])
        self.assertEqual(self.spooled_ids(), [1, 3])

    def test_killed_at_any_byte_of_the_answer_it_still_has_the_event(self):
        body = json.dumps(ACCEPTED).encode()
        whole = b"HTTP/1.1 202 Accepted\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)
        scenes = range(1, len(whole) + 1)
        sent = queue.Queue()
        counts = iter(range(len(whole)))

        def behaviour(connection):
            connection.recv(65536)
            connection.sendall(whole[:next(counts)])
            sent.put(None)
            connection.recv(1)  # until it is killed

        with rude_server(behaviour) as url:
            for scene in scenes:
                with self.start(url) as hook:
                    hook.stdin.write(hook_of(scene))
                    hook.stdin.close()
                    sent.get(timeout=BOUND_S)
                    hook.kill()
        self.assertEqual(self.spooled_ids(), list(scenes))
        with Producer() as producer:
            self.drain(producer)
            self.assertEqual([i for i in producer.ids() if i < 10**6], list(scenes))

    def test_runs_in_an_empty_root(self):
        with tempfile.TemporaryDirectory() as root, Producer() as producer:
            shutil.copy(self.binary, os.path.join(root, "plexsync-hook"))
            become = [] if os.geteuid() == 0 else ["unshare", "--user", "--map-root-user"]
            command = become + ["chroot", root, "/plexsync-hook"]
            self.assert_output(self.run_hook(fixture(), producer.url, command=command, spool="/"), "accepted")
            self.assert_error(self.run_hook(fixture(), "http://no-such-host:1", command=command, spool="/"), "scene 45")
            self.assertIn("plexsync.spool", os.listdir(root))
            os.mkdir(os.path.join(root, "etc"))
            with open(os.path.join(root, "etc", "hosts"), "w", encoding="ascii") as hosts:
                hosts.write("127.0.0.1 producer\n")
            url = producer.url.replace("127.0.0.1", "producer")
            self.assert_output(self.run_hook(fixture(), url, command=command, spool="/"), "sent from the spool: 1")
            answer = self.run_hook(fixture(), url, command=command, spool="", warns=True)
            self.assert_output(answer, "set PLEXSYNC_SPOOL_DIR")

    def test_needs_no_loader_and_no_library(self):
        with open(self.binary, "rb") as file:
            head = file.read(64)
            self.assertEqual(head[:4], b"\x7fELF")
            offset, size, count = int.from_bytes(head[32:40], "little"), int.from_bytes(head[54:56], "little"), int.from_bytes(head[56:58], "little")
            file.seek(offset)
            kinds = [int.from_bytes(file.read(size)[:4], "little") for _ in range(count)]
        self.assertNotIn(3, kinds, "it has an interpreter (PT_INTERP)")
        self.assertNotIn(2, kinds, "it is dynamically linked (PT_DYNAMIC)")


def main():
    if sys.argv[1] == "--emulated":
        cases = [type("Emulated", (HookTest,), {"emulator": [sys.argv[2]], "binary": sys.argv[3]})]
    else:
        static, native = sys.argv[1:3]
        cases = [type("Static", (StaticHookTest,), {"binary": static}), type("Native", (HookTest,), {"binary": native})]
    suite = unittest.TestSuite(unittest.defaultTestLoader.loadTestsFromTestCase(case) for case in cases)
    sys.exit(not unittest.TextTestRunner().run(suite).wasSuccessful())


if __name__ == "__main__":
    main()
