"""Every request of docs/openapi.yaml, sent to a running producer: status and shape. See run."""

import json
import pathlib
import re
import sys
import unittest

import jsonschema
import yaml

from rig import Broker, Producer, wait_until
from test_sweep import Stash, library, write_stamps
import test_sweep

PRODUCER, KAFKASIM, STASHSIM = "", "", ""  # set below
DOCUMENT = yaml.safe_load((pathlib.Path(__file__).resolve().parents[3] / "docs/openapi.yaml").read_text())
METHODS = ("get", "post", "put", "patch", "delete")
TOKEN = "canary-openapi-token"


def resolve(node):
    """Follows a reference inside the document."""
    while "$ref" in node:
        place = DOCUMENT
        for part in node["$ref"].removeprefix("#/").split("/"):
            place = place[part]
        node = place
    return node


def operations():
    for path, item in DOCUMENT["paths"].items():
        for method in METHODS:
            if method in item:
                parameters = [resolve(p) for p in item.get("parameters", []) + item[method].get("parameters", [])]
                yield method, path, item[method], parameters


def requests():
    """(what, method, path, content type, body, statuses that are right)"""
    for method, path, operation, parameters in operations():
        for parameter in parameters:
            if parameter["in"] == "path":
                example = next(iter(parameter["examples"].values()))["value"]
                path = path.replace("{%s}" % parameter["name"], example)
        documented = [int(status) for status in operation["responses"]]
        content = operation.get("requestBody", {}).get("content", {None: {"examples": {"none": {}}}})
        for kind, media in content.items():
            for name, example in media["examples"].items():
                yield (f"{operation['operationId']} {name}", method.upper(), path, kind, example.get("value"),
                       [example["x-expect"]] if "x-expect" in example else documented, operation)


def validator(schema):
    """With the document's own definitions in reach."""
    return jsonschema.Draft202012Validator({**schema, "components": DOCUMENT["components"]})


class Description(unittest.TestCase):
    def setUp(self):
        self.broker = self.enterContext(Broker(KAFKASIM))
        write_stamps(self.broker.bootstrap, [45])
        self.stash = self.enterContext(Stash(library(45)))

    def producer(self, **settings):
        return self.enterContext(Producer(PRODUCER, self.broker.bootstrap, STASH_URL=self.stash.url, RECONCILE_INTERVAL="0",
                                          **settings))

    def check(self, answer, operation, statuses):
        self.assertIn(answer.status, statuses, answer)
        self.assertIn(str(answer.status), operation["responses"], answer)
        response = resolve(operation["responses"][str(answer.status)])
        for name, header in response.get("headers", {}).items():
            value = answer.headers.get(name.lower())
            self.assertIsNotNone(value, f"{name} is documented: {answer}")
            schema = resolve(header)["schema"]
            validator(schema).validate(int(value) if schema["type"] == "integer" else value)
        kind = answer.headers["content-type"].split(";")[0]
        self.assertIn(kind, response["content"], answer)
        if kind.endswith("json"):
            validator(response["content"][kind]["schema"]).validate(answer.json)

    def test_is_served_as_it_is_written(self):
        answer = self.producer(API_TOKEN=TOKEN).request("GET", "/openapi.json")
        self.assertEqual((answer.status, answer.json), (200, DOCUMENT))

    def test_is_true_of_every_request_that_it_shows(self):
        producer = self.producer()
        self.stash.fault(path="/graphql", hold=True)  # so that the sweep is there as long as it is asked for
        sent = 0
        for what, method, path, kind, value, statuses, operation in requests():
            with self.subTest(what):
                body = None if value is None else json.dumps(value).encode()
                answer = producer.request(method, path, body, {"Content-Type": kind} if kind else {})
                self.check(answer, operation, statuses)
                sent += 1
        self.assertGreater(sent, 25)

    def test_has_good_examples_only(self):
        for what, _, _, kind, value, statuses, operation in requests():
            if kind:
                with self.subTest(what):
                    schema = validator(operation["requestBody"]["content"][kind]["schema"])
                    self.assertEqual(schema.is_valid(value), statuses != [422])

    def test_is_true_without_a_token(self):
        producer = self.producer(API_TOKEN=TOKEN)
        for what, method, path, kind, value, _, operation in requests():
            with self.subTest(what):
                body = None if value is None else json.dumps(value).encode()
                answer = producer.request(method, path, body, {"Content-Type": kind} if kind else {})
                if operation.get("security") == []:
                    self.assertNotEqual(answer.status, 401)
                else:
                    self.check(answer, operation, [401])

    def test_is_true_of_a_broken_body(self):
        producer = self.producer()
        for method, path, operation, _ in operations():
            for kind in operation.get("requestBody", {}).get("content", {}):
                with self.subTest(path=path, kind=kind):
                    self.check(producer.request(method.upper(), path, b"{", {"Content-Type": kind}), operation, [400])
                    self.check(producer.request(method.upper(), path, b"{}", {"Content-Type": "text/plain"}), operation, [415])

    def test_is_true_of_what_is_not_known(self):
        producer = self.producer()
        path = DOCUMENT["paths"]["/v1/scenes/{id}"]["get"]
        self.check(producer.request("GET", "/v1/scenes/46"), path, [404])
        self.check(producer.request("GET", "/v1/scenes/045"), path, [404])
        self.check(producer.request("GET", "/v1/scenes/%zz"), path, [400])

    def test_is_true_of_a_sweep_that_ended(self):
        producer = self.producer()
        routes = DOCUMENT["paths"]["/v1/sweeps/current"]
        self.assertEqual(producer.request("POST", "/v1/sweeps", b"{}").status, 202)
        wait_until(lambda: producer.request("GET", "/v1/sweeps/current").json["state"] == "idle", "the end of the sweep")
        answer = producer.request("GET", "/v1/sweeps/current")
        self.check(answer, routes["get"], [200])
        self.assertEqual(answer.json["last"]["state"], "done")

    def test_names_every_route_of_the_code(self):
        root = pathlib.Path(__file__).resolve().parents[3]
        code = "".join(path.read_text() for pattern in ("producer/*.c", "common/health.c") for path in root.glob(pattern))
        paths = set(re.findall(r'\.path = "(/[^"]+)"', code)) | set(re.findall(r'\{ "(/[a-z]+)", on_', code))
        self.assertGreater(len(paths), 8)
        self.assertEqual(paths - set(DOCUMENT["paths"]), set())


if __name__ == "__main__":
    STASHSIM = test_sweep.STASHSIM = sys.argv.pop(3)
    KAFKASIM = sys.argv.pop(2)
    PRODUCER = sys.argv.pop(1)
    unittest.main()
