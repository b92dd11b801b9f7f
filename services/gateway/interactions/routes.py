"""`POST /api/interactions` and `POST /api/interactions/batch`: from a request to its answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from starlette.types import Receive, Scope

from libs.auth.principal import Principal
from libs.httpkit.bodies import PROCESS_BUDGET, read_body
from libs.httpkit.dialects import problem
from libs.httpkit.errors import ApiError
from libs.httpkit.idempotency import KeyReused
from libs.httpkit.json_values import without_bom
from libs.httpkit.limits import BULK_BODY_BYTES, RECORD_BODY_BYTES
from libs.httpkit.media_types import require_json
from libs.httpkit.request_headers import HeaderBytes, read_headers
from libs.service.door import Answer
from services.gateway.interactions.recorder import Recorder, Sent
from services.gateway.model import AcceptedInteraction, InteractionDraft, RecordOutcome
from services.gateway.recording.answers import ItemAnswers
from services.gateway.wire.bulk import is_ndjson, split_elements, split_lines

SINGLE_PATH: Final = "/api/interactions"
BATCH_PATH: Final = "/api/interactions/batch"


async def answer_single(
    recorder: Recorder, principal: Principal, raw: HeaderBytes, scope: Scope, receive: Receive
) -> Answer:
    """Answer 201 with the interaction, once the log has it."""
    headers = read_headers(raw)
    require_json(headers.content_type)
    tenant_id = principal.tenant_id
    with PROCESS_BUDGET.lease(tenant_id) as lease:
        body = without_bom(await read_body(receive, scope["headers"], RECORD_BODY_BYTES, lease))
        draft = await recorder.draft(tenant_id, body, headers)
        (outcome,) = await recorder.record(tenant_id, (draft,), Sent.of(body, SINGLE_PATH, headers))
    if isinstance(outcome, ApiError):
        raise outcome
    return Answer(201, outcome.body, recorder.positions.after_one(outcome.at))


async def answer_batch(
    recorder: Recorder, principal: Principal, raw: HeaderBytes, scope: Scope, receive: Receive
) -> Answer:
    """Record a bulk body and answer with one status for each item. Raises the error that refuses them all."""
    headers = read_headers(raw)
    split = split_lines if is_ndjson(headers.content_type) else split_elements
    tenant_id = principal.tenant_id
    with PROCESS_BUDGET.lease(tenant_id) as lease:
        body = without_bom(await read_body(receive, scope["headers"], BULK_BODY_BYTES, lease))
        sent = Sent.of(body, BATCH_PATH, headers)
        judged = await recorder.drafts(tenant_id, await split(body), headers)
        del body  # the drafts have copies of their parts: committing needs room for the records instead
        drafts = [draft for draft in judged if isinstance(draft, InteractionDraft)]
        recorded = await recorder.record(tenant_id, drafts, sent) if drafts else []
        _refuse_reused_key(recorded)
        following = iter(recorded)
        outcomes = [one if isinstance(one, ApiError) else next(following) for one in judged]
        return await _ITEMS.answer(outcomes, recorder.positions)


def _refuse_reused_key(outcomes: Sequence[RecordOutcome]) -> None:
    """Raise KeyReused for the whole request when one of its outcomes is that."""
    for outcome in outcomes:
        if isinstance(outcome, KeyReused):
            raise outcome


def _accepted(index: int, outcome: AcceptedInteraction) -> bytes:
    return b'{"index":%d,"status":201,"interactionId":"%b","interactionNumber":%d,"error":null}' % (
        index,
        outcome.interaction_id.encode(),
        outcome.number,
    )


def _repeated(accepted: Sequence[AcceptedInteraction]) -> dict[str, int]:
    """Count those that an earlier request, or an earlier item, had recorded."""
    return {"repeated": len(accepted) - len({one.interaction_id for one in accepted if not one.repeated})}


_ITEMS = ItemAnswers(
    status=200,
    dialect=problem,
    accepted=_accepted,
    refused=b'{"index":%d,"status":%d,"interactionId":null,"interactionNumber":null,"error":%b}',
    count=_repeated,
)
