"""Dumps a topic as JSON lines, from its beginning to the end it has now.

It reads with kafka-python, which shares no code with librdkafka: what it shows is what is in Kafka.

    reader.py HOST:PORT TOPIC

A line has partition, offset, timestamp (ms), key, value and headers (a list, in order). Each of
key, value and a header's value comes as `X` (text, null when it is no UTF-8) and `X_base64`
(null only when there is none: a tombstone, a record without key).
"""

import argparse
import base64
import json
import sys

from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaError

PATIENCE_MS = 30_000


def described(name, data):
    if data is None:
        return {name: None, name + "_base64": None}
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        text = None
    return {name: text, name + "_base64": base64.b64encode(data).decode("ascii")}


def line(record):
    headers = [{"name": name, **described("value", value)} for name, value in record.headers]
    return {
        "partition": record.partition,
        "offset": record.offset,
        "timestamp": record.timestamp,
        **described("key", record.key),
        **described("value", record.value),
        "headers": headers,
    }


def records(consumer, topic):
    """All records below the ends that the partitions have now, by partition and offset."""
    numbers = consumer.partitions_for_topic(topic)
    if not numbers:
        raise LookupError(f"there is no topic {topic}")
    partitions = [TopicPartition(topic, number) for number in sorted(numbers)]
    ends = consumer.end_offsets(partitions)
    for partition in partitions:
        consumer.assign([partition])
        consumer.seek_to_beginning(partition)
        # By position, not by record: after compaction the last offset may hold nothing.
        while consumer.position(partition) < ends[partition]:
            batch = consumer.poll(timeout_ms=PATIENCE_MS).get(partition, [])
            if not batch and consumer.position(partition) < ends[partition]:
                raise TimeoutError(f"no record of {partition} came within {PATIENCE_MS // 1000} s")
            yield from (record for record in batch if record.offset < ends[partition])


def main():
    parser = argparse.ArgumentParser(description="Dumps a topic as JSON lines.")
    parser.add_argument("bootstrap", metavar="HOST:PORT")
    parser.add_argument("topic")
    arguments = parser.parse_args()
    try:
        consumer = KafkaConsumer(
            bootstrap_servers=arguments.bootstrap, group_id=None, enable_auto_commit=False
        )
        for record in records(consumer, arguments.topic):
            print(json.dumps(line(record), ensure_ascii=False))
        consumer.close()
    except (KafkaError, LookupError, TimeoutError) as error:
        sys.exit(f"reader.py: {error}")


if __name__ == "__main__":
    main()
