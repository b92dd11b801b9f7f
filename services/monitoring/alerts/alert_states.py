"""How an alert rule goes from state to state, and which notices that takes: pure, time and ids come as parameters.

Two clocks: what is measured goes by the instant up to which figures are complete (`as_of_ms`), so `for_seconds` is time
of the figures; what is told goes by the clock of the database (`at`). An incident is open from the FIRING that opens it
until data says OK, or the rule ends. An incident has one firing notice at most, and one resolved notice exactly if it
had that one.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Literal, NamedTuple

NO_DATA: Final = "NO_DATA"
OK: Final = "OK"
PENDING: Final = "PENDING"
FIRING: Final = "FIRING"
State = Literal["NO_DATA", "OK", "PENDING", "FIRING"]

NEW: Final = "new"
STALE: Final = "stale"
FEW_EVENTS: Final = "few events"
DISABLED: Final = "disabled"
DELETED: Final = "deleted"
Reason = Literal["new", "stale", "few events", "disabled", "deleted"]
"""Why a rule has no data, or why an incident was resolved other than by data."""
Ending = Literal["disabled", "deleted"]

ALERT_FIRING: Final = "alert.firing"
ALERT_RESOLVED: Final = "alert.resolved"
ALERT_NO_DATA: Final = "alert.no_data"
NoticeType = Literal["alert.firing", "alert.resolved", "alert.no_data"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """One time that a rule fired. `notified` are the webhooks of its firing notice, None before there is one."""

    id: uuid.UUID
    started_at: datetime
    notified: tuple[uuid.UUID, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a rule stands: its state `since` when, why it has no data, its last figure, and the open incident.

    `held_from_ms` is the first instant of figures at which the condition of a PENDING rule was met, None where that
    begins anew; `as_of_ms` is 0 before the first evaluation. `entries` counts the rule's history.
    """

    state: State = NO_DATA
    since: datetime
    reason: Reason | None = NEW
    value: float | None = None
    held_from_ms: int | None = None
    evaluated_at: datetime | None = None
    as_of_ms: int = 0
    snoozed_until: datetime | None = None
    incident: Incident | None = None
    entries: int = 0

    def is_snoozed(self, at: datetime) -> bool:
        """Return whether firing notices wait at a moment."""
        return self.snoozed_until is not None and self.snoozed_until > at


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """How long a condition has to hold before its rule fires, and who is told of it."""

    for_seconds: int = 0
    notify_no_data: bool = False
    webhooks: tuple[uuid.UUID, ...] = ()


class Reading(NamedTuple):
    """A figure that is complete up to `as_of_ms`, and whether it meets the condition; None without data, with why."""

    as_of_ms: int
    is_met: bool | None
    value: float | None = None
    reason: Reason | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryEntry:
    """One change of a rule's state; `number` counts the rule's from 1."""

    number: int
    at: datetime
    before: State
    after: State
    value: float | None
    reason: Reason | None
    incident_id: uuid.UUID | None
    as_of_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Something to tell `webhooks`: of an incident, or that there is no data (with the open incident, if any)."""

    type: NoticeType
    incident: Incident | None
    webhooks: tuple[uuid.UUID, ...]
    at: datetime
    value: float | None
    reason: Reason | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleStep:
    """The outcome of an evaluation, or of the end of a rule."""

    standing: Standing
    entry: HistoryEntry | None = None
    opened: Incident | None = None
    resolved: Incident | None = None
    notices: tuple[Notice, ...] = ()


def evaluated(
    before: Standing, policy: Policy, reading: Reading, at: datetime, new_id: Callable[[], uuid.UUID]
) -> RuleStep:
    """Return the step of an evaluation; `new_id` gives the id of an incident that opens."""
    state, held_from_ms = _next(before, policy, reading)
    opened = Incident(id=new_id(), started_at=at) if state == FIRING and before.incident is None else None
    resolved = before.incident if state == OK else None
    incident = None if resolved else opened or before.incident
    moved = _moved(before, state, at, reading, opened or before.incident)
    notices = []
    if state == FIRING and incident is not None and incident.notified is None and not before.is_snoozed(at):
        incident = replace(incident, notified=policy.webhooks)
        notices.append(_notice(ALERT_FIRING, incident, policy.webhooks, at, reading))
    if resolved is not None and resolved.notified is not None:
        notices.append(_notice(ALERT_RESOLVED, resolved, resolved.notified, at, reading))
    if moved is not None and state == NO_DATA and policy.notify_no_data and not before.is_snoozed(at):
        notices.append(_notice(ALERT_NO_DATA, incident, policy.webhooks, at, reading))
    standing = replace(
        _at(before, state, moved),
        reason=reading.reason,
        value=reading.value,
        held_from_ms=held_from_ms,
        evaluated_at=at,
        as_of_ms=reading.as_of_ms,
        incident=incident,
    )
    return RuleStep(standing=standing, entry=moved, opened=opened, resolved=resolved, notices=tuple(notices))


def ended(before: Standing, at: datetime, reason: Ending) -> RuleStep:
    """Return the step of a rule that is evaluated no more: it has no data, and its incident is resolved."""
    resolved, last = before.incident, Reading(before.as_of_ms, None, before.value, reason)
    moved = _moved(before, NO_DATA, at, last, resolved)
    notices: tuple[Notice, ...] = ()
    if resolved is not None and resolved.notified is not None:
        notices = (_notice(ALERT_RESOLVED, resolved, resolved.notified, at, last),)
    standing = replace(_at(before, NO_DATA, moved), reason=reason, value=None, held_from_ms=None, incident=None)
    return RuleStep(standing=standing, entry=moved, resolved=resolved, notices=notices)


def restarted(before: Standing) -> Standing:
    """Return the standing of a rule that is evaluated again, as a new one."""
    return replace(before, reason=NEW)


def remeasured(before: Standing) -> Standing:
    """Return the standing of a rule that measures something else from now on: a PENDING one begins anew."""
    return replace(before, held_from_ms=None)


def _next(before: Standing, policy: Policy, reading: Reading) -> tuple[State, int | None]:
    """Return the state that a reading leads to, and since which instant of figures a PENDING one is met."""
    if reading.is_met is None:
        return NO_DATA, None
    if not reading.is_met:
        return OK, None
    if before.incident is not None:
        return FIRING, None
    held_from_ms = reading.as_of_ms if before.held_from_ms is None else before.held_from_ms
    if reading.as_of_ms - held_from_ms >= policy.for_seconds * 1_000:
        return FIRING, None
    return PENDING, held_from_ms


def _moved(
    before: Standing, state: State, at: datetime, reading: Reading, incident: Incident | None
) -> HistoryEntry | None:
    """Return the entry of a change of state; None when the state stays."""
    if state == before.state:
        return None
    return HistoryEntry(
        number=before.entries + 1,
        at=at,
        before=before.state,
        after=state,
        value=reading.value,
        reason=reading.reason,
        incident_id=None if incident is None else incident.id,
        as_of_ms=reading.as_of_ms,
    )


def _at(before: Standing, state: State, moved: HistoryEntry | None) -> Standing:
    return before if moved is None else replace(before, state=state, since=moved.at, entries=moved.number)


def _notice(
    kind: NoticeType, incident: Incident | None, webhooks: tuple[uuid.UUID, ...], at: datetime, reading: Reading
) -> Notice:
    return Notice(type=kind, incident=incident, webhooks=webhooks, at=at, value=reading.value, reason=reading.reason)
