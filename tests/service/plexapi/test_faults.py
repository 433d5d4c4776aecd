"""Every fault, seen from outside."""

import concurrent.futures
import gzip
import http.client
import json
import time
import xml.etree.ElementTree as ElementTree

from simulator import SimulatorCase, wait_until

LISTING = "/library/sections/1/all"
EDIT = "/library/sections/1/all?type=1&id=101&summary.value=S&summary.locked=1" \
       "&studio.value=X&studio.locked=1"


class Faults(SimulatorCase):
    def last_status(self):
        return self.sim.control("GET", "requests")[-1]["status"]

    def was_edited(self):
        return self.sim.item(101).get("summary") == "S"

    def test_a_status_before_the_effect(self):
        self.sim.fault(method="PUT", action="status", status=500, count=1)
        status, head, body = self.sim.request("PUT", EDIT)
        self.assertEqual((status, head["Content-Type"]), (500, "text/html"))
        self.assertIn(b"<h1>500 Internal Server Error</h1>", body)
        self.assertFalse(self.was_edited())
        self.assertEqual(self.sim.request("PUT", EDIT)[0], 200)

    def test_a_status_after_the_effect(self):
        self.sim.fault(method="PUT", action="status", status=500, after_effect=True)
        self.assertEqual(self.sim.request("PUT", EDIT)[0], 500)
        self.assertTrue(self.was_edited())

    def test_a_dropped_connection_before_and_after_the_effect(self):
        for after, edited in ((False, False), (True, True)):
            with self.subTest(after=after):
                self.sim.fault(method="PUT", action="drop", after_effect=after, count=1)
                with self.assertRaises((http.client.RemoteDisconnected, ConnectionResetError)):
                    self.sim.request("PUT", EDIT)
                self.assertEqual(self.last_status(), 0)
                self.assertEqual(self.was_edited(), edited)
                self.sim.control("DELETE", "faults")

    def test_a_truncated_body_under_its_full_length(self):
        whole = self.sim.request("GET", LISTING)[2]
        self.sim.fault(path=LISTING, action="truncate")
        with self.assertRaises(http.client.IncompleteRead) as caught:
            self.sim.request("GET", LISTING)
        self.assertEqual(caught.exception.partial, whole[:len(whole) // 2])
        self.assertEqual(len(caught.exception.partial) + caught.exception.expected, len(whole))

    def test_a_page_of_something_else(self):
        self.sim.fault(action="html")
        status, head, body = self.sim.request("GET", LISTING)
        self.assertEqual((status, head["Content-Type"]), (200, "text/html"))
        self.assertNotIn(b"MediaContainer", body)

    def test_start_up_maintenance(self):
        self.sim.fault(action="maintenance")
        status, _, body = self.sim.request("GET", LISTING)
        self.assertEqual(status, 503)
        self.assertEqual(ElementTree.fromstring(body).attrib["title"], "Maintenance")
        status, _, body = self.sim.request("GET", LISTING, {"Accept": "application/json"})
        self.assertEqual((status, json.loads(body)["code"]), (503, 503))

    def test_a_delay(self):
        self.sim.fault(path="/identity", delay_ms=150)
        start = time.monotonic()
        self.assertEqual(self.sim.request("GET", "/identity")[0], 200)
        self.assertGreaterEqual(time.monotonic() - start, 0.15)

    def test_titles_that_are_no_xml(self):
        for action, byte in (("control_character", b"\x04"), ("invalid_utf8", b"\xff")):
            with self.subTest(action):
                self.sim.fault(path=LISTING, action=action, count=1)
                status, head, body = self.sim.request("GET", LISTING)
                self.assertEqual((status, int(head["Content-Length"])), (200, len(body)))
                self.assertIn(b'title="' + byte, body)
                with self.assertRaises(ElementTree.ParseError):
                    ElementTree.fromstring(body)
                self.assertEqual(len(ElementTree.fromstring(body.replace(byte, b""))), 4)

    def test_a_wrong_size(self):
        self.sim.fault(path=LISTING, action="wrong_size")
        listing = self.sim.xml(LISTING)
        self.assertEqual((listing.get("size"), len(listing)), ("5", 4))

    def page(self, start):
        page = self.sim.xml(LISTING, **{"sort": "addedAt", "X-Plex-Container-Start": start,
                                        "X-Plex-Container-Size": 2})
        return [item.get("ratingKey") for item in page], page.get("totalSize")

    def test_rows_that_come_and_go_between_two_pages(self):
        first, second = ["101", "102"], ["103", "104"]
        for action, rows, total in (("duplicate_row", ["102", "103"], "5"),
                                    ("missing_row", ["104"], "3")):
            with self.subTest(action):
                self.assertEqual(self.page(0), (first, "4"))
                self.sim.fault(path=LISTING, action=action, count=1)
                self.assertEqual(self.page(2), (rows, total))
                self.assertEqual(self.page(2), (second, "4"))

    def test_a_delay_for_each_row(self):
        self.sim.fault(path=LISTING, action="row_delay", delay_ms=40)
        start = time.monotonic()
        self.assertEqual(len(self.sim.xml(LISTING)), 4)
        self.assertGreaterEqual(time.monotonic() - start, 0.16)

    def test_answers_that_are_the_same_and_look_otherwise(self):
        whole = self.sim.xml(LISTING)
        titles = [item.get("title") for item in whole]
        for action in ("shuffle", "novelty", "chunked", "slow", "close"):
            with self.subTest(action):
                self.sim.fault(path=LISTING, action=action, count=1)
                seen = self.sim.xml(LISTING)
                self.assertEqual([v.get("title") for v in seen.findall("Video")], titles)

    def test_compressed_though_nobody_asked(self):
        whole = self.sim.request("GET", LISTING)[2]
        self.sim.fault(path=LISTING, action="gzip", count=1)
        _, head, body = self.sim.request("GET", LISTING)
        self.assertEqual((head["Content-Encoding"], gzip.decompress(body)), ("gzip", whole))

    def test_connections_that_break(self):
        for action, error in (("reset", ConnectionResetError),
                              ("tls", http.client.BadStatusLine),
                              ("reset_body", (ConnectionResetError, http.client.IncompleteRead))):
            with self.subTest(action):
                self.sim.fault(path=LISTING, action=action, count=1)
                with self.assertRaises(error):
                    self.sim.request("GET", LISTING)

    def test_a_field_or_the_locks_are_ignored(self):
        self.sim.fault(method="PUT", action="ignore_field", field="summary", count=1)
        self.assertEqual(self.sim.request("PUT", EDIT)[0], 200)
        item = self.sim.item(101)
        self.assertEqual((item.get("summary"), item["studio"], item["locked"]),
                         (None, "X", ["studio"]))
        self.sim.fault(method="PUT", action="ignore_locks", count=1)
        self.sim.request("PUT", EDIT)
        item = self.sim.item(101)
        self.assertEqual((item["summary"], item["locked"]), ("S", ["studio"]))

    def test_an_answer_is_held_until_released(self):
        for after, edited in ((False, False), (True, True)):
            with self.subTest(after=after), concurrent.futures.ThreadPoolExecutor() as pool:
                self.sim.fault(method="PUT", hold=True, after_effect=after, count=1)
                answer = pool.submit(self.sim.request, "PUT", EDIT)
                wait_until(lambda: self.sim.control("GET", "release")["held"] == 1)
                self.assertEqual(self.was_edited(), edited)
                self.assertIsNone(self.last_status())
                self.assertEqual(self.sim.request("GET", LISTING)[0], 200)  # others go on
                self.sim.control("POST", "release")
                self.assertEqual(answer.result()[0], 200)
                self.assertTrue(self.was_edited())
                self.sim.control("PUT", "state", self.fresh)

    def setUp(self):
        super().setUp()
        self.fresh = self.sim.control("GET", "state")

    def test_an_edit_lands_after_its_client_has_gone(self):
        self.sim.fault(method="PUT", hold=True, count=1)
        connection = self.sim.connect()
        connection.request("PUT", EDIT, headers={"X-Plex-Token": "plexsim-token"})
        wait_until(lambda: self.sim.control("GET", "release")["held"] == 1)
        connection.close()
        self.assertFalse(self.was_edited())
        self.sim.control("POST", "release")
        wait_until(self.was_edited)

    def test_stops_while_an_answer_is_held(self):
        self.sim.fault(path="/identity", hold=True)
        connection = self.sim.connect()
        connection.request("GET", "/identity")
        wait_until(lambda: self.sim.control("GET", "release")["held"] == 1)
        self.addCleanup(connection.close)

    def test_a_rule_matches_method_path_query_and_number(self):
        rule = self.sim.fault(method="GET", path=LISTING, query="title=a", nth=2,
                              action="status", status=500)
        wanted = LISTING + "?title=a"
        self.sim.request("GET", LISTING)
        self.sim.request("GET", "/library/sections?title=a")
        statuses = [self.sim.request("GET", wanted)[0] for _ in range(3)]
        self.assertEqual(statuses, [200, 500, 200])
        listed = self.sim.control("GET", "faults")
        self.assertEqual([(f["id"], f["seen"], f["fired"]) for f in listed], [(rule, 3, 1)])

    def test_a_rule_fires_so_often_and_so_probably(self):
        self.sim.fault(action="status", status=503, count=2)
        self.assertEqual([self.sim.request("GET", "/identity")[0] for _ in range(3)],
                         [503, 503, 200])
        self.sim.control("DELETE", "faults")
        self.sim.fault(action="status", status=503, probability=0.5)
        failed = sum(self.sim.request("GET", "/identity")[0] == 503 for _ in range(60))
        self.assertTrue(10 < failed < 50, failed)

    def test_refuses_a_rule_that_is_none(self):
        for rule in ({"action": "explode"}, {"action": "status"}, {"colour": "red"},
                     {"action": "ignore_field"}):
            with self.subTest(rule), self.assertRaises(RuntimeError):
                self.sim.fault(**rule)
