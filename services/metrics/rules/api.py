"""`/api/v1/contact-policies` and `/api/v1/qualification-rules`: rules on values of metrics, alike for both kinds."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Annotated, Final

from fastapi import Path, Query, Request
from fastapi.responses import JSONResponse, Response

from libs.auth.causes import cause_of
from libs.auth.http import Editor, Viewer
from libs.contracts.times import EPOCH
from libs.httpkit.paging import NoCursor, decode_cursor, encode_cursor, page_and_last
from libs.httpkit.paths import register_segment_but
from libs.httpkit.responses import Responses
from libs.httpkit.router import FamilyRouter
from libs.httpkit.state import state
from libs.service.reading import answered, caught_up
from libs.service.writing import OnceOf, WritesOf, no_content, position_header
from services.metrics.family import metrics_router, page_json
from services.metrics.rules import rules
from services.metrics.rules.bodies import EvaluationIn, RuleIn, RulePutIn
from services.metrics.rules.kinds import CONTACT_POLICY, QUALIFICATION_RULE, RuleKind
from services.metrics.rules.model import MAX_PRIORITY
from services.metrics.rules.reads import CustomerRuleReads, EvaluationQuery
from services.metrics.rules.rules import identified
from services.metrics.rules.schemas import EVALUATIONS, RuleOut, RulesPageOut, RulesQuery
from services.metrics.rules.store import CustomerRuleStore, RulePlace

register_segment_but("rule_id", "evaluate")
Reads = Annotated[CustomerRuleReads, state("rules")]
CaughtUp = Annotated[CustomerRuleReads, caught_up("rules")]
RuleId = Annotated[str, Path(alias="id", description="The rule's id.")]
IdToDelete = Annotated[str, Query(alias="id", description="The rule's id.")]


def rules_router(kind: RuleKind) -> FamilyRouter:
    """Return the routes of a kind of rule."""
    router = metrics_router(kind.path, kind.plural)
    answers = Responses(
        {
            404: f"No such {kind.noun} for this tenant",
            409: "There is one of that name already, or there may be no more",
        }
    )

    @router.get(
        "",
        summary=f"List {kind.plural} by priority, then newest first",
        responses=answers.of(RulesPageOut, description=f"A page of the {kind.plural}"),
    )
    async def list_rules(caller: Viewer, reads: Reads, query: Annotated[RulesQuery, Query()]) -> Response:
        after = _place_of(kind, query.cursor)
        found, total = await reads.page(caller.tenant_id, kind, query.status, after, limit=query.limit + 1)
        shown, last = page_and_last(found, query.limit)
        cursor = None if last is None else _cursor_of(kind, RulePlace.of(last))
        return JSONResponse(page_json([kind.json(rule) for rule in shown], total, cursor))

    @router.post(
        "",
        summary=f"Create a {kind.noun}",
        responses=answers.of(RuleOut, 409, status=201, description=f"The {kind.noun} as it is now"),
        status_code=201,
    )
    async def create_rule(body: RuleIn, caller: Editor, writes: WritesOf, once: OnceOf, request: Request) -> Response:
        tenant_id = caller.tenant_id
        written = await writes.create(
            kind.objects,
            tenant_id,
            cause_of(caller, request),
            once,
            lambda change: rules.create(change, kind, body.terms()),
            lambda conn, rule_id: identified(CustomerRuleStore(conn, tenant_id, kind), kind, rule_id),
        )
        headers = position_header(request, written.positions)
        return JSONResponse(kind.json(written.result), 201, headers=headers)

    @router.put(
        "",
        summary=f"Change a {kind.noun}",
        description="Fields that are left out stay as they are.",
        responses=answers.of(RuleOut, 404, 409, description=f"The {kind.noun} as it is now"),
    )
    async def update_rule(body: RulePutIn, caller: Editor, writes: WritesOf, request: Request) -> Response:
        written = await writes.change(
            caller.tenant_id,
            cause_of(caller, request),
            lambda change: rules.update(change, kind, body.id, body.changes()),
        )
        return JSONResponse(kind.json(written.result), headers=position_header(request, written.positions))

    @router.delete(
        "",
        summary=f"Delete a {kind.noun}",
        description="Its name may be used again.",
        status_code=204,
        responses=answers.errors(404),
    )
    async def delete_rule(rule_id: IdToDelete, caller: Editor, writes: WritesOf, request: Request) -> Response:
        written = await writes.change(
            caller.tenant_id, cause_of(caller, request), lambda change: rules.delete(change, kind, rule_id)
        )
        return no_content(request, written)

    @router.get(
        "/{id:rule_id}",
        summary=f"Get a {kind.noun}",
        responses=answers.of(RuleOut, 404, description=f"The {kind.noun} as it is now"),
    )
    async def get_rule(rule_id: RuleId, caller: Viewer, reads: Reads) -> Response:
        return JSONResponse(kind.json(await reads.get(caller.tenant_id, kind, rule_id)))

    @router.post(
        "/evaluate",
        summary=f"Evaluate {kind.plural} for a customer",
        description="The active ones, or those that are named, highest priority first, on values of one snapshot.",
        responses=answers.of(EVALUATIONS[kind.name], 404, description="The result of each, and of all together"),
    )
    async def evaluate_rules(body: EvaluationIn, caller: Viewer, reads: CaughtUp) -> Response:
        query = EvaluationQuery(body.customer_id, body.ids, body.at)
        return answered(*await reads.evaluate(caller.tenant_id, kind, query))

    return router


def _cursor_of(kind: RuleKind, place: RulePlace) -> str:
    micros = (place.created_at - EPOCH) // datetime.resolution
    return encode_cursor(kind.name, place.priority, micros, place.id.hex)


def _place_of(kind: RuleKind, cursor: str | None) -> RulePlace | None:
    """Return the place after which a page begins."""
    if cursor is None:
        return None
    match decode_cursor(kind.name, cursor):
        case (int(priority), int(micros), str(digits)) if 0 <= priority <= MAX_PRIORITY:
            try:
                return RulePlace(priority, EPOCH + micros * datetime.resolution, uuid.UUID(digits))
            except (ValueError, OverflowError):
                raise NoCursor from None
    raise NoCursor


ROUTERS: Final[tuple[FamilyRouter, ...]] = tuple(rules_router(kind) for kind in (CONTACT_POLICY, QUALIFICATION_RULE))
