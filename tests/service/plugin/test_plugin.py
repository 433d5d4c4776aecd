"""The plugin, installed and run as Stash does it. Usage: test_plugin.py PRODUCER KAFKASIM PACKAGE PRODUCER-WITHOUT-PLUGIN"""

import glob
import hashlib
import json
import os
import pathlib
import platform
import shutil
import subprocess
import sys
import tempfile
import unittest
import zipfile

from rig import BOUND_S, Broker, Producer, clean_environment, records
from stash import COOKIE, TRIGGERS, PackageSource, Plugin, Server, download, stash_with

PRODUCER, KAFKASIM, PACKAGE, BARE_PRODUCER = sys.argv[1:5]
TOKEN = "canary-2b9c-token"
ACCEPTED = {"status": "accepted", "event_id": "e", "topic": "t", "partition": 1, "offset": 2}


class WithProducer(unittest.TestCase):
    arguments = ("--api-token", TOKEN)

    def setUp(self):
        self.broker = self.enterContext(Broker(KAFKASIM))
        self.producer = self.enterContext(Producer(PRODUCER, self.broker.bootstrap, *self.arguments))
        self.url = f"http://127.0.0.1:{self.producer.port}"
        self.plugins = self.enterContext(tempfile.TemporaryDirectory())

    def install(self):
        return PackageSource(f"{self.url}/stash/index.yml").install(self.plugins)


class Package(WithProducer):
    def test_is_installed_and_run_as_stash_does_it(self):
        plugin = Plugin(self.install())
        environment = {"PLEXSYNC_API_TOKEN": TOKEN}
        said, lines = plugin.hook(45, environment=environment)
        self.assertRegex(said["output"], "^accepted: scene 45 ")
        self.assertEqual(lines, [])
        self.assertEqual([r["key"] for r in records(self.broker.bootstrap)], ["45"])
        said, lines = plugin.task("Test connection", environment=environment)
        self.assertRegex(said["output"], "^all is well")
        self.assertEqual([level for level, _ in lines], ["p", "i", "i"])
        self.assertEqual(len(records(self.broker.bootstrap)), 1, "the test announces nothing")
        said, lines = plugin.task("Test connection", environment={"PLEXSYNC_API_TOKEN": "wrong"})
        self.assertIn("401", said["error"])
        self.assertEqual(lines[-1][0], "e")

    def test_is_the_same_for_head_and_get_and_says_since_when(self):
        for path in ("index.yml", "plexsync.zip"):
            head, get = (self.producer.request(method, f"/stash/{path}") for method in ("HEAD", "GET"))
            self.assertEqual((head.status, get.status, head.body), (200, 200, b""))
            for name in ("last-modified", "content-length", "content-type"):
                self.assertEqual(head.headers[name], get.headers[name])
            self.assertEqual(int(head.headers["content-length"]), len(get.body))
            self.assertRegex(get.headers["last-modified"], r"^[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$")

    def test_carries_the_address_at_which_it_was_asked_and_never_the_token(self):
        seen = set()
        for host in (f"127.0.0.1:{self.producer.port}", "nas:8590", "[::1]:8590", "stash.example"):
            answer = self.producer.request("GET", "/stash/plexsync.zip", headers={"Host": host})
            index = self.producer.request("GET", "/stash/index.yml", headers={"Host": host})
            self.assertIn(hashlib.sha256(answer.body).hexdigest(), index.body.decode())
            self.assertIn(f"producer_url = http://{host}\n".encode(), answer.body)
            self.assertNotIn(TOKEN.encode(), answer.body + index.body)
            seen.add(answer.body)
        self.assertEqual(len(seen), 4)

    def test_refuses_a_host_that_would_be_another_line_or_address(self):
        for host in ("a b", "user@evil", "nas/../x", "nas\tx", "x" * 600):
            answer = self.producer.request("GET", "/stash/index.yml", headers={"Host": host})
            self.assertEqual(answer.status, 400, host)

    def test_is_what_unzip_makes_of_it(self):
        directory = self.install()
        archive = os.path.join(self.plugins, "p.zip")
        with open(archive, "wb") as file:
            file.write(download(f"{self.url}/stash/plexsync.zip")[1])
        with zipfile.ZipFile(archive) as package:
            self.assertIsNone(package.testzip())
            for entry in package.infolist():
                program = entry.filename.startswith("plexsync-hook")
                self.assertEqual(entry.external_attr >> 16, 0o100755 if program else 0o100644, entry.filename)
                self.assertTrue(os.path.isfile(os.path.join(directory, entry.filename)))
        self.assertEqual(glob.glob(os.path.join(directory, "*.yml")), [os.path.join(directory, "plexsync.yml")],
                         "Stash takes every .yml for a plugin")

    def test_says_which_processor_has_no_hook(self):
        plugin = Plugin(self.install())
        with tempfile.TemporaryDirectory() as path:
            with open(os.path.join(path, "uname"), "w", encoding="ascii") as file:
                file.write("#!/bin/sh\necho riscv64\n")
            os.chmod(file.name, 0o755)
            said, _ = plugin.hook(1, environment={"PATH": f"{path}:{os.environ['PATH']}"})
        self.assertIn("no hook for the processor riscv64", said["error"])


    def test_has_no_hook_that_this_producer_would_ignore(self):
        self.assertEqual(Plugin(self.install()).triggers(), {"Scene.Create.Post", "Scene.Update.Post", "Scene.Destroy.Post"})


class PackageWithFanOut(WithProducer):
    arguments = ("--fan-out", "true", "--stash-url", "http://127.0.0.1:1", "--reconcile-interval", "0")

    def test_announces_names_too(self):
        plugin = Plugin(self.install())
        self.assertEqual(plugin.triggers(), TRIGGERS)
        for trigger in sorted(TRIGGERS):
            what, _ = trigger.removesuffix(".Post").split(".")
            said, lines = plugin.hook(7, trigger.removesuffix(".Post"))
            expected = "accepted: scene 7 is in " if what == "Scene" else f"accepted: the scenes that show {what.lower()} 7 will be looked at"
            self.assertIn(expected, said["output"], trigger)
            self.assertEqual(lines, [])

    def test_is_an_update_of_the_package_without_and_the_other_is_none_of_it(self):
        def dated(*arguments):
            with Producer(PRODUCER, self.broker.bootstrap, *arguments) as producer:
                package, = PackageSource(f"http://127.0.0.1:{producer.port}/stash/index.yml").packages()
                return str(package["date"])

        plain, without_stash, fan_out = dated(), dated("--fan-out", "true"), dated(*self.arguments)
        self.assertLess(plain, fan_out)
        self.assertEqual(plain, without_stash)


class NoPackage(unittest.TestCase):
    def test_is_said_by_a_producer_that_was_built_without_hooks(self):
        with Broker(KAFKASIM) as broker, Producer(BARE_PRODUCER, broker.bootstrap) as producer:
            for path in ("index.yml", "plexsync.zip"):
                answer = producer.request("GET", f"/stash/{path}")
                self.assertEqual((answer.status, answer.headers["content-type"]), (404, "application/problem+json"))
                self.assertEqual(answer.json["type"], "urn:plexsync:problem:no_plugin")
                self.assertIn("PLEXSYNC_HOOKS=none", answer.json["detail"])
                head = producer.request("HEAD", f"/stash/{path}")
                self.assertEqual((head.status, head.body), (404, b""))


class PackageWithPublicUrl(WithProducer):
    arguments = ("--public-url", "http://nas.example:8590/plexsync")

    def test_carries_that_address_whoever_asks(self):
        with open(os.path.join(self.install(), "producer.conf"), encoding="ascii") as file:
            self.assertIn("producer_url = http://nas.example:8590/plexsync\n", file.read())

    def test_must_be_an_address_of_http(self):
        for url in ("https://nas", "nas:8590", "http://", "http://u@h", "http://a\nb"):
            done = subprocess.run([PRODUCER, "--public-url", url, "--check"], env=clean_environment(), capture_output=True, text=True,
                                  timeout=BOUND_S, check=False)
            self.assertEqual(done.returncode, 2, url)
            self.assertIn("public_url", done.stderr)


def unpack_package(root, directory):
    """The package that names no producer."""
    with tempfile.TemporaryDirectory() as source:
        subprocess.run([PACKAGE, source], check=True, timeout=BOUND_S)
        with zipfile.ZipFile(os.path.join(source, "plexsync.zip")) as package:
            for entry in package.infolist():
                os.chmod(package.extract(entry, os.path.join(root, directory)), entry.external_attr >> 16 & 0o777)
    return os.path.join(root, directory)


class WithPackage(unittest.TestCase):
    def setUp(self):
        self.directory = unpack_package(self.enterContext(tempfile.TemporaryDirectory()), "plexsync")


class Configuration(WithPackage):
    """Who wins: environment, plexsync.conf, the settings in Stash, the package."""

    def setUp(self):
        super().setUp()
        self.producers = {name: self.enterContext(Server(lambda _: (202, ACCEPTED))) for name in ("environment", "file", "stash", "package")}

    def write(self, name, url, more=""):
        with open(os.path.join(self.directory, name), "w", encoding="ascii") as file:
            file.write(f"# mine\n\nproducer_url = {url}\n{more}")

    def expect_only(self, name, token=None):
        for other, producer in self.producers.items():
            self.assertEqual(len(producer.requests), 1 if other == name else 0, other)
            for _, _, headers, body in producer.requests:
                self.assertEqual(headers.get("Authorization"), token and f"Bearer {token}")
                self.assertNotIn(COOKIE, str(headers) + body.decode())
            producer.requests.clear()
        for path in glob.glob(os.path.join(self.directory, "*")):
            with open(path, "rb") as file:
                self.assertNotIn(COOKIE.encode(), file.read(), path)

    def test_comes_from_the_environment_then_the_file_then_stash_then_the_package(self):
        urls = {name: producer.url for name, producer in self.producers.items()}
        settings = {"producerUrl": urls["stash"], "apiToken": "from-stash"}
        with stash_with(settings) as stash:
            plugin = Plugin(self.directory, stash)
            self.write("producer.conf", urls["package"])
            self.write("plexsync.conf", urls["file"], "api_token=from-file\n")
            said, _ = plugin.hook(1, environment={"PLEXSYNC_PRODUCER_URL": urls["environment"], "PLEXSYNC_API_TOKEN": "from-env"})
            self.assertIn("accepted", said["output"])
            self.expect_only("environment", "from-env")
            plugin.hook(2)
            self.expect_only("file", "from-file")
            self.assertEqual(stash.requests, [], "what is known needs no question")
            self.write("plexsync.conf", urls["file"])
            plugin.hook(3)
            self.expect_only("file", "from-stash")
            os.remove(os.path.join(self.directory, "plexsync.conf"))
            plugin.hook(4)
            self.expect_only("stash", "from-stash")
            self.assertEqual(len(stash.requests), 2)
            settings.clear()
            plugin.hook(5)
            self.expect_only("package")

    def test_goes_on_without_a_stash_that_answers(self):
        self.write("producer.conf", self.producers["package"].url)
        for answer in ((401, {}), (200, {"errors": [{"message": "no"}], "data": None}), (500, [])):
            with Server(lambda _, a=answer: a) as stash:
                said, lines = Plugin(self.directory, stash).hook(1)
            self.assertIn("accepted", said["output"])
            self.assertEqual(lines, [])
            self.expect_only("package")
        said, _ = Plugin(self.directory).hook(2)
        self.assertIn("accepted", said["output"])
        self.write("producer.conf", "http://127.0.0.1:1")
        said, _ = Plugin(self.directory).hook(3)
        self.assertIn("the plugin's settings are not known: no connection to Stash", said["error"])

    def test_says_which_line_of_the_file_is_wrong(self):
        self.write("plexsync.conf", self.producers["file"].url, "tokn = x\n")
        said, lines = Plugin(self.directory).hook(1)
        self.assertIn("line 4 of plexsync.conf", said["output"])
        self.assertEqual([level for level, _ in lines], ["w"])


class Resync(WithPackage):
    def run_task(self, answers):
        """The task against a producer whose progress is `answers`, one after the other. Returns its words, lines, requests."""
        left = list(answers)

        def answer(request):
            if request[0] == "POST":
                self.assertEqual((request[1], json.loads(request[3])), ("/v1/sweeps", {"mode": "full"}))
                return left.pop(0)
            self.assertEqual(request[1], "/v1/sweeps/current")
            return left.pop(0) if len(left) > 1 else left[0]

        with Server(answer) as producer:
            said, lines = Plugin(self.directory).task("Resync everything", environment={"PLEXSYNC_PRODUCER_URL": producer.url, "PLEXSYNC_API_TOKEN": TOKEN})
            for _, _, headers, _ in producer.requests:
                self.assertEqual(headers["Authorization"], f"Bearer {TOKEN}")
        return said, lines

    @staticmethod
    def sweep(state, walked, detail=""):
        return {"state": state, "mode": "full", "total": 40, "walked": walked, "published": walked, "skipped": {"unchanged": 1}, "rate": 1.5, "eta_s": None, "detail": detail}

    def test_follows_the_sweep_to_its_end(self):
        walk = [(202, self.sweep("running", 0)), (200, self.sweep("running", 10)), (503, {"title": "away", "status": 503}),
                (200, self.sweep("running", 20)), (200, {"state": "idle", "last": self.sweep("done", 40)})]
        said, lines = self.run_task(walk)
        self.assertEqual(said, {"output": "the resync is done: 40 of 40 scenes compared, 40 announced"})
        self.assertEqual([text for level, text in lines if level == "p"], ["0.250", "0.500", "1.000"])
        self.assertEqual(lines[-1], ("i", said["output"]))

    def test_follows_the_one_that_runs_already(self):
        running = (409, {"type": "urn:plexsync:problem:sweep_running", "title": "A sweep is running", "status": 409})
        said, lines = self.run_task([running, (200, self.sweep("done", 40))])
        self.assertIn("is done", said["output"])
        self.assertIn(("i", "a sweep is running already: following it"), lines)

    def test_begins_again_when_the_producer_was_restarted(self):
        forgotten = (200, {"state": "idle", "last": None})
        said, _ = self.run_task([(202, self.sweep("running", 0)), forgotten, (202, self.sweep("running", 0)), (200, self.sweep("done", 40))])
        self.assertEqual(said, {"output": "the resync is done: 40 of 40 scenes compared, 40 announced"})

    def test_gives_up_when_there_is_always_another(self):
        said, lines = self.run_task([(202, self.sweep("running", 0)), (200, {"state": "idle", "last": None})] * 5)
        self.assertIn("other sweeps run all the time", said["error"])
        self.assertEqual(lines[-1][0], "e")

    def test_says_why_there_is_none(self):
        no_stash = (409, {"type": "urn:plexsync:problem:no_stash", "title": "no", "detail": "set stash_url", "status": 409})
        said, _ = self.run_task([no_stash])
        self.assertIn("the resync was not started: the producer says set stash_url (HTTP 409)", said["error"])

    def test_says_how_it_failed(self):
        said, lines = self.run_task([(202, self.sweep("running", 0)), (200, self.sweep("failed", 7, "Stash went away"))])
        self.assertIn("the resync is failed: 7 of 40 scenes compared, 7 announced; Stash went away", said["error"])
        self.assertEqual(lines[-1][0], "e")


class Built(unittest.TestCase):
    def test_the_same_files_give_the_same_bytes(self):
        packages = []
        for _ in range(2):
            with tempfile.TemporaryDirectory() as directory:
                subprocess.run([PACKAGE, directory], check=True, timeout=BOUND_S, env={"TZ": "Pacific/Auckland"} if packages else None)
                packages.append([pathlib.Path(directory, name).read_bytes() for name in ("index.yml", "plexsync.zip")])
        self.assertEqual(*packages)

    def test_the_wrapper_becomes_the_hook_in_a_root_with_nothing_but_busybox(self):
        busybox = shutil.which("busybox")
        self.assertTrue(busybox, "tools/packages install test brings it")
        with tempfile.TemporaryDirectory() as root, Server(lambda _: (202, ACCEPTED)) as producer:
            os.mkdir(os.path.join(root, "bin"))
            shutil.copy(busybox, os.path.join(root, "bin", "busybox"))
            for applet in ("sh", "uname", "cat"):
                os.symlink("busybox", os.path.join(root, "bin", applet))
            become = [] if os.geteuid() == 0 else ["unshare", "--user", "--map-root-user"]
            plugin = Plugin(unpack_package(root, "plugins/plexsync"))
            plugin.directory = "/plugins/plexsync"  # as the program sees it
            said, lines = plugin.hook(45, prefix=(*become, "chroot", root), environment={"PATH": "/bin:/usr/sbin:/usr/bin", "PLEXSYNC_PRODUCER_URL": producer.url, "PLEXSYNC_SPOOL_DIR": "/plugins/plexsync"})
            self.assertIn("accepted: scene 45", said["output"], platform.machine())
            self.assertEqual(lines, [])
            self.assertEqual(sorted(os.listdir(root)), ["bin", "plugins"])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[5:])
