#!/usr/bin/env python3
"""plexsync-hook as Stash runs it, against stand-ins for the producer. Usage: test_hook.py STATIC NATIVE"""

import contextlib
import glob
import http.server
import json
import os
import shutil
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
BOUND_S = 30  # only says that nothing hangs for ever
HANG_BOUND_S = 5  # generous: the promise is one second, the machine may be busy


def fixture(path=UPDATE):
    with open(path, "rb") as file:
        return file.read()


class Producer:
    """Answers every POST alike and keeps what it was sent."""

    def __init__(self, status=202, body=ACCEPTED, host="127.0.0.1"):
        self.requests = []
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                length = int(self.headers["Content-Length"])
                outer.requests.append((self.path, dict(self.headers), self.rfile.read(length)))
                text = body if isinstance(body, bytes) else json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            address_family = socket.AF_INET6 if ":" in host else socket.AF_INET

        self.server = Server((host, 0), Handler)
        address = f"[{host}]" if ":" in host else host
        self.url = f"http://{address}:{self.server.server_address[1]}"

    def __enter__(self):
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True)
        self.thread.start()
        return self

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


class HookTest(unittest.TestCase):
    binary = ""

    def run_hook(self, stdin, url=None, token=None, command=None):
        env = {k: v for k, v in os.environ.items() if not k.startswith("PLEXSYNC_") and "proxy" not in k.lower()}
        if url is not None:
            env["PLEXSYNC_PRODUCER_URL"] = url
        if token is not None:
            env["PLEXSYNC_API_TOKEN"] = token
        done = subprocess.run(command or [self.binary], input=stdin, env=env, capture_output=True, timeout=BOUND_S)
        self.assertEqual(done.returncode, 0, done)
        for stream in (done.stdout, done.stderr):
            self.assertNotIn(TOKEN.encode(), stream)
            self.assertNotIn(COOKIE.encode(), stream)
        self.assertTrue(done.stdout.endswith(b"\n") and done.stdout.count(b"\n") == 1, done.stdout)
        answer = json.loads(done.stdout)
        self.assertEqual(len(answer), 1)
        if "error" in answer:
            self.assertRegex(done.stderr, rb"\A\x01e\x02[^\n]+\n\Z")
        else:
            self.assertEqual(done.stderr, b"")
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

    def test_sends_each_scene_fixture_and_ignores_the_rest(self):
        paths = sorted(glob.glob(os.path.join(FIXTURES, "stash-*", "*.json")))
        self.assertEqual(len(paths), 149)
        with Producer() as producer:
            for path in paths:
                context = json.loads(fixture(path))["args"].get("hookContext")
                producer.requests.clear()
                answer = self.run_hook(fixture(path), producer.url, TOKEN)
                if not context or not context["type"].startswith("Scene."):
                    self.assert_output(answer, "ignored: ")
                    self.assertEqual(producer.requests, [])
                    continue
                self.assert_output(answer, f"accepted: scene {context['id']} ")
                ((_, _, body),) = producer.requests
                self.assertEqual(json.loads(body), self.expected_body(context), path)

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

    def test_does_not_wait_for_a_producer_that_hangs(self):
        release = threading.Event()
        with rude_server(lambda connection: release.wait(BOUND_S)) as url:
            started = time.monotonic()
            answer = self.run_hook(fixture(), url)
            self.assertLess(time.monotonic() - started, HANG_BOUND_S)
            release.set()
        self.assert_error(answer, "whether scene 45 was announced is not known")
        self.assert_error(answer, "did not answer in time")

    def test_does_not_wait_for_an_answer_that_never_ends(self):
        release = threading.Event()

        def behaviour(connection):
            connection.sendall(b"HTTP/1.1 202 Accepted\r\nContent-Length: 50\r\n\r\n{")
            release.wait(BOUND_S)

        with rude_server(behaviour) as url:
            answer = self.run_hook(fixture(), url)
            release.set()
        self.assert_error(answer, "did not answer in time")

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
        env = {"PLEXSYNC_PRODUCER_URL": unused_url()}
        hook = subprocess.Popen([self.binary], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env)
        hook.stdout.close()
        hook.stderr.close()
        hook.stdin.write(fixture())
        hook.stdin.close()
        self.assertEqual(hook.wait(BOUND_S), 0)

    def test_explains_itself(self):
        text = subprocess.run([self.binary, "--help"], capture_output=True, text=True, timeout=BOUND_S, check=True).stdout
        for name in ("PLEXSYNC_PRODUCER_URL", "PLEXSYNC_API_TOKEN", "usage:"):
            self.assertIn(name, text)
        self.assert_error(self.run_hook(b"", command=[self.binary, "--what"]), "--help")


class StaticHookTest(HookTest):
    """The binary that is shipped; alone in an empty root, as in an image without glibc."""

    def test_runs_in_an_empty_root(self):
        with tempfile.TemporaryDirectory() as root, Producer() as producer:
            shutil.copy(self.binary, os.path.join(root, "plexsync-hook"))
            become = [] if os.geteuid() == 0 else ["unshare", "--user", "--map-root-user"]
            command = become + ["chroot", root, "/plexsync-hook"]
            self.assert_output(self.run_hook(fixture(), producer.url, command=command), "accepted")
            self.assert_error(self.run_hook(fixture(), "http://no-such-host:1", command=command), "scene 45")
            os.mkdir(os.path.join(root, "etc"))
            with open(os.path.join(root, "etc", "hosts"), "w", encoding="ascii") as hosts:
                hosts.write("127.0.0.1 producer\n")
            url = producer.url.replace("127.0.0.1", "producer")
            self.assert_output(self.run_hook(fixture(), url, command=command), "accepted")

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
    static, native = sys.argv[1:3]
    suite = unittest.TestSuite()
    for cls, base, binary in (("Static", StaticHookTest, static), ("Native", HookTest, native)):
        case = type(cls, (base,), {"binary": binary})
        suite.addTests(unittest.defaultTestLoader.loadTestsFromTestCase(case))
    sys.exit(not unittest.TextTestRunner().run(suite).wasSuccessful())


if __name__ == "__main__":
    main()
