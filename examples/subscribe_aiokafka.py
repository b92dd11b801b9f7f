"""Follows what happens, with plain aiokafka and nothing of Waymark's: one line for every event, from the beginning.

Needs `pip install aiokafka`; run it beside Kafka: `python examples/subscribe_aiokafka.py 127.0.0.1:9092 my-group`.
"""

from __future__ import annotations

import asyncio
import json
import sys

from aiokafka import AIOKafkaConsumer

TOPICS = ("waymark.interactions.v1", "waymark.events.v1")


async def follow(brokers: str, group: str, prefix: str = "") -> None:
    """Print records until stopped. A record is acknowledged once it is printed, so one may come twice, none is lost."""
    consumer = AIOKafkaConsumer(
        *(prefix + topic for topic in TOPICS),
        bootstrap_servers=brokers,
        group_id=group,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        max_partition_fetch_bytes=2 * 1024 * 1024,
    )
    seen: set[tuple[bytes, bytes]] = set()
    async with consumer:
        async for record in consumer:
            headers = {name: header or b"" for name, header in record.headers}
            identity = (headers["ce_tenantid"], headers["ce_id"])
            if identity not in seen:  # a repeat has the same id; keep them where you keep your results
                seen.add(identity)
                print(line_of(headers, record.value or b""), flush=True)
            await consumer.commit()


def line_of(headers: dict[str, bytes], value: bytes) -> str:
    """Time, tenant, type, resource and payload."""
    text = {name: header.decode() for name, header in headers.items()}
    json_sent = text.get("content-type", "").startswith("application/json")
    payload = json.dumps(json.loads(value)) if json_sent else f"{len(value)} bytes of {text.get('content-type')}"
    resource = f"{text.get('ce_resourcetype', '-')}/{text.get('ce_subject', '-')}"
    return f"{text['ce_time']} {text['ce_tenantid']} {text['ce_type']} {resource} {payload}"


if __name__ == "__main__":
    asyncio.run(follow(*sys.argv[1:]))
