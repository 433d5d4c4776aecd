"""What the consumer's modules write, plexapi reads back; and for the same edit both send the same."""

import hashlib
import io
import json
import os
import subprocess
import unittest
import urllib.parse

from test_plexapi import UGLY_TAG, PlexApiCase

SCENE = {
    "id": "45",
    "title": "A & B / \"é\" 100% #1+2, ok?",
    "details": "Line one\nline two; <b> & 日本語",
    "date": "2024-05-06",
    "rating100": 85,
    "studio": {"name": "Studio, Ltd."},
    "performers": [{"name": "José O'Hara"}, {"name": "Ann, the 2nd"}],
    "tags": [{"name": "Drama"}, {"name": "50% off"}, {"name": UGLY_TAG}],
    "groups": [{"group": {"name": "Series: 1"}}],
}

PICTURE = b"\xff\xd8\xff" + bytes(range(256))


def names(tags):
    return [tag.tag for tag in tags]


class PlanCase(PlexApiCase):
    def plan(self, key, scene, **more):
        """The requests that bring the scene to the item, as the consumer would send them."""
        status, _, xml = self.sim.request("GET", f"/library/metadata/{key}?skipRefresh=1")
        self.assertEqual(status, 200)
        program = os.path.join(os.environ["PLEXSYNC_BIN"], "sim", "planrequests")
        asked = json.dumps({"scene": {"id": "45", **scene}, "item": xml.decode(), **more})
        done = subprocess.run([program], input=asked, capture_output=True, text=True, check=True)
        return json.loads(done.stdout)["requests"]

    def sync(self, key, scene, **more):
        requests = self.plan(key, scene, **more)
        for method, path in requests:
            body = PICTURE if method == "POST" else None
            self.assertEqual(self.sim.request(method, path, body=body)[0], 200, path)
        return requests


class Reading(PlanCase):
    def test_reads_back_every_field(self):
        self.sync(101, SCENE)
        item = self.plex.fetchItem(101)
        self.assertEqual(item.title, SCENE["title"])
        self.assertEqual(item.summary, SCENE["details"])
        self.assertEqual(item.studio, "Studio, Ltd.")
        self.assertEqual(item.originallyAvailableAt.strftime("%Y-%m-%d"), "2024-05-06")
        self.assertEqual(item.userRating, 8.5)
        self.assertEqual(names(item.roles), ["José O'Hara", "Ann, the 2nd"])
        self.assertEqual(names(item.genres), ["Drama", "50% off", UGLY_TAG])
        self.assertEqual(names(item.collections), ["Studio, Ltd.", "Series: 1"])
        self.assertEqual(self.locked(item), {"title", "summary", "studio", "actor", "genre",
                                             "originallyAvailableAt", "collection"})
        self.assertEqual(self.plan(101, SCENE), [])

    def test_reads_back_the_poster(self):
        self.sync(101, {}, poster="")
        item = self.plex.fetchItem(101)
        uploaded = "upload://posters/" + hashlib.sha1(PICTURE).hexdigest()
        frame = "media://posters/frame"
        self.assertEqual(self.sim.request("GET", item.thumb)[2], PICTURE)
        self.assertEqual({p.ratingKey: p.selected for p in item.posters()},
                         {uploaded: True, frame: False})
        self.assertEqual(self.locked(item), {"thumb"})
        self.sync(101, {}, poster=frame, policy={"lock": False})
        self.assertEqual({p.ratingKey: p.selected for p in item.posters()},
                         {uploaded: False, frame: True})
        self.assertEqual(self.locked(item.reload()), set())

    def test_a_changed_scene_changes_what_differs_and_leaves_the_rest(self):
        self.sync(101, SCENE)
        self.plex.fetchItem(101).addCollection("A person's")
        changed = {**SCENE, "title": "New", "rating100": 20, "tags": [{"name": "dRAMA"}],
                   "performers": [{"name": "Ann, the 2nd"}, {"name": "New"}]}
        requests = self.sync(101, changed)
        item = self.plex.fetchItem(101)
        self.assertEqual((item.title, item.userRating), ("New", 2.0))
        self.assertEqual(names(item.genres), ["Drama"])
        self.assertEqual(names(item.roles), ["Ann, the 2nd", "New"])
        self.assertEqual(names(item.collections), ["Studio, Ltd.", "Series: 1", "A person's"])
        self.assertNotIn("summary", requests[0][1])
        self.assertNotIn("collection", requests[0][1])

    def test_writes_without_locks_when_told_so(self):
        self.sync(101, SCENE, policy={"lock": False})
        self.assertEqual(self.locked(self.plex.fetchItem(101)), set())

    def test_keeps_what_a_person_has_in_plex_when_told_so(self):
        before = self.plex.fetchItem(203)
        title, genres = before.title, names(before.genres)
        self.sync(203, SCENE, policy={"preserve": True})
        item = self.plex.fetchItem(203)
        self.assertEqual((item.title, item.summary), (title, SCENE["details"]))  # it had none
        self.assertEqual(names(item.genres), ["Drama", "50% off", UGLY_TAG] + genres)

    def test_splits_what_is_long(self):
        many = [{"name": f"a tag with a long name, number {n}"} for n in range(90)]
        requests = self.sync(101, {**SCENE, "details": "é " * 700, "tags": many})
        self.assertGreater(len(requests), 2)
        self.assertTrue(all(len(path) <= 8000 for _, path in requests))
        item = self.plex.fetchItem(101)
        self.assertEqual(item.summary, ("é " * 700).strip())
        self.assertEqual(names(item.genres), [tag["name"] for tag in many])


class ReadingWithReplacingTags(Reading):
    options = ("--tag-mode", "replace", "--default-lock", "lock")


class Requests(PlanCase):
    """The consumer's requests and plexapi's, arguments sorted: equal to the byte."""

    def sent(self, edit):
        """The requests that plexapi sends for an edit; nothing else changes the item."""
        self.sim.control("DELETE", "requests")
        edit()
        return [self.parse(r["method"], r["path"], r["query"])
                for r in self.sim.control("GET", "requests") if r["method"] != "GET"]

    @staticmethod
    def parse(method, path, query):
        return method, path, sorted((query or "").split("&"))

    def planned(self, key, scene, **more):
        parts = [(m, p.partition("?")) for m, p in self.plan(key, scene, **more)]
        return [self.parse(m, path, query) for m, (path, _, query) in parts]

    def ck_equal(self, key, scene, edit, only, **more):
        policy = {"only": only, **more.pop("policy", {})}
        planned = self.planned(key, scene, policy=policy, **more)
        self.assertEqual(len(planned), 1)
        self.assertEqual(planned, self.sent(edit))

    def test_values_and_locks(self):
        item = self.plex.fetchItem(101)
        for name, edit in (("title", lambda: item.editTitle(SCENE["title"])),
                           ("summary", lambda: item.editSummary(SCENE["details"])),
                           ("studio", lambda: item.editStudio("Studio, Ltd.")),
                           ("originallyAvailableAt",
                            lambda: item.editOriginallyAvailable("2024-05-06"))):
            with self.subTest(name):
                self.ck_equal(101, SCENE, edit, [name])

    def test_values_without_locks(self):
        item = self.plex.fetchItem(101)
        self.ck_equal(101, SCENE, lambda: item.editSummary(SCENE["details"], locked=False),
                      ["summary"], policy={"lock": False})

    def test_values_that_are_cleared(self):
        self.sync(101, SCENE)
        item = self.plex.fetchItem(101)
        stamp = stamp_of(101, studio=["Studio, Ltd."], summary=[SCENE["details"]],
                         date=["2024-05-06"])
        for name, edit in (("studio", lambda: item.editStudio("")),
                           ("summary", lambda: item.editSummary("")),
                           ("originallyAvailableAt", lambda: item.editOriginallyAvailable(""))):
            with self.subTest(name):
                self.ck_equal(101, {}, edit, [name], stamp=stamp)

    def test_tags_beside_those_that_are_there(self):
        tags = [{"name": "Action"}, {"name": "Adventure"}, {"name": "Sci, Fi"}, {"name": UGLY_TAG}]
        item = self.plex.fetchItem(203)
        self.assertEqual(names(item.genres), ["Action", "Adventure"])
        self.ck_equal(203, {"tags": tags}, lambda: item.addGenre(["Sci, Fi", UGLY_TAG]), ["genre"])

    def test_tags_that_are_removed(self):
        item = self.plex.fetchItem(203).addGenre(["Sci, Fi", "50% off"]).reload()
        stamp = stamp_of(203, genres=["action", "adventure", "sci, fi", "50% off"])
        self.ck_equal(203, {}, lambda: item.removeGenre(names(item.genres)), ["genre"],
                      stamp=stamp)

    def test_collections_and_actors_that_are_removed(self):
        self.sync(101, SCENE)
        item = self.plex.fetchItem(101)
        stamp = stamp_of(101, collections=["studio, ltd.", "series: 1"],
                         actors=["josé o'hara", "ann, the 2nd"])
        self.ck_equal(101, {}, lambda: item.removeCollection(names(item.collections)),
                      ["collection"], stamp=stamp)
        self.ck_equal(101, {}, lambda: item.edit(**{
            "actor[].tag.tag-": ",".join(urllib.parse.quote(n) for n in names(item.roles)),
            "actor.locked": 1}), ["actor"], stamp=stamp)

    def test_collections(self):
        item = self.plex.fetchItem(101)
        self.ck_equal(101, SCENE, lambda: item.addCollection(["Studio, Ltd.", "Series: 1"]),
                      ["collection"])

    def test_actors(self):
        item = self.plex.fetchItem(101)
        self.ck_equal(101, SCENE, lambda: item.edit(**{
            "actor[0].tag.tag": "José O'Hara", "actor[1].tag.tag": "Ann, the 2nd",
            "actor.locked": 1}), ["actor"])

    def test_several_fields_at_once(self):
        item = self.plex.fetchItem(101)
        self.ck_equal(
            101, SCENE,
            lambda: item.batchEdits().editTitle(SCENE["title"]).editSummary(SCENE["details"])
            .addGenre(["Drama", "50% off", UGLY_TAG]).addCollection(["Studio, Ltd.", "Series: 1"])
            .saveEdits(),
            ["title", "summary", "genre", "collection"])

    def test_a_poster_its_selection_and_its_lock(self):
        item = self.plex.fetchItem(101)
        planned = self.planned(101, {}, poster="")
        self.assertEqual(planned, self.sent(
            lambda: item.uploadPoster(filepath=io.BytesIO(PICTURE)).lockPoster()))
        other = next(p for p in item.posters() if not p.selected)
        planned = self.planned(101, {}, poster=other.ratingKey, policy={"lock": False})
        self.assertEqual(planned, self.sent(lambda: item.setPoster(other).unlockPoster()))

    def test_a_rating_and_no_rating(self):
        item = self.plex.fetchItem(101)
        self.ck_equal(101, SCENE, lambda: item.rate(8.5), ["userRating"])
        planned = self.planned(101, {}, stamp=stamp_of(101, rating=["8.5"]),
                               policy={"only": ["userRating"]})
        sent = self.sent(lambda: item.rate(None))
        # plexapi writes -1 as a whole number, too.
        self.assertEqual([urllib.parse.unquote("&".join(q)) for _, _, q in planned],
                         [urllib.parse.unquote("&".join(q)) for _, _, q in sent])


def fnv1a(text):
    """How a stamp knows a value."""
    value = 0xcbf29ce484222325
    for byte in text.encode():
        value = (value ^ byte) * 0x100000001b3 % 2 ** 64
    return f"{value:016x}"


def stamp_of(key, **applied):
    """A stamp that says that these values of an item are the consumer's."""
    return {"scene_id": "45", "rating_key": str(key),
            "applied": {field: [fnv1a(v) for v in values] for field, values in applied.items()}}


if __name__ == "__main__":
    unittest.main()
