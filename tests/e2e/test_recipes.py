"""Every recipe of docs/operations.md, run as it stands there, against a real Kafka and the real programs.

What arrived is compared with kafka-python, which shares no code with the tools. Usage: test_recipes.py KAFKA_VERSION [CASE…]
"""

import base64
import json
import os
import pathlib
import re
import subprocess
import sys

from rig import ROOT, Rig, run_cases, wait_until

DOCUMENT = (ROOT / "docs/operations.md").read_text()
RECIPES = dict(re.findall(r"<!-- recipe: (\S+) -->\n```sh\n(.*?)```", DOCUMENT, re.S))
USED = set()
OURS = [("__dlq.errors.offset", b"7"), ("__dlq.errors.partition", b"3"), ("plexsync-error-detail", b"a%2Cb")]
COUNTED = ("__dlq.errors.offset", "plexsync-replays")  # by these the consumer knows how often one came back
WRITE = """
import base64, json, sys
from kafka import KafkaProducer
raw = lambda text: None if text is None else base64.b64decode(text)
producer = KafkaProducer(bootstrap_servers=sys.argv[1], acks="all")
for key, value, headers in json.load(sys.stdin):
    producer.send(sys.argv[2], key=raw(key), value=raw(value), partition=3,
                  headers=[(name, raw(text)) for name, text in headers]).get(60)
"""
TOOLS = {"kafka-console-consumer.sh": "org.apache.kafka.tools.consumer.ConsoleConsumer",
         "kafka-consumer-groups.sh": "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand",
         "kafka-delete-records.sh": "org.apache.kafka.tools.DeleteRecordsCommand"}


def encoded(data):
    return None if data is None else base64.b64encode(data).decode()


def write(rig, letters):
    rows = [(encoded(k), encoded(v), [(n, encoded(x)) for n, x in headers]) for k, v, headers in letters]
    subprocess.run([rig.broker.python, "-c", WRITE, rig.bootstrap, rig.prefix + "scene-dlq"],
                   input=json.dumps(rows), text=True, check=True)


def add_tools(rig):
    """Kafka's scripts under their names; the rig has only the jars. `broker tool` adds --bootstrap-server itself."""
    major = 3 if " 3." in rig.broker.name else 4
    classes = {**TOOLS, "kafka-console-producer.sh":
               "kafka.tools.ConsoleProducer" if major == 3 else "org.apache.kafka.tools.ConsoleProducer"}
    for name, java_class in classes.items():
        script = pathlib.Path(rig.directory, name)
        script.write_text(f'#!/bin/bash\nshift 2\nexec {ROOT}/tests/kafka/broker tool {rig.broker.directory} {java_class} "$@"\n')
        script.chmod(0o755)
    return major


def run(rig, *names, place=None):
    """The blocks in one shell, one after the other. Standard output and error."""
    text = ""
    for name in names:
        USED.add(name)
        text += RECIPES[name]
    if place:
        assert "P=3 O=41" in text
        text = text.replace("P=3 O=41", f"P=3 O={place}")
    environment = {**os.environ, "PATH": f"{rig.directory}:{os.environ['PATH']}", "B": rig.bootstrap,
                   "D": rig.prefix + "scene-dlq", "E": rig.prefix + "scene-events", "G": rig.prefix + "group",
                   "PRODUCER": rig.producer_url, "CONSUMER": rig.consumer_url}
    done = subprocess.run(["bash", "-c", text], env=environment, cwd=rig.directory, capture_output=True, timeout=240,
                          stdin=subprocess.DEVNULL)
    return done.stdout, done.stderr


def essence(records, drop=True):
    """What must be equal, in order of arrival within the partition or not: a sorted list."""
    def ours(name):
        return re.match(r"__dlq\.|plexsync-", name) and name not in COUNTED

    return sorted(repr((r["key_base64"], r["value_base64"], [(h["name"], h["value_base64"]) for h in r["headers"]
                                                            if not (drop and ours(h["name"]))])) for r in records)


def own(letters):
    return [{"key_base64": encoded(k), "value_base64": encoded(v),
             "headers": [{"name": n, "value_base64": encoded(x)} for n, x in h]} for k, v, h in letters]


def letter(key, value, *headers, error=b"not_found"):
    return (key, value, [*headers, *OURS, ("plexsync-error", error)])


LINES = [
    letter(b"45", b'{"scene_id":"45","action":"update"}', ("ce_id", b"one"), ("x", b"a,b"), ("x", b"second")),
    letter("Schlüssel".encode(), "Ünï→✓".encode(), ("x", "Wört,er=ß".encode()), error=b"ambiguous"),
    letter(b"46", b"", ("ce_id", b"empty")),
    letter(b"47", None, ("ce_id", b"tombstone")),
]
BYTES = LINES + [
    letter(b"48", b"nul\0 \xff\xfe\nline\r\n\ttab\n", ("x", b"tab\there")),
    letter("tab\tund\nZeile ü".encode(), b"\n", ("x", b"")),
    letter(None, b"without key", ("plexsync-replays", b"4"), ("ce_id", b"5")),
    letter(b"", b"", ("ce_id", b"6")),
    letter(b"a\x1fb\x1ec", b"kcat's separators", ("ce_id", b"7")),
    letter("line\nend\n".encode(), None, ("x", b" a=b,c:d%25\\n\r")),
]
REFUSED = [letter(b"49", b"x", ("x", b"two\nlines")), letter(b"50", b"x", ("x", b"\xff")), letter(b"a\0b", b"x"),
           letter(b"a\x1fb", b""), letter(b"a\x1eb", None), letter(b"", None), letter(None, b"")]


def stopped(broker, name):
    """A rig whose consumer made the topics and then ended: what arrives in scene-events stays alone."""
    rig = Rig(broker, name)
    rig.wait_ready()
    rig.consumer.stop()
    return rig


def kcat_carries_every_byte(broker):
    with stopped(broker, "kcat") as rig:
        add_tools(rig)
        write(rig, BYTES + REFUSED)
        listed = run(rig, "list")[0].decode().rstrip("\n").split("\n")
        assert len(listed) == len(BYTES + REFUSED), listed
        assert listed[1].split("\t")[2:] == ["Schlüssel", "ambiguous", "a%2Cb"], listed
        shown = run(rig, "show", place="4")[0]
        assert shown.endswith(BYTES[4][1]) and b'"plexsync-error"' in shown, shown
        out, err = run(rig, "list", "define", "replay-all")
        assert err.decode().splitlines() == [f"REFUSED 3/{len(BYTES) + i}" for i in range(len(REFUSED))], (out, err)
        seen, wanted = rig.topic("scene-events"), own(BYTES)
        assert essence(seen, drop=False) == essence(wanted), (essence(seen, False), essence(wanted))
        run(rig, "define", "replay-one", place="4")
        run(rig, "list", "define", "replay-class")
        again = [BYTES[4]] + [x for x in BYTES if x[2][-1][1] == b"not_found"]
        assert essence(rig.topic("scene-events"), False) == essence(own(BYTES + again))
        run(rig, "purge")
        assert rig.topic("scene-dlq") == []


def console_tools_carry_lines(broker):
    with stopped(broker, "console") as rig:
        setup = (f"console-{add_tools(rig)}", "console-define")
        write(rig, LINES)
        assert run(rig, *setup, "console-list")[0].count(b"plexsync-error:") == len(LINES)
        assert "Ünï→✓".encode() in run(rig, *setup, "console-show", place="1")[0]
        run(rig, *setup, "console-replay-all")
        assert essence(rig.topic("scene-events"), False) == essence(own(LINES), False), rig.topic("scene-events")
        run(rig, *setup, "console-replay-one", place="1")
        run(rig, *setup, "console-replay-class")
        wanted = LINES + [LINES[1]] + [x for x in LINES if x[2][-1][1] == b"not_found"]
        assert essence(rig.topic("scene-events"), False) == essence(own(wanted), False)


def a_double_replay_edits_once(broker):
    with Rig(broker, "twice") as rig:
        rig.wait_ready()
        setup = (f"console-{add_tools(rig)}", "console-define")
        write(rig, LINES[:1])
        run(rig, "define", "replay-one", place="0")
        rig.wait_stamp(45, "synced")
        run(rig, "define", "replay-one", place="0")
        run(rig, *setup, "console-replay-one", place="0")
        wait_until("three events settled", lambda: sum(o or 0 for o in rig.committed().values()) == 3)
        assert len(rig.edits()) == 1, rig.edits()
        assert rig.violations() == 0
        assert len(rig.topic("scene-dlq")) == 1, "nothing died again"
        assert b"scene-events" in run(rig, "lag")[0]
        health = run(rig, "health")[0]
        assert health.count(b'"status": "ok"') == 2 and b"\nplexsync_" in health, health


def a_letter_that_comes_back_counts_its_replays(broker):
    with Rig(broker, "count") as rig:
        rig.wait_ready()
        setup = (f"console-{add_tools(rig)}", "console-define")

        def counts(letters):
            def look():
                seen = [dict((h["name"], h["value"]) for h in r["headers"]) for r in rig.topic("scene-dlq")]
                return len(seen) == letters and [h.get("plexsync-replays") for h in seen]

            return wait_until(f"{letters} dead letters", look)

        write(rig, [letter(b"59", b"no event", error=b"invalid_event")])  # 59 belongs on partition 3
        run(rig, "define", "replay-one", place="0")
        assert counts(2) == [None, "1"], "kcat"
        run(rig, "define", "replay-one", place="1")
        assert counts(3) == [None, "1", "2"], "kcat, again"
        run(rig, *setup, "console-replay-one", place="2")
        assert counts(4) == [None, "1", "2", "3"], "console tools"


def every_recipe_was_run(broker):
    other = "console-4" if " 3." in broker.name else "console-3"
    assert USED == set(RECIPES) - {other}, set(RECIPES) ^ USED


CASES = [kcat_carries_every_byte, console_tools_carry_lines, a_double_replay_edits_once,
         a_letter_that_comes_back_counts_its_replays, every_recipe_was_run]

if __name__ == "__main__":
    sys.exit(run_cases(CASES, *sys.argv[1:]))
