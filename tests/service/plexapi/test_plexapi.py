"""What plexapi's own live tests see on real servers, it must see on plexsim."""

import datetime
import hashlib
import io

from plexapi.exceptions import BadRequest, NotFound, Unauthorized
from plexapi.server import PlexServer

from simulator import TOKEN, SimulatorCase, wait_until

UGLY_TAG = "Test Tag !@#$%^&*()-_=+[];:'\"/?,."


class PlexApiCase(SimulatorCase):
    def setUp(self):
        super().setUp()
        self.plex = PlexServer(self.sim.url, TOKEN)
        self.scenes = self.plex.library.section("Scenes")
        self.movies = self.plex.library.section("Movies")

    def requests(self, method):
        return [r for r in self.sim.control("GET", "requests") if r["method"] == method]

    @staticmethod
    def locked(item):
        return {field.name for field in item.fields if field.locked}


class Reading(PlexApiCase):
    def test_lists_the_sections_with_their_locations(self):
        found = {s.title: (s.key, s.type, s.agent) for s in self.plex.library.sections()}
        self.assertEqual(found["Scenes"], (1, "movie", "com.plexapp.agents.none"))
        self.assertEqual(found["Shows"][1], "show")
        self.assertIn("/data/scenes", self.scenes.locations)

    def test_lists_every_item_with_its_paths(self):
        files = {item.ratingKey: item.locations for item in self.scenes.all()}
        self.assertEqual(set(files), {101, 102, 103, 104})
        self.assertEqual(files[103], ['/data/scenes/Ünïcode & "quotes" #3.mp4'])
        self.assertEqual(len(self.movies.get("Two Parts").locations), 3)
        self.assertEqual(self.scenes.totalSize, 4)

    def test_pages_through_a_listing(self):
        for number in range(7):
            file = f"/data/other/extra {number}.mp4"
            media = [{"parts": [{"file": file, "size": 1}]}]
            self.sim.control("POST", "items", {"section": 1, "media": media})
        self.sim.control("DELETE", "requests")
        items = self.scenes.search(container_size=4)
        self.assertEqual(len({item.ratingKey for item in items}), 11)
        self.assertEqual(len(self.requests("GET")), 3)

    def test_gives_nothing_past_the_end(self):
        self.assertEqual(self.scenes.search(container_start=9999), [])

    def test_finds_by_title_and_by_filters(self):
        self.assertEqual([i.ratingKey for i in self.scenes.search(title="second")], [102])
        self.assertEqual([i.ratingKey for i in self.movies.search(genre="drama")], [202])
        self.assertEqual([i.ratingKey for i in self.movies.search(actor="Actor Four")], [201])
        self.assertEqual([i.ratingKey for i in self.movies.search(year=1989)], [203])
        self.assertEqual(self.movies.search(genre="Drama", year=1989), [])
        self.assertEqual(self.scenes.search(**{"addedAt>>": "30d"}, libtype="movie"), [])
        self.assertEqual(len(self.scenes.search(**{"addedAt<<": "30d"}, libtype="movie")), 4)

    def test_combines_filters_with_and_and_or(self):
        either = {"or": [{"year": 1999}, {"and": [{"year": 1989}, {"title": "bat"}]}]}
        found = self.movies.search(filters=either, sort="year:desc")
        self.assertEqual([i.ratingKey for i in found], [202, 203])

    def test_sorts(self):
        titles = [i.title for i in self.movies.search(sort="titleSort")]
        self.assertEqual(titles, sorted(titles, key=str.lower))
        keys = [i.ratingKey for i in self.scenes.search(sort="addedAt:desc")]
        self.assertEqual(keys, [104, 103, 102, 101])

    def test_searches_files_in_the_client_only(self):
        found = self.scenes.search(Media__Part__file__endswith="clip.mp4")
        self.assertEqual([i.ratingKey for i in found], [104])

    def test_fetches_one_item_and_reloads_a_row(self):
        self.assertEqual(self.plex.fetchItem(201).title, "Big Buck Bunny")
        row = self.movies.get("Big Buck Bunny")
        self.assertEqual([g.tag for g in row.genres], ["Animation", "Comedy"])
        row.reload()
        self.assertEqual([g.tag for g in row.genres], ["Animation", "Comedy", "Short"])
        self.assertEqual(row.roles[0].role, "Bunny")
        self.assertEqual(row.summary, 'A giant rabbit.\nHe is friendly; "mostly".')
        self.assertEqual({g.id for g in row.guids}, {"imdb://tt1254207", "tmdb://10378"})

    def test_says_not_found_and_unauthorised(self):
        with self.assertRaises(NotFound):
            self.plex.fetchItem(99999)
        with self.assertRaises(Unauthorized):
            PlexServer(self.sim.url, "wrong")

    def test_searches_hubs(self):
        self.assertEqual([i.ratingKey for i in self.plex.search("big bun")], [201])

    def test_shows_activities_and_preferences(self):
        self.assertEqual(self.plex.activities, [])
        self.assertEqual(self.plex.settings.get("butlerStartHour").value, 2)


class Editing(PlexApiCase):
    """Holds in every mode: plexapi always says what shall be locked and sends whole lists."""

    def test_edits_and_locks_scalars_and_unlocks_them(self):
        cases = [
            ("title", "editTitle", 'A & B / "é" 100% #1+2, ok?'),
            ("titleSort", "editSortTitle", "b a"),
            ("originalTitle", "editOriginalTitle", "Ünïcode <x>"),
            ("summary", "editSummary", "one\ntwo\r\nthree\tfour"),
            ("tagline", "editTagline", "'quoted'"),
            ("studio", "editStudio", "S & P"),
            ("contentRating", "editContentRating", "XXX"),
            ("editionTitle", "editEditionTitle", "Cut"),
        ]
        item = self.plex.fetchItem(101)
        for name, edit, value in cases:
            with self.subTest(name):
                before = getattr(item, name)
                getattr(item, edit)(value).reload()
                self.assertEqual(getattr(item, name), value)
                self.assertIn(name, self.locked(item))
                getattr(item, edit)(before, locked=False).reload()
                self.assertEqual(getattr(item, name) or "", before or "")
                self.assertNotIn(name, self.locked(item))

    def test_edits_dates_and_ratings(self):
        item = self.plex.fetchItem(102)
        item.editOriginallyAvailable("2020-01-02").editAddedAt(1234567890).reload()
        self.assertEqual(item.originallyAvailableAt, datetime.datetime(2020, 1, 2))
        self.assertEqual(int(item.addedAt.timestamp()), 1234567890)
        item.editCriticRating(7.5).editAudienceRating(6.1).editUserRating(9.0).reload()
        self.assertEqual((item.rating, item.audienceRating, item.userRating), (7.5, 6.1, 9.0))
        self.assertLessEqual({"originallyAvailableAt", "addedAt", "rating"}, self.locked(item))

    def test_clears_with_an_empty_value_but_not_the_title(self):
        item = self.plex.fetchItem(201).editSummary("").editStudio(None).reload()
        self.assertEqual(item.summary or "", "")
        self.assertIsNone(item.studio)
        with self.assertRaises(BadRequest):
            item.editTitle("")
        self.assertEqual(item.reload().title, "Big Buck Bunny")

    def test_adds_and_removes_an_ugly_tag_of_every_kind(self):
        kinds = [
            ("genres", "Genre"), ("labels", "Label"), ("collections", "Collection"),
            ("directors", "Director"), ("writers", "Writer"), ("producers", "Producer"),
            ("countries", "Country"),
        ]
        item = self.plex.fetchItem(201)
        for plural, kind in kinds:
            with self.subTest(kind):
                before = [t.tag for t in getattr(item, plural)]
                getattr(item, "add" + kind)(UGLY_TAG).reload()
                tags = getattr(item, plural)
                self.assertEqual([t.tag for t in tags], before + [UGLY_TAG])
                self.assertIn(kind.lower(), self.locked(item))
                getattr(item, "remove" + kind)(UGLY_TAG, locked=False).reload()
                self.assertEqual([t.tag for t in getattr(item, plural)], before)
                self.assertNotIn(kind.lower(), self.locked(item))
                # The same with the object in place of the text.
                getattr(item, "add" + kind)(tags[-1]).reload()
                self.assertIn(UGLY_TAG, [t.tag for t in getattr(item, plural)])
                getattr(item, "remove" + kind)(tags[-1]).reload()
                self.assertEqual([t.tag for t in getattr(item, plural)], before)

    def test_adds_and_removes_several_tags_with_commas(self):
        item = self.plex.fetchItem(203).addGenre(["Drama", "Sci, Fi", "50% off"]).reload()
        names = [g.tag for g in item.genres]
        self.assertEqual(names, ["Action", "Adventure", "Drama", "Sci, Fi", "50% off"])
        item.removeGenre(["Action", "Sci, Fi", "50% off"]).reload()
        self.assertEqual([g.tag for g in item.genres], ["Adventure", "Drama"])

    def test_ignores_case_in_tags_and_keeps_the_first_spelling(self):
        item = self.plex.fetchItem(101).addGenre("dRAMA").reload()
        self.assertEqual([g.tag for g in item.genres], ["Drama"])
        self.assertEqual(item.genres[0].id, self.plex.fetchItem(202).genres[0].id)

    def test_edits_actors_through_the_raw_edit(self):
        item = self.plex.fetchItem(101)
        item.edit(**{
            "actor[0].tag.tag": "N N", "actor[0].tagging.text": "Self",
            "actor[1].tag.tag": "Jos\u00e9 O'Hara", "actor.locked": 1,
        }).reload()
        self.assertEqual([(r.tag, r.role) for r in item.roles],
                         [("N N", "Self"), ("Jos\u00e9 O'Hara", None)])
        self.assertIn("actor", self.locked(item))
        item.edit(**{"actor[].tag.tag-": "N%20N", "actor.locked": 0}).reload()
        self.assertEqual([r.tag for r in item.roles], ["Jos\u00e9 O'Hara"])
        self.assertNotIn("actor", self.locked(item))
        item.edit(**{"actor[].tag": ""}).reload()
        self.assertEqual(item.roles, [])

    def test_changes_locks_alone(self):
        item = self.plex.fetchItem(201)
        item.edit(**{"actor.locked": 1, "summary.locked": 1}).reload()
        self.assertEqual(self.locked(item), {"actor", "summary"})
        self.assertEqual(len(item.roles), 4)

    def test_collections_appear_with_their_first_member_and_vanish_with_the_last(self):
        first, second = self.plex.fetchItems("/library/metadata/101,102")
        first.addCollection("Col One")
        second.addCollection("col one")
        collection = self.scenes.collection("Col One")
        self.assertEqual((collection.childCount, collection.type), (2, "collection"))
        first.reload().removeCollection("Col One")
        second.reload().removeCollection("Col One")
        self.assertEqual(self.scenes.collections(), [])

    def test_edits_several_items_at_once(self):
        items = self.scenes.all()[:3]
        self.scenes.batchMultiEdits(items).editStudio("X").editSummary("S") \
            .addLabel("L, 1").addCollection("C").saveMultiEdits()
        self.assertEqual(len(self.requests("PUT")), 1)
        for item in items:
            item.reload()
            self.assertEqual((item.studio, item.summary), ("X", "S"))
            self.assertEqual([label.tag for label in item.labels], ["L, 1"])
            self.assertLessEqual({"studio", "summary", "label", "collection"}, self.locked(item))
        self.scenes.batchMultiEdits(items).removeLabel("L, 1").saveMultiEdits()
        self.assertEqual([item.reload().labels for item in items], [[], [], []])
        self.assertNotEqual(self.scenes.all()[3].studio, "X")

    def test_batches_several_edits_of_one_item(self):
        item = self.plex.fetchItem(203)
        item.batchEdits().editTitle("T").editSummary("S").removeGenre("Action") \
            .addCollection("C").saveEdits().reload()
        self.assertEqual((item.title, item.summary), ("T", "S"))
        self.assertEqual([g.tag for g in item.genres], ["Adventure"])
        self.assertEqual([c.tag for c in item.collections], ["C"])
        self.assertEqual(len(self.requests("PUT")), 1)

    def test_rates(self):
        item = self.plex.fetchItem(101).rate(8.0).reload()
        self.assertEqual(item.userRating, 8.0)
        self.assertIsNone(item.rate(None).reload().userRating)

    def test_uploads_and_selects_posters(self):
        item = self.plex.fetchItem(101)
        picture = b"\xff\xd8\xff" + bytes(range(256)) * 300
        item.uploadPoster(filepath=io.BytesIO(picture))
        posters = item.posters()
        wanted = "upload://posters/" + hashlib.sha1(picture).hexdigest()
        self.assertEqual([p.ratingKey for p in posters if p.selected], [wanted])
        thumb = item.reload().thumb
        self.assertEqual(self.sim.request("GET", thumb)[2], picture)
        other = next(p for p in posters if not p.selected)
        item.setPoster(other)
        self.assertEqual([p.ratingKey for p in item.posters() if p.selected], [other.ratingKey])
        self.assertNotEqual(item.reload().thumb, thumb)
        self.assertIn("thumb", self.locked(item))
        item.unlockPoster().reload()
        self.assertNotIn("thumb", self.locked(item))
        item.uploadPoster(url="http://h/p?a=1&b=2.jpg")
        self.assertEqual(len(item.posters()), 3)
        item.uploadArt(filepath=io.BytesIO(picture))
        self.assertEqual(len(item.arts()), 1)

    def test_moves_the_times_and_counters_of_an_edited_item(self):
        counter = self.scenes._data.attrib["contentChangedAt"]
        item = self.plex.fetchItem(101)
        before = item.updatedAt
        self.assertGreater(item.editTagline("x").reload().updatedAt, before)
        section = self.plex.query("/library/sections").find("Directory")
        self.assertGreater(int(section.attrib["contentChangedAt"]), int(counter))

    def test_a_scan_finds_the_new_file_step_by_step(self):
        self.scenes.update("/data/elsewhere")
        self.scenes.update("/data/scenes")
        item = wait_until(lambda: next(iter(self.scenes.search(title="late")), None))
        wait_until(lambda: item.reload().media and item.media[0].videoCodec == "h264")
        self.assertEqual(item.locations, ["/data/scenes/late.mp4"])
        self.assertEqual(len(self.scenes.all()), 5)

    def test_a_refresh_rewrites_what_is_not_locked(self):
        item = self.plex.fetchItem(201).editSummary("Mine", locked=True) \
            .editStudio("Mine", locked=False)
        item.refresh()
        wait_until(lambda: item.reload().studio == "Blender Institute")
        self.assertEqual(item.summary, "Mine")


class EditingWithReplacingTags(Editing):
    options = ("--tag-mode", "replace")


class EditingWithDefaultLocks(Editing):
    options = ("--default-lock", "lock")


class EditingWithBoth(Editing):
    options = ("--tag-mode", "replace", "--default-lock", "lock")


class Modes(PlexApiCase):
    """Where the modes do differ: edits that plexapi does not send by itself."""

    def add_genre_alone(self):
        item = self.plex.fetchItem(203)
        item.edit(**{"genre[0].tag.tag": "Drama"}).reload()
        return {g.tag for g in item.genres}, self.locked(item)

    def test_tags_add_or_replace(self):
        self.assertEqual(self.add_genre_alone()[0], {"Action", "Adventure", "Drama"})
        self.sim.control("PUT", "modes", {"tag_mode": "replace"})
        self.assertEqual(self.add_genre_alone()[0], {"Drama"})

    def test_a_missing_lock_keeps_or_locks(self):
        self.assertEqual(self.add_genre_alone()[1], {"titleSort"})
        self.sim.control("PUT", "modes", {"default_lock": "lock"})
        self.assertEqual(self.add_genre_alone()[1], {"titleSort", "genre"})

    def test_labels_and_collections_may_be_capitalised(self):
        self.sim.control("PUT", "modes", {"capitalise": "on"})
        item = self.plex.fetchItem(101).addLabel("sync it").reload()
        self.assertEqual(item.labels[0].tag, "Sync it")

    def test_a_poster_need_not_lock(self):
        self.sim.control("PUT", "modes", {"poster_lock": "off"})
        item = self.plex.fetchItem(101).uploadPoster(filepath=io.BytesIO(b"x")).reload()
        self.assertEqual(self.locked(item), set())

    def test_refuses_unknown_modes(self):
        for modes in ({"tag_mode": "both"}, {"colour": "red"}, {"size_cap": "many"}):
            with self.subTest(modes), self.assertRaises(RuntimeError):
                self.sim.control("PUT", "modes", modes)
