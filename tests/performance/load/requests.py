"""The requests of a load, as bytes that only need a fresh unit of work each: believable, and cheap to send.

Five consecutive requests share a unit of work, so a server sees keys it has not met, as in production.
"""

from __future__ import annotations

import random
from collections.abc import Callable

import orjson

from tests.performance.load.plan import LoadPlan
from tests.support.gateway.records import CATALOG

_VARIANTS = 256
_BULK_VARIANTS = 48
_UNIT_OF_WORK_SIZE = 5


def request_source(plan: LoadPlan) -> Callable[[], bytes]:
    """A function whose every call gives the next request."""
    rng = random.Random(plan.seed)
    if plan.shape == "single":
        bodies = [orjson.dumps(_interaction(rng)) for _ in range(_VARIANTS)]
    else:
        bodies = [_bulk(rng, plan) for _ in range(_BULK_VARIANTS)]
    return _cycle([_around(body, plan) for body in bodies], first=rng.getrandbits(60))


def _interaction(rng: random.Random) -> dict[str, object]:
    kinds = {kind: rng.choice(names) for kind, names in CATALOG.items()}
    resource_type, action, origin = kinds.values()
    total = rng.randrange(100_000) / 100
    return {
        "resourceId": f"{resource_type.lower()}-{rng.randrange(200_000)}",
        "resourceType": resource_type,
        "action": action,
        "origin": origin,
        "interaction": {"total": total, "currency": "USD", "items": rng.randrange(1, 9)},
        "externalReference": f"stripe-pi-{rng.getrandbits(32):x}",
    }


def _bulk(rng: random.Random, plan: LoadPlan) -> bytes:
    items = []
    for index in range(plan.records):
        if index % _UNIT_OF_WORK_SIZE == 0:
            uow_id = f"{rng.getrandbits(64):016x}"
        items.append(_interaction(rng) | {"uowId": uow_id})
    return orjson.dumps(items) if plan.shape == "array" else b"\n".join(orjson.dumps(item) for item in items)


def _around(body: bytes, plan: LoadPlan) -> tuple[bytes, bytes]:
    """What comes before and after a request's own unit of work."""
    content_type = b"application/x-ndjson" if plan.shape == "lines" else b"application/json"
    head = (
        b"POST %s HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: %s\r\ncontent-length: %d\r\nx-api-key: %s\r\n"
        b"x-userid: user-%d@example.com\r\nx-uowid: "
    ) % (plan.path.encode(), content_type, len(body), plan.api_key.encode(), len(body) % 97)
    return head, b"\r\n\r\n" + body


def _cycle(parts: list[tuple[bytes, bytes]], *, first: int) -> Callable[[], bytes]:
    sent = 0
    count = len(parts)

    def following() -> bytes:
        nonlocal sent
        before, after = parts[sent % count]
        sent += 1
        return b"%s%x%s" % (before, first + sent // _UNIT_OF_WORK_SIZE, after)

    return following
