"""One edit, end to end: real hook payloads in, the right Plex item shows the edit, with a real Kafka between.

Usage: test_e2e.py KAFKA_VERSION|kafkasim [CASE…]
"""

import base64
import hashlib
import json
import signal
import subprocess
import sys

from rig import BIN, FIXTURES, PRODUCER_TOKEN, ROOT, TOKEN, Rig, http, run_cases, wait_until


SCENES = ROOT / "tests/sim/data/stash-scenes.json"


def header(record, name):
    values = [h["value"] for h in record["headers"] if h["name"] == name]
    return values[-1] if values else None


def shows_scene_45(item):
    return item["title"] == "New title"


def an_edit_reaches_plex(broker):
    """Hook → producer → Kafka → consumer → Plex, and every hop leaves what it must."""
    with Rig(broker, "edit") as rig:
        rig.wait_ready()
        assert not shows_scene_45(rig.item(101))
        said = rig.hook_fixture("01_scene_update_title.json")
        assert "output" in said, said
        stamp = rig.wait_stamp(45, "synced")

        item = rig.item(101)
        assert shows_scene_45(item), item
        assert item["studio"] == "Some Studio", item
        assert item["originallyAvailableAt"] == "2024-05-17", item
        assert "\n" in item["summary"], item
        assert {"title", "summary", "studio", "originallyAvailableAt"} <= set(item["locked"]), item
        assert len(rig.edits()) == 1, rig.edits()
        assert rig.violations() == 0

        (event,) = rig.topic("scene-events")
        assert event["key"] == "45"
        value = json.loads(event["value"])
        assert value["scene_id"] == "45" and value["action"] == "update" and "title" in value["changed"], value
        assert "\n" not in event["value"] and ": " not in event["value"], "one minified line"
        assert header(event, "ce_type") == "plexsync.scene.updated.v1"
        assert header(event, "ce_specversion") == "1.0"
        assert header(event, "ce_source") == "/plexsync/hook"
        assert header(event, "ce_id") and header(event, "ce_time").endswith("Z")

        assert stamp["rating_key"] == "101" and stamp["confidence"] == "HIGH", stamp
        assert stamp["event_id"] == header(event, "ce_id"), stamp
        assert not stamp.get("intended"), stamp
        assert rig.topic("scene-dlq") == []
        partition = event["partition"]
        wait_until("the offset committed",
                   lambda: (rig.committed() or {partition: event["offset"] + 1}).get(partition) == event["offset"] + 1)

        kcat = subprocess.run(["kcat", "-C", "-q", "-e", "-b", rig.bootstrap, "-t", rig.prefix + "scene-events",
                               "-f", "%k|%s|%h\\n"], check=True, capture_output=True, text=True).stdout
        assert kcat.startswith("45|{") and "ce_type=plexsync.scene.updated.v1" in kcat, kcat


def every_field_reaches_plex(broker):
    """All fields of a scene, its cover among them, as python-plexapi reads them; then what Stash has no more is gone."""
    with Rig(broker, "fields", SYNC_RATING="true", SYNC_GROUPS="true") as rig:
        rig.wait_ready()
        rig.hook_fixture("01_scene_update_title.json")
        rig.wait_stamp(45, "synced")
        cover = base64.b64decode(next(s["cover_base64"] for s in json.loads(SCENES.read_text())["scenes"] if s["id"] == "45"))
        everything = {
            "title": "New title",
            "summary": "First line of the details.\nSecond line, with <angles> & \"quotes\".",
            "studio": "Some Studio",
            "date": "2024-05-17",
            "rating": 8.0,
            "performers": ["Ann Example", "Zoë O'Neil"],
            "tags": ["Tag A", "Tag, with comma"],
            "collections": ["Some Studio", "Series"],
            "poster": ["upload://posters/" + hashlib.sha1(cover).hexdigest()],
            "locked": ["actor", "collection", "genre", "originallyAvailableAt", "studio", "summary", "thumb", "title"],
        }
        read = rig.read_item(101)
        read["collections"].sort(key=everything["collections"].index)
        assert read == everything, read
        assert len(rig.edits()) == 1 and len(rig.requests("PUT", "/:/rate")) == 1, rig.edits()
        assert len(rig.requests("POST", "/library/metadata/101/posters")) == 1

        http("DELETE", rig.plex + "/_sim/requests")
        rig.edit_scene(45, performers=[], tags=[{"id": "21", "name": "Tag A"}], groups=[], rating100=None)
        assert rig.event(scene_id="45", action="resync")[0] == 202
        wait_until("a second sync", lambda: rig.read_item(101)["rating"] is None)
        rig.wait_line(r"scene=45 verdict=synced .*fields=\S*userRating")
        read = rig.read_item(101)
        assert read == {**everything, "performers": [], "tags": ["Tag A"], "collections": ["Some Studio"],
                        "rating": None}, read
        assert rig.requests("POST", "/library/metadata/101/posters") == [], "the same cover"
        assert rig.violations() == 0


def a_destroyed_scene_is_taken_back(broker):
    """With clear_on_destroy what plexsync wrote goes, and a person's later edit stays; the title is never blanked."""
    with Rig(broker, "destroyed", CLEAR_ON_DESTROY="true") as rig:
        rig.wait_ready()
        rig.hook_fixture("01_scene_update_title.json")
        rig.wait_stamp(45, "synced")
        status, body = http("PUT", f"{rig.plex}/library/sections/1/all?type=1&id=101&summary.value=Mine&summary.locked=1",
                            headers={"X-Plex-Token": TOKEN})
        assert status == 200, body
        assert http("DELETE", f"{rig.stash}/_sim/scenes/45")[0] in (200, 204)
        assert rig.event(scene_id="45", action="destroy")[0] == 202
        stamp = rig.wait_stamp(45, "gone")
        item = rig.item(101)
        assert item["title"] == "New title" and item["summary"] == "Mine", item
        assert "studio" not in item and "originallyAvailableAt" not in item, item
        assert not any(item.get("tags", {}).values()), item
        assert sorted(item["locked"]) == ["summary", "thumb"], item
        assert not stamp.get("intended"), stamp
        assert rig.violations() == 0


def killed_between_put_and_stamp(broker):
    """kill -9 while Plex holds the read-back: after the restart the scene is synced, without a second PUT."""
    with Rig(broker, "kill") as rig:
        rig.wait_ready()
        rig.fault(rig.plex, method="GET", path="/library/metadata/101", nth=3, count=1, action="pass", hold=True)
        rig.hook_fixture("01_scene_update_title.json")  # 1: the item, 2: its posters
        wait_until("the read-back held", lambda: json.loads(http("GET", rig.plex + "/_sim/release")[1])["held"] == 1)
        assert len(rig.edits()) == 1
        assert rig.stamps()["45"]["intended"], "the intent is written before the PUT"
        assert "outcome" not in rig.stamps()["45"] or rig.stamps()["45"]["outcome"] is None
        rig.consumer.stop(signal.SIGKILL)
        rig.mend(rig.plex)
        http("POST", rig.plex + "/_sim/release", {})

        rig.consumer = rig.start_consumer()
        stamp = rig.wait_stamp(45, "synced", "unchanged")
        assert shows_scene_45(rig.item(101))
        assert len(rig.edits()) == 1, "the second run must not send a PUT"
        # Whether the first PUT may land once more is known only when it is read again, a minute on.
        assert stamp["intended"], stamp
        (pending,) = wait_until("the verification owed", lambda: [
            r for r in rig.topic("scene-retries") if r["value"] is not None])
        assert header(pending, "plexsync-error") == "verify", pending


def a_restart_repeats_nothing(broker):
    """SIGTERM ends with status 0; what was done is not done again, what came meanwhile is."""
    with Rig(broker, "restart") as rig:
        rig.wait_ready()
        rig.hook_fixture("01_scene_update_title.json")
        rig.wait_stamp(45, "synced")
        assert rig.consumer.stop() == 0, rig.consumer.text()[-2000:]
        status, body = rig.event(scene_id="46", action="update")
        assert status == 202, body
        http("DELETE", rig.plex + "/_sim/requests")
        rig.consumer = rig.start_consumer()
        rig.wait_stamp(46, "synced")
        assert [e for e in rig.edits() if "id=101" in e["query"]] == []
        assert rig.requests("GET", "/library/metadata/101") == [], "scene 45's offset was committed"
        assert rig.producer.stop() == 0


def poison_is_buried_and_the_rest_goes_on(broker):
    """A record that no version of ours wrote becomes a dead letter, byte for byte."""
    with Rig(broker, "poison") as rig:
        rig.wait_ready()
        poison = b'{"scene_id": broken \xff\x00 not json'
        path = rig.directory / "poison.bin"
        path.write_bytes(poison)
        subprocess.run(["kcat", "-P", "-q", "-b", rig.bootstrap, "-t", rig.prefix + "scene-events", "-p", "2",
                        "-k", "odd key", "-H", "x-foreign=kept", str(path)], check=True)
        (letter,) = wait_until("the dead letter", lambda: rig.topic("scene-dlq"))
        assert base64.b64decode(letter["value_base64"]) == poison
        assert letter["key"] == "odd key" and letter["partition"] == 2
        assert header(letter, "x-foreign") == "kept"
        assert header(letter, "plexsync-error") == "invalid_event"
        assert header(letter, "__dlq.errors.topic") == rig.prefix + "scene-events"
        assert header(letter, "__dlq.errors.partition") == "2" and header(letter, "__dlq.errors.offset") == "0"
        rig.hook_fixture("01_scene_update_title.json")
        rig.wait_stamp(45, "synced")


def plex_away_loses_nothing(broker):
    """While Plex answers 503 nothing is buried, and offsets go on moving; then everything is synced."""
    with Rig(broker, "plexaway") as rig:
        rig.wait_ready()
        for scene in (47, 48):
            rig.edit_scene(scene, details="A scene of which nothing is known is not synced.")
        rig.fault(rig.plex, action="maintenance")
        for scene in ("45", "46", "47", "48"):
            assert rig.event(scene_id=scene, action="update")[0] == 202
        wait_until("Plex seen down", lambda: "event=service_down service=plex" in rig.consumer.text())
        status, body = http("GET", rig.consumer_url + "/readyz")
        assert status == 503 and "Plex" in body, body
        wait_until("all four pending", lambda: {"45", "46", "47", "48"} <= {
            r["key"] for r in rig.topic("scene-retries") if r["value"] is not None})
        wait_until("offsets that moved", lambda: sum(
            offset or 0 for offset in (rig.committed() or {0: 4}).values()) == 4)
        assert rig.topic("scene-dlq") == []
        (outage,) = json.loads(http("GET", rig.consumer_url + "/v1/outages")[1])["outages"]
        assert outage["service"] == "plex" and outage["until"] is None and "Plex" in outage["reason"], outage
        rig.mend(rig.plex)
        for scene in (45, 46, 47, 48):
            rig.wait_stamp(scene, "synced", "unchanged")
        (outage,) = json.loads(http("GET", rig.consumer_url + "/v1/outages")[1])["outages"]
        assert outage["since"] < outage["until"], outage
        assert shows_scene_45(rig.item(101))
        assert rig.topic("scene-dlq") == []
        rig.wait_ready()


def stash_away_loses_nothing(broker):
    """Stash gone and back, as a process; thin events wait for it."""
    with Rig(broker, "stashaway") as rig:
        rig.wait_ready()
        rig.fault(rig.stash, action="status", status=502)
        rig.hook_fixture("01_scene_update_title.json")
        wait_until("the scene held", lambda: "verdict=hold reason=stash_down" in rig.consumer.text())
        rig.mend(rig.stash)
        rig.wait_stamp(45, "synced")
        assert rig.topic("scene-dlq") == []


def plex_refuses_the_edit(broker):
    """A 400 is for a person: a dead letter with its class, a stamp, and the offset goes on."""
    with Rig(broker, "refused") as rig:
        rig.wait_ready()
        rig.fault(rig.plex, method="PUT", path="/library/sections", action="status", status=400)
        rig.hook_fixture("01_scene_update_title.json")
        stamp = rig.wait_stamp(45, "dead")
        assert stamp["reason"] == "rejected_by_plex", stamp
        (letter,) = rig.topic("scene-dlq")
        (event,) = rig.topic("scene-events")
        assert letter["value_base64"] == event["value_base64"] and letter["key"] == "45"
        assert letter["partition"] == event["partition"]
        assert header(letter, "plexsync-error") == "rejected_by_plex"
        assert header(letter, "ce_id") == header(event, "ce_id")


def an_unknown_outcome_is_read_not_assumed(broker):
    """Plex applies the edit and drops the connection: the item is read, and nothing is sent twice."""
    with Rig(broker, "unknown") as rig:
        rig.wait_ready()
        rig.fault(rig.plex, method="PUT", path="/library/sections", nth=1, action="drop", after_effect=True)
        rig.hook_fixture("01_scene_update_title.json")
        rig.wait_stamp(45, "synced", "unchanged")
        assert shows_scene_45(rig.item(101))
        assert len(rig.edits()) == 1, rig.edits()


def full_events_need_no_stash(broker):
    """A complete event goes through without Stash, and an older one afterwards changes nothing."""
    with Rig(broker, "full", STASH_URL="") as rig:
        rig.wait_ready()
        scene = {"id": "45", "title": "From the event", "files": [{"path": "/data/studio/film.mp4"}],
                 "updated_at": "2026-01-11T18:07:53+11:00"}
        assert rig.event(scene_id="45", action="update", scene=scene)[0] == 202
        rig.wait_stamp(45, "synced")
        assert rig.item(101)["title"] == "From the event"
        scene.update(title="Older", updated_at="2026-01-11T07:07:52Z")
        status, body = rig.event(scene_id="45", action="update", scene=scene)
        assert status == 200 and body["reason"] == "already_synced", body
        # … and one that went past the producer.
        older = json.dumps({"scene_id": "45", "action": "update", "scene": scene})
        subprocess.run(["kcat", "-P", "-q", "-b", rig.bootstrap, "-t", rig.prefix + "scene-events", "-k", "45",
                        "-X", "topic.partitioner=murmur2_random"], check=True, input=older, text=True)
        wait_until("superseded", lambda: "verdict=superseded" in rig.consumer.text())
        assert rig.item(101)["title"] == "From the event"


def paths_of_stash_become_paths_of_plex(broker):
    """Stash and Plex see the same files by different prefixes; what no rule fits is found as it is."""
    with Rig(broker, "pathmap", PATH_MAP="/mnt/stash:/elsewhere,/mnt/stash/videos/:/data/") as rig:
        rig.wait_ready()
        rig.edit_scene(45, files=[{"id": "61", "path": "/mnt/stash/videos/studio/film.mp4", "size": 734003200}])
        rig.hook_fixture("01_scene_update_title.json")
        stamp = rig.wait_stamp(45, "synced")
        assert stamp["rating_key"] == "101" and stamp["confidence"] == "HIGH", stamp
        assert shows_scene_45(rig.item(101))
        assert rig.event(scene_id="46", action="update")[0] == 202
        rig.wait_stamp(46, "synced", "unchanged")

        rig.edit_scene(45, files=[{"id": "61", "path": "/mnt/stash/renamed.mp4", "size": 734003200}])
        assert rig.event(scene_id="45", action="update")[0] == 202
        wait_until("the file by both paths", lambda: "reason=not_found" in rig.consumer.text())
        (line, *_) = [l for l in rig.consumer.text().splitlines() if "reason=not_found" in l]
        assert "/mnt/stash/renamed.mp4" in line and "/elsewhere/renamed.mp4" in line, line


def a_wrong_path_map_is_refused(broker):
    """Exit status 2 and a sentence, with --check as without."""
    with Rig(broker, "badmap") as rig:
        rig.settings["PATH_MAP"] = "/data:/media:ro"
        for arguments in ([], ["--check"]):
            wrong = rig.start(f"wrong{len(arguments)}", [BIN / "plexsync-consumer", *arguments], rig.settings)
            assert wrong.process.wait(timeout=30) == 2, wrong.text()
            assert "path_map" in wrong.text() and "/data:/media:ro" in wrong.text(), wrong.text()


def a_vanished_scene_leaves_a_grave(broker):
    """A destroy hook for a scene that Stash has no more: a stamp says so, Plex is left alone."""
    with Rig(broker, "gone") as rig:
        rig.wait_ready()
        payload = json.loads((FIXTURES / "stash-hooks/10_scene_destroy.json").read_text())
        payload["args"]["hookContext"]["id"] = 999
        assert "output" in rig.hook(json.dumps(payload).encode())
        rig.wait_stamp(999, "gone")
        assert rig.edits() == []


def what_plex_finds_is_synced_at_once(broker):
    """An item under another key gets its metadata again, and a file that Plex lacked, once Plex has found it."""
    with Rig(broker, "found", NOT_FOUND_RETRY_MIN="300s", NOT_FOUND_RETRY_MAX="600s", TRIGGER_PLEX_SCAN="true") as rig:
        rig.wait_ready()
        rig.hook_fixture("01_scene_update_title.json")
        rig.wait_stamp(45, "synced")
        assert rig.event(scene_id="46", action="update")[0] == 202
        key = rig.wait_stamp(46, "synced", "unchanged")["rating_key"]
        wait_until("the event stream", lambda: len(rig.requests("GET", "/:/eventsource")) == 1)

        assert http("POST", rig.plex + "/_sim/items", {"rekey": 101, "to": 901, "keep": False})[0] == 200
        wait_until("the item under its new key", lambda: rig.stamps()["45"]["rating_key"] == "901")
        assert shows_scene_45(rig.item(901))

        item = rig.item(key)
        assert http("DELETE", f"{rig.plex}/_sim/items/{key}")[0] == 200
        assert rig.event(scene_id="46", action="update")[0] == 202
        wait_until("the miss", lambda: "scene=46" in rig.consumer.text() and "reason=not_found" in rig.consumer.text())
        wait_until("a scan", lambda: rig.requests("GET", "/library/sections/1/refresh"))
        status, body = http("POST", rig.plex + "/_sim/items", {**item, "section": 1, "ratingKey": 902})
        assert status == 200, body
        wait_until("the file that was missing", lambda: rig.stamps()["46"]["rating_key"] == "902")
        assert rig.violations() == 0


def every_payload_is_understood(broker):
    """Each recorded payload, through the real hook: an event with the right scene and action, or ignored."""
    with Rig(broker, "payloads", STASH_URL="", PLEX_LIBRARIES="Scenes") as rig:
        rig.consumer.stop()
        expected = []
        for path in sorted(FIXTURES.glob("stash-captured/*.json")) + sorted(FIXTURES.glob("stash-hooks/*.json")):
            payload = path.read_bytes()
            said = rig.hook(payload)
            context = json.loads(payload)["args"].get("hookContext")
            if context and context["type"].startswith("Scene."):
                changed = context.get("inputFields") or []
                action = context["type"].split(".")[1].lower()
                quiet = {"id", "ids", "resume_time", "play_duration", "play_count", "o_counter", "url", "urls",
                         "code", "director", "stash_ids", "gallery_ids", "clientMutationId"}
                if changed and set(changed) <= quiet:
                    assert "not_sync_worthy" in json.dumps(said), (path.name, said)
                else:
                    assert "output" in said, (path.name, said)
                    expected.append((str(context["id"]), action))
            elif context:
                assert "output" in said, (path.name, said)
        found = [(r["key"], json.loads(r["value"])["action"]) for r in rig.topic("scene-events")]
        assert sorted(found) == sorted(expected), set(expected) ^ set(found)


def no_secret_is_shown(broker):
    """Tokens appear in no log, no topic, no page."""
    with Rig(broker, "secrets") as rig:
        rig.wait_ready()
        rig.hook_fixture("01_scene_update_title.json")
        rig.wait_stamp(45, "synced")
        rig.fault(rig.plex, action="status", status=401)
        rig.event(scene_id="46", action="update")
        wait_until("Plex refuses us", lambda: "service_down service=plex" in rig.consumer.text())
        shown = rig.consumer.text() + rig.producer.text()
        shown += "".join(http("GET", url + path)[1] for url in (rig.producer_url, rig.consumer_url)
                         for path in ("/livez", "/readyz", "/metrics"))
        shown += json.dumps([rig.topic(t) for t in ("scene-events", "sync-timestamps", "scene-dlq")])
        for token in (TOKEN, PRODUCER_TOKEN):
            assert token not in shown
        assert "check plex_token" in shown
        rig.mend(rig.plex)
        rig.wait_stamp(46, "synced", "unchanged")


CASES = [value for value in list(globals().values())
         if callable(value) and getattr(value, "__doc__", None) and value.__module__ == __name__
         and value.__code__.co_varnames[:1] == ("broker",)]

if __name__ == "__main__":
    sys.exit(run_cases(CASES, *sys.argv[1:]))
