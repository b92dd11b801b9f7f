"""Follows what happens, with plain confluent-kafka and nothing of Waymark's: one line for every event.

Needs `pip install confluent-kafka`; run it beside Kafka:
`python examples/subscribe_confluent.py 127.0.0.1:9092 my-group`.
"""

from __future__ import annotations

import json
import sys
from typing import cast

from confluent_kafka import Consumer, KafkaException

TOPIC = "waymark.events.v1"


def follow(brokers: str, group: str, prefix: str = "") -> None:
    """Print events until stopped. An event is acknowledged once it is printed, so one may come twice, none is lost."""
    consumer = Consumer(
        {
            "bootstrap.servers": brokers,
            "group.id": group,
            "enable.auto.commit": False,
            "auto.offset.reset": "earliest",
        }
    )
    consumer.subscribe([prefix + TOPIC])
    try:
        while True:
            message = consumer.poll(1.0)
            if message is None:
                continue
            if message.error():
                raise KafkaException(message.error())
            headers = cast(list[tuple[str, bytes]], message.headers() or [])
            print(line_of(dict(headers), message.value() or b""), flush=True)
            consumer.commit(message=message, asynchronous=False)
    finally:
        consumer.close()


def line_of(headers: dict[str, bytes], value: bytes) -> str:
    """Time, tenant, type, correlation and payload."""
    text = {name: header.decode() for name, header in headers.items()}
    json_sent = text.get("content-type", "").startswith("application/json")
    payload = json.dumps(json.loads(value)) if json_sent else f"{len(value)} bytes of {text.get('content-type')}"
    return f"{text['ce_time']} {text['ce_tenantid']} {text['ce_type']} {text.get('ce_correlationid', '-')} {payload}"


if __name__ == "__main__":
    follow(*sys.argv[1:])
