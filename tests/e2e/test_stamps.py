"""What the producer knows of the scenes, with a real Kafka: stamps of others, restarts, bursts, and a sweep.

Usage: test_stamps.py KAFKA_VERSION [CASE…]
"""

import concurrent.futures
import http.client
import json
import signal
import subprocess
import sys
import time

from rig import FIXTURES, PATIENCE_S, PRODUCER_TOKEN, ROOT, Rig, http as ask, run_cases, wait_until

VERSION = "2026-01-02T03:04:05Z"


def write(rig, topic, *rows):
    """Each row: key, value (None: a tombstone), headers. By kafka-python, which shares no code with ours."""
    lines = "".join(json.dumps({"key": key, "value": value, "headers": headers}) + "\n" for key, value, headers in rows)
    subprocess.run([rig.broker.python, ROOT / "tests/kafka/writer.py", rig.bootstrap, rig.prefix + topic],
                   input=lines, text=True, check=True)


def stamp(scene, **more):
    return json.dumps({"scene_id": str(scene), "outcome": "synced", "seen_updated_at": VERSION, "updated_at": VERSION,
                       "observed_at": "2026-01-02T03:04:09Z", **more})


def covers(offset, generation=2_000_000_000_000):
    return {"plexsync-covers": f"{generation}/{offset}"}


def scene(rig, number):
    status, body = ask("GET", f"{rig.producer_url}/v1/scenes/{number}", None,
                        {"Authorization": f"Bearer {PRODUCER_TOKEN}"})
    return status, json.loads(body)


def said(rig, **event):
    status, body = rig.event(**event)
    return body.get("reason", status)


def stamps_of_another_program_are_honoured_at_once(broker):
    """Without a restart; a tombstone ends it, and an older stamp does not bring it back."""
    with Rig(broker, "foreign") as rig:
        rig.consumer.stop()
        event = {"scene_id": "4711", "action": "update", "updated_at": VERSION}
        assert said(rig, **event) == 202
        assert scene(rig, 4711)[1] == {"scene_id": "4711", "stamp": None, "pending": None, "waiting": True}
        write(rig, "sync-timestamps", ("4711", stamp(4711), covers(10)))
        started = time.monotonic()
        wait_until("the stamp", lambda: said(rig, **event) == "already_synced")
        print(f"       the stamp was known {time.monotonic() - started:.2f} s after its acknowledgement")
        assert scene(rig, 4711)[1]["waiting"] is False
        write(rig, "sync-timestamps", ("4711", None, covers(11)))
        wait_until("the tombstone", lambda: said(rig, **event) == 202)
        write(rig, "sync-timestamps", ("4711", stamp(4711), covers(10)), ("4712", stamp(4712), covers(10)))
        wait_until("what was written behind it", lambda: scene(rig, 4712)[0] == 200)
        assert said(rig, **event) == 202, "an older stamp came back"


def a_restart_reads_all(broker):
    """Ready only when all stamps and retries are known; the count is logged."""
    with Rig(broker, "reload") as rig:
        rig.consumer.stop()
        count = 20_000
        write(rig, "sync-timestamps", *((str(n), stamp(n), covers(1)) for n in range(1, count + 1)))
        write(rig, "scene-retries", ("7", "{}", {**covers(2), "plexsync-due": VERSION, "plexsync-attempt": "3",
                                                 "plexsync-error": "not_found"}))
        rig.producer.stop(signal.SIGKILL)
        log = rig.producer.log
        log.unlink()
        rig.producer = rig.start_producer()
        line = next(l for l in log.read_text().splitlines() if " event=tables_loaded " in l)
        assert f" stamps={count} pending=1 " in line, line
        status, body = ask("GET", rig.producer_url + "/readyz")
        assert status == 200 and json.loads(body)["checks"]["tables"]["ok"], body
        for number in (1, 7, count):
            assert said(rig, scene_id=str(number), action="update", updated_at=VERSION) == "already_synced"
        assert scene(rig, 7)[1]["pending"] == {"due": "2026-01-02T03:04:05.000Z", "attempt": 3, "error": "not_found"}
        assert scene(rig, count + 1)[0] == 404


def two_edits_in_one_second_both_arrive(broker):
    """Stash's versions are whole seconds: the second edit has the first one's, and is not taken for it."""
    with Rig(broker, "second") as rig:
        rig.wait_ready()
        # A minute ahead, so that the second is not over however slow this machine is.
        version = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 60))
        for title in ("First", "Second"):
            rig.edit_scene(45, title=title, updated_at=version)
            assert said(rig, scene_id="45", action="update", updated_at=version) == 202
            wait_until(f"{title} in Plex", lambda title=title: rig.item(101)["title"] == title)
        rig.wait_stamp(45, "synced", "unchanged")
        assert said(rig, scene_id="45", action="update", updated_at=VERSION) == "already_synced"


def post_hooks(rig, payload, count):
    """The statuses of as many hooks, over one connection."""
    connection = http.client.HTTPConnection(*rig.producer_url.removeprefix("http://").split(":"), timeout=PATIENCE_S)
    statuses = []
    for _ in range(count):
        connection.request("POST", "/v1/hooks/stash", payload,
                           {"Content-Type": "application/json", "Authorization": f"Bearer {PRODUCER_TOKEN}"})
        answer = connection.getresponse()
        answer.read()
        statuses.append(answer.status)
    connection.close()
    return statuses


def a_thousand_hooks_cost_two_syncs_at_most(broker):
    """All within a settle window, as a script that saves a scene again and again; the last edit is in Plex."""
    settle_s = 2
    with Rig(broker, "burst", SETTLE_WINDOW=f"{settle_s}s") as rig:
        rig.wait_ready()
        payload = (FIXTURES / "stash-hooks/01_scene_update_title.json").read_bytes()
        started = time.monotonic()
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            clients = [pool.submit(post_hooks, rig, payload, 125) for _ in range(8)]
            for number in range(1, 6):
                rig.edit_scene(45, title=f"Edit {number}")
        statuses = [status for client in clients for status in client.result()]
        rig.edit_scene(45, title="The last edit")
        statuses += post_hooks(rig, payload, 1)
        took_s = time.monotonic() - started
        assert statuses == [202] * 1001, set(statuses)
        assert len(rig.topic("scene-events")) == 1001
        wait_until("all hooks dealt with", lambda: scene(rig, 45)[1]["waiting"] is False)
        assert rig.item(101)["title"] == "The last edit", rig.item(101)["title"]
        syncs = rig.consumer.text().count(" event=scene scene=45 verdict=")
        print(f"       1,001 hooks in {took_s:.2f} s, {syncs} syncs, {len(rig.edits())} edits")
        # A window more for each that a slow machine needed to send them all.
        assert 1 <= syncs <= 2 + took_s // settle_s and len(rig.edits()) <= syncs, rig.consumer.text()[-3000:]
        assert rig.topic("scene-dlq") == [] and scene(rig, 45)[1]["pending"] is None


def sweep_state(rig):
    status, body = ask("GET", rig.producer_url + "/v1/sweeps/current", None, {"Authorization": f"Bearer {PRODUCER_TOKEN}"})
    assert status == 200, body
    return json.loads(body)


def a_sweep_brings_what_no_hook_told(broker):
    """Changed and vanished scenes; Stash is restarted in the middle. Then there is nothing left to do."""
    with Rig(broker, "sweep", SKIP_NOT_FOUND="true", NOT_FOUND_WINDOW="1s") as rig:
        rig.wait_ready()
        authorised = {"Authorization": f"Bearer {PRODUCER_TOKEN}"}

        def sweep():
            status, body = ask("POST", rig.producer_url + "/v1/sweeps", {}, authorised)
            assert status == 202, body

        def last():
            wait_until("the end of the sweep", lambda: sweep_state(rig)["state"] == "idle")
            return sweep_state(rig)["last"]

        stopped = rig.stash
        rig.fault(rig.stash, contains="findScenes", hold=True, count=1)
        sweep()
        wait_until("Stash asked for scenes", lambda: json.loads(ask("GET", rig.stash + "/_sim/held")[1])["held"])
        rig.stashsim.stop(signal.SIGKILL)
        wait_until("the sweep waiting", lambda: sweep_state(rig)["state"] == "waiting")
        rig.start("stashsim-again", [*rig.stashsim.process.args[:2], stopped.removeprefix("http://"),
                                     *rig.stashsim.process.args[3:]]).wait_for(r"http://127")
        swept = last()
        assert (swept["state"], swept["published"]) == ("done", swept["walked"]), swept
        wait_until("all scenes dealt with", lambda: len(rig.stamps()) == swept["walked"])
        assert rig.item(101)["title"] == "New title"

        rig.edit_scene(45, title="Nobody told")
        assert ask("DELETE", rig.stash + "/_sim/scenes/2")[0] in (200, 204)
        sweep()
        swept = last()
        assert (swept["state"], swept["published"], swept["destroyed"]) == ("done", 2, 1), swept
        rig.wait_stamp(2, "gone")
        wait_until("the edit in Plex", lambda: rig.item(101)["title"] == "Nobody told")
        wait_until("its stamp", lambda: scene(rig, 45)[1]["waiting"] is False)
        sweep()
        assert last()["published"] == 0, sweep_state(rig)


CASES = [stamps_of_another_program_are_honoured_at_once, a_restart_reads_all, two_edits_in_one_second_both_arrive,
         a_thousand_hooks_cost_two_syncs_at_most, a_sweep_brings_what_no_hook_told]

if __name__ == "__main__":
    sys.exit(run_cases(CASES, *sys.argv[1:]))
