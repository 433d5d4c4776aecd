#!/usr/bin/env python3
"""plexsync-producer with a real Kafka. Usage: test_real_kafka.py PRODUCER VERSION"""

import json
import os
import subprocess
import sys
import tempfile
import unittest

from rig import BOUND_S, FIXTURES, HERE, Producer, partition_of, records, wait_until

BROKER = os.path.join(HERE, "..", "..", "kafka", "broker")
START_S = 900  # the first start fetches Kafka
PRODUCER, VERSION = "", ""  # set below


def broker(*arguments):
    return subprocess.run([BROKER, *arguments], check=True, timeout=START_S, text=True,
                          stdout=subprocess.PIPE).stdout.strip()


class RealKafka(unittest.TestCase):
    def setUp(self):
        build = os.environ.get("PLEXSYNC_BUILD", tempfile.gettempdir())
        self.data = self.enterContext(tempfile.TemporaryDirectory(dir=build, prefix="producer-kafka."))
        self.bootstrap = broker("start", VERSION, self.data)
        self.addCleanup(subprocess.run, [BROKER, "kill", self.data], check=False, stderr=subprocess.DEVNULL)

    def test_takes_a_hook_and_keeps_it_over_a_power_cut(self):
        with open(os.path.join(FIXTURES, "stash-hooks", "02_scene_update_escaped_unicode.json"), "rb") as file:
            hook = file.read()
        with Producer(PRODUCER, self.bootstrap) as producer:
            topics = broker("topics", self.data, "--describe")
            for topic, partitions, policy in (("scene-events", 6, "delete"), ("scene-retries", 6, "compact"),
                                              ("sync-timestamps", 6, "compact"), ("scene-dlq", 6, "delete"),
                                              ("dlq-decisions", 1, "compact")):
                line = next(l for l in topics.splitlines() if l.startswith("Topic: plexsync." + topic))
                self.assertIn(f"PartitionCount: {partitions}", line)
                self.assertIn("cleanup.policy=" + policy, line)
            said = producer.hook(hook).json
            self.assertEqual((said["status"], said["partition"], said["offset"]), ("accepted", partition_of("45"), 0))
            broker("kill", self.data)
            wait_until(lambda: producer.request("GET", "/readyz").status == 503, "readyz saying 503", 15)
            self.assertEqual(producer.hook(hook).status, 503)
            broker("resume", self.data)
            wait_until(lambda: producer.request("GET", "/readyz").status == 200, "readyz saying 200")
            again = producer.hook(hook)
            self.assertEqual(again.status, 202, again)
            producer.terminate()
            self.assertEqual(producer.wait(), 0, producer.log)
        found = {record["headers"]["ce_id"]: record for record in records(self.bootstrap)}
        record = found[said["event_id"]]
        self.assertEqual((record["key"], record["partition"], record["offset"]), ("45", said["partition"], 0))
        self.assertEqual(json.loads(record["payload"])["scene_id"], "45")
        self.assertIn(again.json["event_id"], found)

    def test_refuses_topics_of_the_wrong_shape(self):
        broker("topics", self.data, "--create", "--topic", "plexsync.scene-events", "--partitions", "2")
        with Producer(PRODUCER, self.bootstrap, ready=False) as producer:
            self.assertEqual(producer.process.wait(timeout=BOUND_S), 1, producer.log)
            self.assertIn("plexsync.scene-events", producer.line("start_failed"))


if __name__ == "__main__":
    VERSION = sys.argv.pop(2)
    PRODUCER = sys.argv.pop(1)
    unittest.main()
