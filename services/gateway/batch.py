"""Bulk bodies: a JSON array or NDJSON, taken apart piece by piece, each item judged by itself.

One bad item never costs the good ones, and other requests get their turn between pieces.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterable, Iterator, MutableMapping, Sequence
from itertools import islice
from typing import Any, Final

import msgspec
import orjson

from libs.httpkit.bodies import BULK_BODY_BYTES, PROCESS_BUDGET, read_body
from libs.httpkit.dialects import problem
from libs.httpkit.errors import ApiError, malformed_body, unprocessable, unsupported_media_type
from libs.httpkit.json_values import check_json, holds_only_plain_values
from libs.httpkit.requests import require_json
from libs.httpkit.validation import json_type
from libs.telemetry.metrics import GATEWAY_RECORDS_REFUSED
from services.gateway.desk import Desk
from services.gateway.intake import names_unknown
from services.gateway.model import Accepted, Draft, Posting
from services.gateway.request_headers import RequestHeaders

MAX_ITEMS: Final = 10_000
NDJSON_TYPES: Final = frozenset(
    ("application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonlines")
)
_PIECE = 200
_ARRAY_TOKENS = re.compile(rb'"(?:[^"\\]|\\.)*"|["\[\]{},]', re.DOTALL)
_array_decoder = msgspec.json.Decoder(list[msgspec.Raw])
Answer = tuple[int, bytes, bytes | None]
"""Status, body, and the value of `Waymark-Position`."""


async def answer_batch(
    desk: Desk,
    tenant_id: str,
    headers: RequestHeaders,
    raw_headers: Iterable[tuple[bytes, bytes]],
    receive: Callable[[], Awaitable[MutableMapping[str, Any]]],
    path: str,
) -> Answer:
    """Record a bulk body. Raises what refuses the whole of it: 400, 409, 413, 415, 422, 503."""
    is_ndjson = _is_ndjson(headers.content_type)
    with PROCESS_BUDGET.lease() as lease:
        body = await read_body(receive, raw_headers, BULK_BODY_BYTES, lease)
        pieces = _lines(body) if is_ndjson else _elements(body)
        judged = await _judge(desk, tenant_id, pieces, headers)
        drafts = [draft for draft in judged if isinstance(draft, Draft)]
        postings = await desk.record(tenant_id, drafts, body, path, headers) if drafts else []
        _refuse_reused_key(postings)
        return await _answer(desk, judged, postings)


def _is_ndjson(content_type: str | None) -> bool:
    kind = (content_type or "").partition(";")[0].strip().lower()
    if kind in NDJSON_TYPES:
        return True
    try:
        require_json(content_type)
    except ApiError:
        expected = f"application/json or {sorted(NDJSON_TYPES)[-1]}"
        raise unsupported_media_type(f"the body must be {expected}, not {kind}") from None
    return False


def _elements(body: bytes) -> Sequence[bytes | msgspec.Raw]:
    """The elements of a JSON array, each still its own text, also where one of them is no JSON that can be kept."""
    try:
        elements: Sequence[bytes | msgspec.Raw] = _array_decoder.decode(body)
    except (msgspec.DecodeError, RecursionError) as error:
        if (found := split_array(body)) is not None:
            return _within_limit(found)
        check_json(body)
        try:
            value = orjson.loads(body)
        except orjson.JSONDecodeError as malformed:
            raise malformed_body(f"not valid JSON: {malformed}") from None
        reason = str(error) if isinstance(value, list) else f"an array is expected, not {json_type(value)}"
        raise unprocessable(("body",), reason, "type_error") from None
    return _within_limit(elements)


def split_array(body: bytes) -> list[bytes] | None:
    """What stands between the commas of an array, whatever it is; None when the brackets are not an array's."""
    text = body.strip()
    elements: list[bytes] = []
    depth, start = 0, 1
    for token in _ARRAY_TOKENS.finditer(text):
        mark = token[0]
        if mark == b'"':
            return None
        if mark in b"[{":
            depth += 1
        elif mark in b"]}":
            depth -= 1
        if depth == 0:
            elements.append(text[start : token.start()].strip())
            return elements if text[:1] == b"[" and token.end() == len(text) and all(elements) else None
        if depth == 1 and mark == b",":
            elements.append(text[start : token.start()].strip())
            start = token.end()
    return None


def _lines(body: bytes) -> Sequence[bytes]:
    """The lines of NDJSON; empty ones do not count."""
    return _within_limit([line for line in body.split(b"\n") if line.strip()])


def _within_limit(items: Sequence[Any]) -> Sequence[Any]:
    if not items:
        raise unprocessable(("body",), "at least one item is expected", "too_few_items")
    if len(items) > MAX_ITEMS:
        raise unprocessable(("body",), f"{len(items)} items are more than {MAX_ITEMS}", "too_many_items")
    return items


async def _judge(
    desk: Desk, tenant_id: str, items: Sequence[bytes | msgspec.Raw], headers: RequestHeaders
) -> list[Draft | ApiError]:
    """Each item's draft, or why it is refused; a name the replica does not know is looked up once for all."""
    judged: list[Draft | ApiError] = []
    for piece in _pieces(items):
        is_plain = holds_only_plain_values(b"\n".join(piece))
        judged += [_item(desk, tenant_id, item, headers, is_plain=is_plain) for item in piece]
        await asyncio.sleep(0)
    unknown = [i for i, one in enumerate(judged) if isinstance(one, ApiError) and names_unknown(one)]
    if unknown:
        await desk.reach_the_end()
        for index in unknown:
            judged[index] = _item(desk, tenant_id, items[index], headers)
    return judged


def _pieces(items: Sequence[bytes | msgspec.Raw]) -> Iterator[list[bytes | msgspec.Raw]]:
    following = iter(items)
    while piece := list(islice(following, _PIECE)):
        yield piece


def _item(
    desk: Desk, tenant_id: str, item: bytes | msgspec.Raw, headers: RequestHeaders, *, is_plain: bool = False
) -> Draft | ApiError:
    try:
        return desk.intake.item(tenant_id, bytes(item), headers, is_plain=is_plain)
    except ApiError as error:
        GATEWAY_RECORDS_REFUSED.labels(error.code).inc()
        return error


def _refuse_reused_key(postings: Sequence[Posting]) -> None:
    """A key that was used with another body refuses the whole request."""
    for posting in postings:
        if isinstance(posting.outcome, ApiError) and posting.outcome.code == "validation_error":
            raise posting.outcome


async def _answer(desk: Desk, judged: Sequence[Draft | ApiError], postings: Sequence[Posting]) -> Answer:
    outcomes = iter(postings)
    items: list[dict[str, Any]] = []
    accepted: list[Accepted] = []
    for index, one in enumerate(judged):
        outcome = one if isinstance(one, ApiError) else next(outcomes).outcome
        if isinstance(outcome, Accepted):
            accepted.append(outcome)
        items.append(_item_answer(index, outcome))
        if index % (_PIECE * 10) == 0:
            await asyncio.sleep(0)
    counts = {"accepted": len(accepted), "repeated": _repeated(accepted), "rejected": len(items) - len(accepted)}
    body = orjson.dumps({**counts, "items": items})
    statuses = {item["status"] for item in items}
    status = 200 if accepted else 503 if 503 in statuses else 422
    return status, body, desk.position(accepted)


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
