"""What plexapi does not look at: heads, pages, tokens, errors, events, control, violations."""

import json
import re
import threading

from simulator import TOKEN, Simulator, SimulatorCase, wait_until

LISTING = "/library/sections/1/all"


class Pages(SimulatorCase):
    def test_total_and_offset_are_there_only_when_asked_for(self):
        plain = self.sim.xml(LISTING)
        self.assertEqual(plain.get("size"), "4")
        self.assertIsNone(plain.get("totalSize"))
        status, head, body = self.sim.request(
            "GET", LISTING, {"X-Plex-Container-Start": "1", "X-Plex-Container-Size": "2"})
        self.assertEqual(status, 200)
        self.assertIn(b'size="2"', body)
        self.assertIn(b'totalSize="4" offset="1"', body)
        self.assertEqual(head["X-Plex-Container-Total-Size"], "4")
        self.assertEqual(head["X-Plex-Protocol"], "1.0")
        self.assertEqual(head["Content-Type"], "text/xml;charset=utf-8")

    def test_pages_by_query_and_the_header_wins(self):
        query = {"X-Plex-Container-Start": "0", "X-Plex-Container-Size": "3"}
        self.assertEqual(self.sim.xml(LISTING, **query).get("size"), "3")
        self.assertEqual(
            self.sim.xml(LISTING, headers={"X-Plex-Container-Size": "1"}, **query).get("size"), "1")
        probe = self.sim.xml(LISTING, **{"X-Plex-Container-Start": 0, "X-Plex-Container-Size": 0})
        self.assertEqual((probe.get("size"), probe.get("totalSize")), ("0", "4"))

    def test_past_the_end_is_empty(self):
        page = self.sim.xml(
            LISTING, **{"X-Plex-Container-Start": 9999, "X-Plex-Container-Size": 10})
        self.assertEqual((page.get("size"), len(page)), ("0", 0))

    def test_a_missing_size_is_all_or_an_error_or_fifty(self):
        self.sim.control("PUT", "modes", {"missing_size": "reject"})
        self.assertEqual(self.sim.request("GET", LISTING)[0], 400)
        for number in range(60):
            media = [{"parts": [{"file": f"/data/other/{number}.mp4"}]}]
            self.sim.control("POST", "items", {"section": 1, "media": media})
        self.sim.control("PUT", "modes", {"missing_size": "fifty"})
        self.assertEqual(self.sim.xml(LISTING).get("size"), "50")
        self.sim.control("PUT", "modes", {"missing_size": "all"})
        self.assertEqual(self.sim.xml(LISTING).get("size"), "64")

    def test_a_page_has_a_thousand_rows_at_most(self):
        state = self.sim.control("GET", "state")
        state["items"] = [
            {"ratingKey": n, "section": 1, "media": [{"parts": [{"file": f"/data/other/{n}.mp4"}]}]}
            for n in range(1, 1101)]
        self.sim.control("PUT", "state", state)
        page = self.sim.xml(
            LISTING, **{"X-Plex-Container-Start": 0, "X-Plex-Container-Size": 5000})
        self.assertEqual((page.get("size"), page.get("totalSize"), len(page)), ("1000", "1100", 1000))


class Rows(SimulatorCase):
    def test_rows_are_poor_and_the_section_is_hoisted(self):
        listing = self.sim.xml("/library/sections/2/all")
        row = listing.find("Video[@ratingKey='201']")
        self.assertEqual(listing.get("librarySectionID"), "2")
        self.assertIsNone(row.get("librarySectionID"))
        self.assertEqual([g.attrib for g in row.findall("Genre")],
                         [{"tag": "Animation"}, {"tag": "Comedy"}])
        self.assertEqual(len(row.findall("Role")), 3)
        for absent in ("Field", "Label", "Guid", "Producer"):
            self.assertIsNone(row.find(absent))
        self.assertEqual(len(row.findall("Media")), 2)
        self.assertEqual(row.findall("Media")[1].get("proxyType"), "42")

    def test_details_are_complete(self):
        item = self.sim.xml("/library/metadata/203").find("Video")
        self.assertEqual(item.get("librarySectionID"), "2")
        self.assertEqual(item.find("Media/Part").get("file"),
                         r"M:\Media\Movies\Batman (1989)\Batman (1989).mkv")
        self.assertEqual(item.find("Field").attrib, {"locked": "1", "name": "titleSort"})
        genre = item.find("Genre")
        self.assertEqual(genre.get("filter"), "genre=" + genre.get("id"))
        self.assertIsNone(
            self.sim.xml("/library/metadata/204").find("Video/Media/Part").get("file"))

    def test_reads_several_items_and_forgives_unknown_ones(self):
        both = self.sim.xml("/library/metadata/102,9999,203")
        self.assertEqual([v.get("ratingKey") for v in both], ["102", "203"])
        self.assertIsNone(both.get("librarySectionID"))
        self.assertEqual(self.sim.request("GET", "/library/metadata/9999")[0], 404)

    def test_obeys_exclusions_and_includes_guids(self):
        row = self.sim.xml("/library/sections/2/all", excludeElements="Genre,Role",
                           excludeFields="summary", includeGuids=1, id=201).find("Video")
        self.assertIsNone(row.find("Genre"))
        self.assertIsNone(row.get("summary"))
        self.assertEqual(len(row.findall("Guid")), 2)

    def test_collections_are_mixed_in_when_asked_for(self):
        found = self.sim.xml("/library/sections/2/all", includeCollections=1)
        self.assertEqual(found.find("Directory").get("type"), "collection")
        self.assertIsNone(self.sim.xml("/library/sections/2/all").find("Directory"))

    def test_the_trash_is_listed_but_has_no_details(self):
        item = self.sim.item(104)
        item["deletedAt"] = 1700000000
        self.sim.control("POST", "items", item)
        self.assertEqual(self.sim.xml(LISTING, trash=1).get("size"), "1")
        self.assertEqual(self.sim.request("GET", "/library/metadata/104")[0], 404)


class Filters(SimulatorCase):
    def keys(self, query):
        listing = self.sim.xml("/library/sections/2/all?" + query)
        return {int(row.get("ratingKey")) for row in listing}

    def test_compares_strings_numbers_and_dates(self):
        self.assertEqual(self.keys("title=BAT"), {203})
        self.assertEqual(self.keys("title%3D=batman"), {203})
        self.assertEqual(self.keys("title==batman"), {203})
        self.assertEqual(self.keys("title%3C=two"), {202})
        self.assertEqual(self.keys("title%3E=File"), {204})
        self.assertEqual(self.keys("title!=a"), {201})
        self.assertEqual(self.keys("year%3E%3E=1999"), {201})
        self.assertEqual(self.keys("originallyAvailableAt%3C%3C=1990-01-01"), {203, 202, 204})
        self.assertEqual(self.keys("addedAt%3E%3E=1700000202"), {203, 204})
        self.assertEqual(self.keys("addedAt%3E%3E=-30d"), set())
        self.assertEqual(self.keys("updatedAt%3C%3C=-1w"), {201, 202, 203, 204})

    def test_a_comma_is_an_or_in_titles_too(self):
        self.assertEqual(self.keys("title=bat,bunny"), {201, 203})

    def test_tags_go_by_id_only(self):
        choices = self.sim.xml("/library/sections/2/genre")
        key = choices.find("Directory[@title='Drama']").get("key")
        self.assertEqual(self.keys("genre=" + key), {202})
        self.assertEqual(self.keys("genre!=" + key), {201, 203, 204})
        self.assertEqual(self.sim.request("GET", "/library/sections/2/all?genre=Drama")[0], 500)

    def test_an_unknown_key_is_ignored_and_gives_everything(self):
        self.assertEqual(len(self.keys("file=%2Fnowhere")), 4)
        self.assertEqual(len(self.keys("Media.Part.file=%2Fnowhere")), 4)

    def test_an_unknown_operator_is_an_error(self):
        self.assertEqual(self.sim.request("GET", "/library/sections/2/all?addedAt%3C=5")[0], 400)

    def test_limit_hides_the_total(self):
        page = self.sim.xml("/library/sections/2/all", limit=2,
                            **{"X-Plex-Container-Start": 0, "X-Plex-Container-Size": 10})
        self.assertEqual((page.get("size"), page.get("totalSize")), ("2", "2"))


class Tokens(SimulatorCase):
    options = ("--read-only-token", "reader")

    def test_asks_for_a_token_everywhere_but_at_identity(self):
        self.assertEqual(self.sim.request("GET", "/identity", token=None)[0], 200)
        status, head, body = self.sim.request("GET", "/library/sections", token=None)
        self.assertEqual((status, head["Content-Type"], len(body)), (401, "text/html", 91))
        self.assertEqual(self.sim.request("GET", "/library", token="wrong")[0], 401)
        self.assertIn(b"<script>", self.sim.request("GET", "/", token=None)[2])

    def test_takes_the_token_as_an_argument_too(self):
        query = {"X-Plex-Token": TOKEN}
        self.assertEqual(self.sim.request("GET", "/library", token=None, **query)[0], 200)

    def test_the_read_only_token_reads_only(self):
        edit = "/library/sections/1/all?type=1&id=101&title.value=x"
        self.assertEqual(self.sim.request("GET", LISTING, token="reader")[0], 200)
        for method, path in (("PUT", edit), ("PUT", "/:/rate?key=101&rating=1"),
                             ("GET", "/library/sections/1/refresh"),
                             ("POST", "/library/metadata/101/posters")):
            with self.subTest(path):
                self.assertEqual(self.sim.request(method, path, token="reader")[0], 401)
        self.sim.control("PUT", "modes", {"read_only_status": "403"})
        self.assertEqual(self.sim.request("PUT", edit, token="reader")[0], 403)
        self.assertEqual(self.sim.item(101)["title"], "film")


class Edits(SimulatorCase):
    def put(self, query, section=1):
        return self.sim.request("PUT", f"/library/sections/{section}/all?{query}")

    def test_answers_an_edit_with_nothing(self):
        status, head, body = self.put("type=1&id=101&summary.value=x")
        self.assertEqual((status, head["Content-Length"], body), (200, "0", b""))

    def test_an_edit_without_an_id_edits_the_section_and_is_a_violation(self):
        self.violations = 2
        self.assertEqual(self.put("type=1&studio.value=Oops&studio.locked=1")[0], 200)
        self.assertEqual({self.sim.item(k)["studio"] for k in (101, 102, 103, 104)}, {"Oops"})
        self.assertNotIn("studio", self.sim.item(204))
        self.put("type=1&id=&thumb.locked=1")
        sentences = self.sim.control("GET", "violations")["violations"]
        self.assertTrue(sentences[0].startswith("PUT /library/sections/1/all?type=1&studio"))

    def test_a_delete_of_an_item_is_a_violation(self):
        self.violations = 1
        self.assertEqual(self.sim.request("DELETE", "/library/metadata/101")[0], 403)
        self.assertEqual(self.sim.item(101)["title"], "film")

    def test_edits_several_ids_and_finds_no_other_type_or_section(self):
        self.assertEqual(self.put("type=1&id=101%2C102%2C9999&tagline.value=t")[0], 200)
        self.assertEqual(self.sim.item(102)["tagline"], "t")
        self.assertEqual(self.put("type=1&id=9999&tagline.value=t")[0], 404)
        self.assertEqual(self.put("type=2&id=101&tagline.value=u")[0], 404)
        self.assertEqual(self.put("type=1&id=101&tagline.value=u", section=2)[0], 404)
        self.assertEqual(self.put("type=1&id=101&tagline.value=u", section="None")[0], 500)
        self.assertEqual(self.sim.item(101)["tagline"], "t")

    def test_refuses_values_that_are_none(self):
        for query in ("title.value=", "originallyAvailableAt.value=soon", "year.value=x"):
            with self.subTest(query):
                self.assertEqual(self.put("type=1&id=101&tagline.value=t&" + query)[0], 400)
        self.assertEqual(self.put("type=1&id=101&role%5B0%5D.tag.tag=N")[0], 403)
        self.assertNotIn("tagline", self.sim.item(101))

    def test_takes_plus_and_percent_for_a_space_and_raw_brackets(self):
        self.put("type=1&id=101&tagline.value=a+b%20c%2Bd&genre[0].tag.tag=G+1")
        item = self.sim.item(101)
        self.assertEqual(item["tagline"], "a b c+d")
        self.assertEqual(item["tags"]["genre"][0]["tag"], "G 1")

    def test_replaces_a_whole_list_in_one_request_in_both_tag_modes(self):
        for mode in ("additive", "replace"):
            with self.subTest(mode):
                self.sim.control("PUT", "modes", {"tag_mode": mode})
                self.put("type=1&id=101&genre%5B%5D.tag=&genre%5B0%5D.tag.tag=A"
                         "&genre%5B1%5D.tag.tag=B")
                self.put("type=1&id=101&genre%5B0%5D.tag.tag=B&genre%5B1%5D.tag.tag=C"
                         "&genre%5B%5D.tag.tag-=A&genre.locked=1")
                genres = [t["tag"] for t in self.sim.item(101)["tags"]["genre"]]
                self.assertEqual(genres, ["B", "C"])

    def test_edits_in_the_item_form_too(self):
        status, _, _ = self.sim.request(
            "PUT", "/library/metadata/101,102?title.value=T&title.locked=1&genre%5B0%5D.tag.tag=G")
        self.assertEqual(status, 200)
        for key in (101, 102):
            self.assertEqual(self.sim.item(key)["title"], "T")
            self.assertEqual(self.sim.item(key)["locked"], ["title"])
        self.assertEqual(self.sim.request("PUT", "/library/metadata/9999?title.value=T")[0], 404)

    def test_refuses_a_long_address_when_told(self):
        self.sim.control("PUT", "modes", {"uri_limit": "8192"})
        self.assertEqual(self.put("type=1&id=101&summary.value=" + "x" * 8192)[0], 414)
        self.sim.control("PUT", "modes", {"uri_limit": "0"})
        self.assertEqual(self.put("type=1&id=101&summary.value=" + "x" * 30000)[0], 200)
        self.assertEqual(len(self.sim.item(101)["summary"]), 30000)

    def test_refuses_a_huge_poster(self):
        status, _, _ = self.sim.request(
            "POST", "/library/metadata/101/posters", body=b"x" * (10 * 1024 * 1024 + 1))
        self.assertEqual(status, 413)

    def test_an_unknown_path_is_a_small_page(self):
        status, head, body = self.sim.request("GET", "/nowhere")
        self.assertEqual((status, head["Content-Type"]), (404, "text/html"))
        self.assertIn(b"<h1>404 Not Found</h1>", body)


class Listener(threading.Thread):
    """Reads the event stream into a list of (type, value)."""

    def __init__(self, sim, path="/:/eventsource/notifications"):
        super().__init__(daemon=True)
        self.events = []
        self.connection = sim.connect()
        self.connection.request("GET", path, headers={"X-Plex-Token": TOKEN})
        self.answer = self.connection.getresponse()
        self.content_type = self.answer.headers["Content-Type"]
        self.start()

    def run(self):
        kind = None
        for line in self.answer:
            word, _, rest = line.decode().rstrip("\n").partition(": ")
            if word == "event":
                kind = rest
            elif word == "data":
                self.events.append((kind, json.loads(rest)))
        self.answer.close()
        self.connection.close()

    def states(self, key):
        entries = [value["NotificationContainer"]["TimelineEntry"][0]
                   for kind, value in list(self.events) if kind == "timeline"]
        return [entry["state"] for entry in entries if entry["itemID"] == str(key)]


class Events(SimulatorCase):
    options = ("--ping-ms", "100")

    def test_tells_of_a_scan_without_a_path(self):
        listener = Listener(self.sim)
        self.assertEqual(listener.content_type, "text/event-stream")
        self.sim.request("GET", "/library/sections/1/refresh?path=%2Fdata%2Fscenes")
        wait_until(lambda: len(listener.states(105)) == 3)
        self.assertEqual(listener.states(105), [0, 1, 1])  # no agent: never 5
        wait_until(lambda: [kind for kind, _ in listener.events].count("activity") == 2)
        self.assertNotIn("/data/", json.dumps(listener.events))

    def test_tells_of_edits_of_new_items_and_of_deleted_ones(self):
        listener = Listener(self.sim)
        self.sim.request("PUT", "/library/sections/1/all?type=1&id=101&title.value=T")
        wait_until(lambda: listener.states(101) == [5])
        key = self.sim.control("POST", "items", {"rekey": 203, "to": 903})["ratingKey"]
        wait_until(lambda: listener.states(key) == [0, 1, 5])
        self.assertEqual(listener.states(203), [9])

    def test_pings_and_filters(self):
        listener = Listener(self.sim, "/:/eventsource/notifications?filters=activity")
        self.sim.request("PUT", "/library/sections/1/all?type=1&id=101&title.value=T")
        wait_until(lambda: [kind for kind, _ in listener.events].count("ping") > 2)
        self.assertEqual(listener.states(101), [])

    def test_ends_with_the_server(self):
        other = Simulator("--ping-ms", "60000")
        listener = Listener(other)
        self.assertEqual(other.stop(), 0)
        listener.join(10)
        self.assertFalse(listener.is_alive())


class Control(SimulatorCase):
    def test_the_state_survives_a_round_trip(self):
        state = self.sim.control("GET", "state")
        self.sim.control("PUT", "state", state)
        self.assertEqual(self.sim.control("GET", "state"), state)

    def test_a_bad_state_changes_nothing(self):
        state = self.sim.control("GET", "state")
        bad = [{"items": [{"section": 7}]}, {"sections": [{"key": 1}]},
               {**state, "items": state["items"] * 2}]
        for wrong in bad:
            with self.assertRaises(RuntimeError):
                self.sim.control("PUT", "state", wrong)
        self.assertEqual(self.sim.control("GET", "state"), state)

    def test_adds_replaces_and_deletes_items(self):
        media = [{"parts": [{"file": r"\\nas\share\a\New Film.mp4", "size": 5}]}]
        key = self.sim.control("POST", "items", {"section": 1, "media": media})["ratingKey"]
        self.assertEqual(self.sim.item(key)["title"], "New Film")
        self.sim.control("POST", "items", {**self.sim.item(key), "title": "Other"})
        self.assertEqual(self.sim.item(key)["title"], "Other")
        with self.assertRaises(RuntimeError):
            self.sim.control("POST", "items", {"ratingKey": key, "section": 9})
        self.assertEqual(self.sim.item(key)["title"], "Other")
        self.sim.control("DELETE", f"items/{key}")
        self.assertEqual(self.sim.request("GET", f"/library/metadata/{key}")[0], 404)

    def test_a_file_that_is_found_anew_loses_its_edits(self):
        self.sim.request("PUT", "/library/sections/1/all?type=1&id=101&title.value=T&title.locked=1")
        self.sim.control("POST", "items", {"rekey": 101, "to": 901})
        item = self.sim.item(901)
        self.assertEqual((item["title"], item["locked"]), ("film", []))
        self.assertEqual(item["media"][0]["parts"][0]["file"], "/data/studio/film.mp4")
        self.assertEqual(self.sim.request("GET", "/library/metadata/101")[0], 404)
        kept = self.sim.control("POST", "items", {"rekey": 201, "keep": True})["ratingKey"]
        self.assertEqual(self.sim.item(kept)["title"], "Big Buck Bunny")
        with self.assertRaises(RuntimeError):
            self.sim.control("POST", "items", {"rekey": 102, "to": 103})

    def test_logs_requests_raw_and_decoded(self):
        self.sim.request("GET", LISTING + "?title%3C=a%20b")
        entry = self.sim.control("GET", "requests")[-1]
        self.assertEqual((entry["method"], entry["path"], entry["status"]), ("GET", LISTING, 200))
        self.assertEqual(entry["query"], "title%3C=a%20b")
        self.assertEqual(entry["arguments"], {"title<": "a b"})
        self.sim.control("DELETE", "requests")
        self.assertEqual(self.sim.control("GET", "requests"), [])

    def test_refuses_what_is_no_control(self):
        self.assertEqual(self.sim.request("GET", "/_sim/nothing", token=None)[0], 404)
        self.assertEqual(self.sim.request("PUT", "/_sim/state", token=None, body="{")[0], 400)

    def test_identity_speaks_json_when_asked(self):
        body = self.sim.request("GET", "/identity", {"Accept": "application/json"}, token=None)[2]
        identity = json.loads(body)["MediaContainer"]
        self.assertTrue(re.fullmatch("[0-9a-f]{40}", identity["machineIdentifier"]))
