"""The loss audit: what was acknowledged against what is on the topic, by an independent reader.

    audit.py HOST:PORT TOPIC ACKED_FILE...

A line of an ACKED_FILE (written by openloop) is: ID TOPIC PARTITION OFFSET. An event counts as found
when the record at its place has its id as key; without a place (a negative offset), when any record has.
Prints one line of JSON: acked, found, missing, duplicates (further records with the key of an acknowledged
event). Ends with 1 when one is missing.
"""

import collections
import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "kafka"))

from kafka import KafkaConsumer  # noqa: E402
from reader import records  # noqa: E402


def acknowledged(files):
    """The places of each id; an event that was sent twice may be acknowledged twice."""
    places = collections.defaultdict(set)
    for file in files:
        for line in pathlib.Path(file).read_text().splitlines():
            key, _, partition, offset = line.split()
            places[key].add((int(partition), int(offset)))
    return places


def main():
    bootstrap, topic, *files = sys.argv[1:]
    places = acknowledged(files)
    keys = {}
    copies = collections.Counter()
    consumer = KafkaConsumer(bootstrap_servers=bootstrap, group_id=None, enable_auto_commit=False)
    for record in records(consumer, topic):
        key = record.key.decode() if record.key else ""
        keys[record.partition, record.offset] = key
        copies[key] += 1
    consumer.close()

    def is_there(key, place):
        return copies[key] > 0 if place[1] < 0 else keys.get(place) == key

    missing = sorted(key for key in places if not all(is_there(key, place) for place in places[key]))
    print(json.dumps({
        "acked": len(places),
        "found": len(places) - len(missing),
        "missing": len(missing),
        "duplicates": sum(copies[key] - 1 for key in places if copies[key]),
    }))
    if missing:
        sys.exit(f"audit.py: missing: {' '.join(missing[:20])}")


if __name__ == "__main__":
    main()
