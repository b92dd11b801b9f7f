"""Query parameters and answers of alert rules' routes; times are milliseconds since the epoch."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from pydantic import ConfigDict, Field

from libs.httpkit.camel import Camel, CamelQuery
from libs.httpkit.paging import DEFAULT_LIMIT, MAX_LIMIT
from services.monitoring.alerts.alert_states import Reason, State
from services.monitoring.alerts.examples import ENTRY_EXAMPLE, RULE_EXAMPLE
from services.monitoring.alerts.model import Kind, Metric, Operator, ShownState
from services.monitoring.bodies import UPPER_CASED
from services.monitoring.definitions.schemas import PageQuery
from services.monitoring.slos.burn_rate import Severity


class AlertRulesQuery(PageQuery):
    """A page of the list, counted from 0, and its filters; all of them must hold."""

    state: Annotated[ShownState, UPPER_CASED] | None = Field(default=None, description="The state, in any case.")
    interaction_name: str | None = Field(default=None, description="The critical interaction's name.")
    slo_id: UUID | None = Field(default=None, description="The service level objective's id.")


class HistoryQuery(CamelQuery):
    """A page of a rule's history."""

    limit: int = Field(default=DEFAULT_LIMIT, ge=1, le=MAX_LIMIT, description="Entries per page.")
    cursor: str | None = Field(default=None, description="The `nextCursor` of the page before.")


class AlertRuleOut(Camel):
    """An alert rule and how it stands. An objective's has kind `burnRate`, its factor as threshold."""

    model_config = ConfigDict(json_schema_extra={"example": RULE_EXAMPLE})

    id: UUID
    name: str
    kind: Kind
    interaction_name: str
    slo_id: UUID | None = Field(description="The objective whose rule it is.")
    metric: Metric | Literal["burnRate"]
    operator: Operator
    threshold: float
    window_minutes: int = Field(description="Whole minutes, up to and with the one that `asOf` lies in.")
    short_minutes: int | None = Field(description="The short window of an objective's rule.")
    for_seconds: int
    min_events: int = Field(description="With fewer to divide by there is no data.")
    severity: Severity
    notify_no_data: bool
    enabled: bool
    webhook_ids: list[UUID]
    state: ShownState
    underlying_state: State = Field(description="The state, snoozed or not.")
    since: int = Field(description="When the underlying state began.")
    reason: Reason | None = Field(description="Why there is no data.")
    value: float | None = Field(description="The figure of the last evaluation.")
    last_evaluated_at: int | None
    snoozed_until: int | None
    incident_id: UUID | None = Field(description="The open incident.")
    incident_started_at: int | None = Field(description="When the rule first fired in it; a lack of data ends none.")
    version: int
    created_at: int
    created_by: str
    updated_at: int
    updated_by: str


class AlertRuleDetailsOut(Camel):
    """An alert rule, under `data`."""

    data: AlertRuleOut


class AlertRulesPage(Camel):
    """The items of a page, by name, and how many there are in all."""

    alert_rules: list[AlertRuleOut]
    total_alert_rules: int


class AlertRulesPageOut(Camel):
    """A page of alert rules, under `data`."""

    data: AlertRulesPage


class AlertRuleId(Camel):
    """An alert rule's id."""

    model_config = ConfigDict(json_schema_extra={"example": {"id": RULE_EXAMPLE["id"]}})

    id: UUID


class AlertRuleIdOut(Camel):
    """An alert rule's id, under `data`."""

    data: AlertRuleId


class HistoryEntryOut(Camel):
    """A change of a rule's underlying state; each begins where the one before ended."""

    model_config = ConfigDict(json_schema_extra={"example": ENTRY_EXAMPLE})

    at: int
    from_: State = Field(alias="from")
    to: State
    value: float | None = Field(description="The figure that led to it.")
    reason: Reason | None = Field(description="Why there is no data.")
    incident_id: UUID | None = Field(description="The incident that it opened, went on with or resolved.")
    as_of: int = Field(description="Everything accepted before was in the figure.")


class HistoryPage(Camel):
    """A page of a rule's history, newest first; `nextCursor` is null at the end."""

    history: list[HistoryEntryOut]
    next_cursor: str | None


class HistoryPageOut(Camel):
    """A page of a rule's history, under `data`."""

    data: HistoryPage
