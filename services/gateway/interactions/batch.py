"""Bulk bodies of interactions, taken apart piece by piece, each item judged by itself.

One bad item never costs the good ones, and other requests get their turn between pieces.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, MutableMapping, Sequence
from typing import Any

import msgspec
import orjson

from libs.httpkit.bodies import BULK_BODY_BYTES, PROCESS_BUDGET, read_body
from libs.httpkit.dialects import problem
from libs.httpkit.errors import ApiError
from libs.httpkit.idempotency import KeyReused
from libs.httpkit.json_values import holds_only_plain_values
from libs.telemetry.metrics import GATEWAY_RECORDS_REFUSED
from services.gateway.interactions.recorder import Recorder
from services.gateway.interactions.validation import names_unknown
from services.gateway.model import Accepted, Draft, PendingRecord
from services.gateway.wire.bulk import PIECE, in_pieces, is_ndjson, split_elements, split_lines
from services.gateway.wire.request_headers import RequestHeaders

Answer = tuple[int, bytes, bytes | None]
"""Status, body, and the value of `Waymark-Position`."""


async def answer_batch(
    recorder: Recorder,
    tenant_id: str,
    headers: RequestHeaders,
    raw_headers: Iterable[tuple[bytes, bytes]],
    receive: Callable[[], Awaitable[MutableMapping[str, Any]]],
    path: str,
) -> Answer:
    """Record a bulk body. Raises what refuses the whole of it: 400, 409, 413, 415, 422, 503."""
    of_lines = is_ndjson(headers.content_type)
    with PROCESS_BUDGET.lease() as lease:
        body = await read_body(receive, raw_headers, BULK_BODY_BYTES, lease)
        pieces = split_lines(body) if of_lines else split_elements(body)
        judged = await _judge(recorder, tenant_id, pieces, headers)
        drafts = [draft for draft in judged if isinstance(draft, Draft)]
        group = await recorder.record(tenant_id, drafts, body, path, headers) if drafts else []
        _refuse_reused_key(group)
        return await _answer(recorder, judged, group)


async def _judge(
    recorder: Recorder, tenant_id: str, items: Sequence[bytes | msgspec.Raw], headers: RequestHeaders
) -> list[Draft | ApiError]:
    """Each item's draft, or why it is refused; a name the replica does not know is looked up once for all."""
    judged: list[Draft | ApiError] = []
    for piece in in_pieces(items):
        is_plain = holds_only_plain_values(b"\n".join(piece))
        judged += [_item(recorder, tenant_id, item, headers, is_plain=is_plain) for item in piece]
        await asyncio.sleep(0)
    unknown = [i for i, one in enumerate(judged) if isinstance(one, ApiError) and names_unknown(one)]
    if unknown:
        await recorder.reach_the_end()
        for index in unknown:
            judged[index] = _item(recorder, tenant_id, items[index], headers)
    return judged


def _item(
    recorder: Recorder, tenant_id: str, item: bytes | msgspec.Raw, headers: RequestHeaders, *, is_plain: bool = False
) -> Draft | ApiError:
    try:
        return recorder.validation.item(tenant_id, bytes(item), headers, is_plain=is_plain)
    except ApiError as error:
        GATEWAY_RECORDS_REFUSED.labels(error.code).inc()
        return error


def _refuse_reused_key(group: Sequence[PendingRecord]) -> None:
    """A key that was used with another body refuses the whole request."""
    for pending in group:
        if isinstance(pending.outcome, KeyReused):
            raise pending.outcome


async def _answer(recorder: Recorder, judged: Sequence[Draft | ApiError], group: Sequence[PendingRecord]) -> Answer:
    outcomes = iter(group)
    items: list[dict[str, Any]] = []
    accepted: list[Accepted] = []
    for index, one in enumerate(judged):
        outcome = one if isinstance(one, ApiError) else next(outcomes).outcome
        if isinstance(outcome, Accepted):
            accepted.append(outcome)
        items.append(_item_answer(index, outcome))
        if index % (PIECE * 10) == 0:
            await asyncio.sleep(0)
    counts = {"accepted": len(accepted), "repeated": _repeated(accepted), "rejected": len(items) - len(accepted)}
    body = orjson.dumps({**counts, "items": items})
    statuses = {item["status"] for item in items}
    status = 200 if accepted else 503 if 503 in statuses else 422
    return status, body, recorder.position(accepted)


def _repeated(accepted: Sequence[Accepted]) -> int:
    """How many of them an earlier request, or an earlier item, had recorded."""
    return len(accepted) - len({one.interaction_id for one in accepted if not one.repeated})


def _item_answer(index: int, outcome: Accepted | ApiError | None) -> dict[str, Any]:
    if isinstance(outcome, Accepted):
        return {
            "index": index,
            "status": 201,
            "interactionId": outcome.interaction_id,
            "interactionNumber": outcome.number,
            "error": None,
        }
    assert outcome is not None
    error = orjson.Fragment(problem(outcome).body)
    return {
        "index": index,
        "status": outcome.status,
        "interactionId": None,
        "interactionNumber": None,
        "error": error,
    }
