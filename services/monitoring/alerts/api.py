"""`/v1/alert-rules`: rules that watch critical interactions, snoozes, and the history of their states."""

from __future__ import annotations

import uuid
from typing import Annotated, Any, Final

from fastapi import Path, Query, Request
from fastapi.responses import Response

from libs.auth.causes import cause_of
from libs.auth.http import Editor, Viewer
from libs.contracts.times import to_ms
from libs.httpkit.dialects import critical_interactions
from libs.httpkit.paging import NoCursor, decode_cursor, encode_cursor, page_and_last
from libs.httpkit.preconditions import IfMatchOf, etag, tagged
from libs.httpkit.responses import Responses
from libs.httpkit.router import FamilyRouter
from libs.httpkit.state import state
from libs.service.writing import OnceOf, WritesOf, no_content, position_header
from services.monitoring.alerts import rules
from services.monitoring.alerts.alert_states import HistoryEntry
from services.monitoring.alerts.bodies import AlertRuleIn, AlertRulePatchIn, SnoozeIn
from services.monitoring.alerts.kinds import ALERT_RULES, rule_json
from services.monitoring.alerts.notices import PATH
from services.monitoring.alerts.reads import RuleReads, identified
from services.monitoring.alerts.schemas import (
    AlertRuleDetailsOut,
    AlertRuleIdOut,
    AlertRulesPageOut,
    AlertRulesQuery,
    HistoryPageOut,
    HistoryQuery,
)
from services.monitoring.alerts.store import RuleFilter, RuleStore
from services.monitoring.answers import data, write_answer

router = FamilyRouter(dialect=critical_interactions, prefix=PATH, tags=["alert rules"])

_HISTORY: Final = "history"
_LAST: Final = 2**63 - 1
_answers = Responses(
    {
        404: "No such alert rule for this tenant",
        409: "There is one of that name already, or there may be no more, or it is an objective's",
    }
)
Reads = Annotated[RuleReads, state("alerts")]
RuleId = Annotated[uuid.UUID, Path(alias="id", description="The rule's id.")]


@router.get(
    "",
    summary="List alert rules by name",
    responses=_answers.of(AlertRulesPageOut, description="A page of the rules"),
)
async def list_alert_rules(caller: Viewer, reads: Reads, query: Annotated[AlertRulesQuery, Query()]) -> Response:
    wanted = RuleFilter(state=query.state, interaction_name=query.interaction_name, slo_id=query.slo_id)
    found, total = await reads.page(caller.tenant_id, wanted, limit=query.size, offset=query.page * query.size)
    return data({"alertRules": [rule_json(rule) for rule in found], "totalAlertRules": total})


@router.post(
    "",
    summary="Create an alert rule",
    description="It is evaluated at once and then every few seconds, on results that are complete up to `asOf`.",
    responses=tagged(_answers.of(AlertRuleIdOut, 409, status=201, description="The id"), 201),
    status_code=201,
)
async def create_alert_rule(
    body: AlertRuleIn, caller: Editor, writes: WritesOf, once: OnceOf, request: Request
) -> Response:
    tenant_id = caller.tenant_id
    written = await writes.create(
        ALERT_RULES,
        tenant_id,
        cause_of(caller, request),
        once,
        lambda change: rules.create(change, body.settings(), body.interaction_name),
        lambda conn, rule_id: identified(RuleStore(conn, tenant_id), uuid.UUID(rule_id)),
    )
    return write_answer(request, {"id": str(written.result.id)}, written, status=201)


@router.get(
    "/{id}",
    summary="Get an alert rule",
    responses=tagged(_answers.of(AlertRuleDetailsOut, 404, description="The rule as it stands now")),
)
async def get_alert_rule(rule_id: RuleId, caller: Viewer, reads: Reads) -> Response:
    rule = await reads.get(caller.tenant_id, rule_id)
    return data(rule_json(rule), headers={"ETag": etag(rule.version)})


@router.patch(
    "/{id}",
    summary="Change an alert rule",
    description="A pending rule whose condition changes begins anew; an open incident stays open until the condition is"
    " not met. A rule that is disabled resolves its incident.",
    responses=tagged(_answers.of(AlertRuleIdOut, 404, 409, description="The id")),
)
async def update_alert_rule(
    rule_id: RuleId, body: AlertRulePatchIn, caller: Editor, match: IfMatchOf, writes: WritesOf, request: Request
) -> Response:
    written = await writes.change(
        caller.tenant_id,
        cause_of(caller, request),
        lambda change: rules.update(
            change, rule_id, body.changes(), interaction_name=body.interaction_name, match=match
        ),
    )
    return write_answer(request, {"id": str(written.result.id)}, written)


@router.delete(
    "/{id}",
    summary="Delete an alert rule",
    description="Its open incident is resolved, its history goes with it.",
    status_code=204,
    responses=_answers.errors(404, 409),
)
async def delete_alert_rule(
    rule_id: RuleId, caller: Editor, match: IfMatchOf, writes: WritesOf, request: Request
) -> Response:
    written = await writes.change(
        caller.tenant_id, cause_of(caller, request), lambda change: rules.delete(change, rule_id, match=match)
    )
    return no_content(request, written)


@router.put(
    "/{id}/snooze",
    summary="Snooze an alert rule",
    description="Firing notices wait until its end; then there is one if the rule still fires.",
    responses=_answers.of(AlertRuleDetailsOut, 404, description="The rule as it stands now"),
)
async def snooze_alert_rule(
    rule_id: RuleId, body: SnoozeIn, caller: Editor, writes: WritesOf, request: Request
) -> Response:
    written = await writes.change(
        caller.tenant_id, cause_of(caller, request), lambda change: rules.snooze(change, rule_id, body.end())
    )
    return data(rule_json(written.result), headers=position_header(request, written.positions))


@router.delete(
    "/{id}/snooze",
    summary="End the snooze of an alert rule",
    status_code=204,
    responses=_answers.errors(404),
)
async def unsnooze_alert_rule(rule_id: RuleId, caller: Editor, writes: WritesOf, request: Request) -> Response:
    written = await writes.change(
        caller.tenant_id, cause_of(caller, request), lambda change: rules.unsnooze(change, rule_id)
    )
    return no_content(request, written)


@router.get(
    "/{id}/history",
    summary="List the changes of an alert rule's state, newest first",
    description="They are kept for 90 days.",
    responses=_answers.of(HistoryPageOut, 404, description="A page of the history"),
)
async def list_alert_rule_history(
    rule_id: RuleId, caller: Viewer, reads: Reads, query: Annotated[HistoryQuery, Query()]
) -> Response:
    before = _number_of(query.cursor)
    found = await reads.history(caller.tenant_id, rule_id, before=before, limit=query.limit + 1)
    shown, last = page_and_last(found, query.limit)
    cursor = None if last is None else encode_cursor(_HISTORY, last.number)
    return data({"history": [_entry_json(entry) for entry in shown], "nextCursor": cursor})


def _number_of(cursor: str | None) -> int:
    """Return the number of the entry before which a page goes on."""
    if cursor is None:
        return _LAST
    match decode_cursor(_HISTORY, cursor):
        case (int(number),) if 0 < number <= _LAST:
            return number
    raise NoCursor


def _entry_json(entry: HistoryEntry) -> dict[str, Any]:
    return {
        "at": to_ms(entry.at),
        "from": entry.before,
        "to": entry.after,
        "value": entry.value,
        "reason": entry.reason,
        "incidentId": None if entry.incident_id is None else str(entry.incident_id),
        "asOf": entry.as_of_ms,
    }
