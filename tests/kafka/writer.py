"""Writes records, one for each line of its standard input, and waits until Kafka has them all.

It writes with kafka-python, which shares no code with librdkafka, as a user's own program would.

    writer.py HOST:PORT TOPIC

A line is JSON: {"key": text, "value": text or null (a tombstone), "headers": {name: text}}.
"""

import argparse
import json
import sys

from kafka import KafkaProducer
from kafka.errors import KafkaError


def main():
    parser = argparse.ArgumentParser(description="Writes the lines of its input to a topic.")
    parser.add_argument("bootstrap", metavar="HOST:PORT")
    parser.add_argument("topic")
    arguments = parser.parse_args()
    try:
        producer = KafkaProducer(bootstrap_servers=arguments.bootstrap, acks="all", linger_ms=5)
        sent = []
        for line in sys.stdin:
            row = json.loads(line)
            value = row["value"]
            sent.append(producer.send(
                arguments.topic, key=row["key"].encode(), value=None if value is None else value.encode(),
                headers=[(name, text.encode()) for name, text in row["headers"].items()]))
        for future in sent:
            future.get(timeout=60)
        producer.close()
    except KafkaError as error:
        sys.exit(f"writer.py: {error}")


if __name__ == "__main__":
    main()
