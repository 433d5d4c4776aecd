"""What the producer knows of the scenes, with a real Kafka and stamps that another program writes.

Usage: test_stamps.py KAFKA_VERSION [CASE…]
"""

import json
import signal
import subprocess
import sys
import time

from rig import PRODUCER_TOKEN, ROOT, Rig, http, run_cases, wait_until

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
    status, body = http("GET", f"{rig.producer_url}/v1/scenes/{number}", None,
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
        status, body = http("GET", rig.producer_url + "/readyz")
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


CASES = [stamps_of_another_program_are_honoured_at_once, a_restart_reads_all, two_edits_in_one_second_both_arrive]

if __name__ == "__main__":
    sys.exit(run_cases(CASES, *sys.argv[1:]))
