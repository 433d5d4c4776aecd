"""The consumer killed at each step of what it writes, one after the other; nothing is lost, nothing is done twice.

A consumer of a test build counts the steps of the write order (records produced, their acknowledgements, edits,
their answers, offsets) and, told `PLEXSYNC_FAILPOINT=N`, ends itself with SIGKILL at the Nth. Each case goes through
the life of one event again and again, until it was killed at every step there is.

Usage: test_failpoints.py KAFKA_VERSION [CASE…]
"""

import re
import signal
import sys
import time

from rig import TOKEN, Rig, http, run_cases, wait_until

MAX_STEPS = 40
PATIENCE_S = 60


def header(record, name):
    return next((h["value"] for h in reversed(record["headers"]) if h["name"] == name), None)


class Mortal:
    """A consumer that dies at one step, and is started again when it has."""

    def __init__(self, rig, step):
        self.rig, self.died = rig, None
        assert rig.consumer.stop() == 0, rig.consumer.text()[-3000:]
        rig.settings["PLEXSYNC_FAILPOINT"] = str(step)
        rig.consumer = rig.start_consumer()

    def look(self):
        if self.rig.consumer.process.poll() is None:
            return
        assert self.rig.consumer.process.returncode == -signal.SIGKILL, self.rig.consumer.text()[-3000:]
        assert self.died is None, "it dies once"
        self.died = re.findall(r"event=failpoint .*\bstep=(\S+)", self.rig.consumer.text())[-1]
        del self.rig.settings["PLEXSYNC_FAILPOINT"]
        self.rig.consumer = self.rig.start_consumer()

    def until(self, what, condition):
        end = time.monotonic() + PATIENCE_S
        while not (value := condition()):
            assert time.monotonic() < end, f"{what}\n{self.rig.consumer.text()[-5000:]}"
            self.look()
            time.sleep(0.1)
        return value


def immortal(rig):
    """Waits for what is owed to a kill: nothing stays pending, no stamp says that an edit is under way."""
    def owed():
        newest = {r["key"]: r for r in rig.topic("scene-retries")}
        return [r for r in newest.values() if r["value"] is not None] + \
            [stamp for stamp in rig.stamps().values() if stamp.get("intended")]

    end = time.monotonic() + 150
    while debts := owed():
        assert time.monotonic() < end, f"{debts}\n{rig.consumer.text()[-3000:]}"
        time.sleep(1)


def at_each_step(rig, life):
    """`life(mortal, step)` for steps 1, 2, … until there is none left to die at. Says where it died."""
    deaths = []
    for step in range(1, MAX_STEPS):
        mortal = Mortal(rig, step)
        life(mortal, step)
        # What comes after the outcome that the life waits for, the offset above all, is a step, too.
        deadline = time.monotonic() + 2
        while not mortal.died and time.monotonic() < deadline:
            mortal.look()
            time.sleep(0.05)
        if not mortal.died:
            print(f"       {len(deaths)} deaths: {' '.join(deaths)}")
            del rig.settings["PLEXSYNC_FAILPOINT"]
            rig.consumer.stop()
            rig.consumer = rig.start_consumer()
            return deaths
        deaths.append(mortal.died)
    raise AssertionError(f"more than {MAX_STEPS} steps: {deaths}")


def announce(rig, **fields):
    """Edits scene 45 in Stash and announces it; the event's id."""
    rig.edit_scene(45, **fields)
    status, body = rig.event(scene_id="45", action="update")
    assert status == 202, body
    return body["event_id"]


def since(rig, event):
    """This event, and those after it: the consumer announces a scene anew whose edit it may have left half done."""
    ids = [header(r, "ce_id") for r in rig.topic("scene-events")]
    return ids[ids.index(event):]


def concluded(rig, event, *outcomes):
    stamp = rig.stamps().get("45", {})
    return stamp.get("outcome") in outcomes and stamp["event_id"] in since(rig, event)


def edits_with(rig, title):
    return [e for e in rig.edits() if title.replace(" ", "%20") in e["query"] or title.replace(" ", "+") in e["query"]]


def while_it_edits(broker):
    """Intent, edit, read-back, stamp, offset: each title is in Plex in the end, and was sent once."""
    with Rig(broker, "dies_editing", KAFKA_GROUP_INSTANCE_ID="one") as rig:
        rig.wait_ready()

        def life(mortal, step):
            title = f"Title of life {step}"
            event = announce(rig, title=title)
            mortal.until(f"{title} in Plex", lambda: rig.item(101)["title"] == title)
            mortal.until(f"the stamp of {title}", lambda: concluded(rig, event, "synced", "unchanged"))
            assert len(edits_with(rig, title)) == 1, (step, mortal.died, edits_with(rig, title))

        deaths = at_each_step(rig, life)
        assert {"sync-timestamps", "delivered", "edit", "edited", "store_offset"} <= set(deaths), deaths
        assert rig.topic("scene-dlq") == []
        immortal(rig)


def while_it_waits_for_a_file(broker):
    """Not found, pending, found: the pending record is written before the offset moves and goes after the stamp."""
    with Rig(broker, "dies_waiting", KAFKA_GROUP_INSTANCE_ID="one", NOT_FOUND_RETRY_MIN="2s",
             NOT_FOUND_RETRY_MAX="2s") as rig:
        rig.wait_ready()
        here = [{"id": "61", "path": "/data/studio/film.mp4", "size": 734003200}]
        nowhere = [{"id": "61", "path": "/data/not/yet.mp4", "size": 734003200}]

        def life(mortal, step):
            title = f"Late title {step}"
            missed = rig.consumer.text().count("reason=not_found")
            event = announce(rig, title=title, files=nowhere)
            mortal.until(f"{title} pending", lambda: rig.consumer.text().count("reason=not_found") > missed)
            rig.edit_scene(45, files=here)
            mortal.until(f"{title} in Plex", lambda: rig.item(101)["title"] == title)
            mortal.until(f"the stamp of {title}", lambda: concluded(rig, event, "synced", "unchanged"))
            assert len(edits_with(rig, title)) == 1, (step, mortal.died, edits_with(rig, title))

        deaths = at_each_step(rig, life)
        assert {"scene-retries", "delivered", "edit", "sync-timestamps"} <= set(deaths), deaths
        assert rig.topic("scene-dlq") == []
        immortal(rig)


def while_it_buries(broker):
    """What Plex refuses: the letter is there before the stamp says so, byte for byte what the producer wrote."""
    with Rig(broker, "dies_burying", KAFKA_GROUP_INSTANCE_ID="one") as rig:
        rig.wait_ready()
        rig.fault(rig.plex, method="PUT", path="/library/sections", action="status", status=400)
        events = []

        def life(mortal, step):
            events.append(announce(rig, title=f"Refused {step}"))
            mortal.until("the stamp", lambda: concluded(rig, events[-1], "dead"))

        deaths = at_each_step(rig, life)
        assert {"scene-dlq", "delivered", "edit", "sync-timestamps"} <= set(deaths), deaths
        immortal(rig)
        written = {header(r, "ce_id"): r for r in rig.topic("scene-events")}
        letters = rig.topic("scene-dlq")
        for letter in letters:
            event = written[header(letter, "ce_id")]
            for field in ("value_base64", "key", "partition"):
                assert letter[field] == event[field], (field, letter, event)
            assert [h for h in letter["headers"] if h in event["headers"]] == event["headers"], (letter, event)
            assert header(letter, "plexsync-error") == "rejected_by_plex"
        # One letter for each life, of its event or of the scene announced anew; a second one only where the death
        # came between a letter's writing and its stamp.
        buried = [header(letter, "ce_id") for letter in letters]
        lives = [set(since(rig, event)) - set(since(rig, after) if after else [])
                 for event, after in zip(events, events[1:] + [None])]
        assert all(1 <= sum(letter in life for letter in buried) <= 2 for life in lives), (lives, buried)
        assert len(buried) <= len(lives) + 6, (lives, buried)


def with_a_token_that_turns_wrong(broker):
    """Refused tokens hold everything; the right one in the file is taken without a restart, for Plex and for Stash."""
    with Rig(broker, "token") as rig:
        rig.consumer.stop()
        secret = rig.directory / "plex_token"
        secret.write_text("canary-old-token\n")
        del rig.settings["PLEX_TOKEN"]
        rig.settings["PLEX_TOKEN_FILE"] = str(secret)
        rig.consumer = rig.start_consumer()
        for scene in (47, 48):
            rig.edit_scene(scene, details="A scene of which nothing is known is not synced.")
        for scene in ("45", "46", "47", "48"):
            assert rig.event(scene_id=scene, action="update")[0] == 202
        wait_until("the refusal", lambda: "service_down service=plex" in rig.consumer.text())
        wait_until("a page that says so", lambda: "plex_token" in http("GET", rig.consumer_url + "/readyz")[1])
        secret.write_text(TOKEN + "\n")
        for scene in (45, 46, 47, 48):
            rig.wait_stamp(scene, "synced", "unchanged")
        rig.wait_ready()
        assert rig.topic("scene-dlq") == []
        assert "event=secret_changed setting=plex_token" in rig.consumer.text()
        for token in (TOKEN, "canary-old-token"):
            assert token not in rig.consumer.text()


CASES = [while_it_edits, while_it_waits_for_a_file, while_it_buries, with_a_token_that_turns_wrong]

if __name__ == "__main__":
    sys.exit(run_cases(CASES, *sys.argv[1:]))
