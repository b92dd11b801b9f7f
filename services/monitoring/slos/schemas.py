"""Query parameters and answers of service level objectives' routes; times are milliseconds since the epoch."""

from __future__ import annotations

from uuid import UUID

from pydantic import ConfigDict, Field

from libs.httpkit.camel import Camel
from services.monitoring.alerts.model import ShownState
from services.monitoring.definitions.schemas import PageQuery
from services.monitoring.slos.burn_rate import Severity
from services.monitoring.slos.examples import SLO_EXAMPLE, STATUS_EXAMPLE
from services.monitoring.slos.model import GoodWhen


class SlosQuery(PageQuery):
    """A page of the list, counted from 0, and its filter."""

    interaction_name: str | None = Field(default=None, description="The critical interaction's name.")


class BurnRuleOut(Camel):
    """An alert when the budget burns faster than `factor` over both windows."""

    long_minutes: int
    short_minutes: int
    factor: float
    severity: Severity
    for_seconds: int


class SloOut(Camel):
    """A service level objective."""

    model_config = ConfigDict(json_schema_extra={"example": SLO_EXAMPLE})

    id: UUID
    name: str
    interaction_name: str
    good_when: GoodWhen = Field(description="An event is good that completed, or did so in at least this category.")
    target: float = Field(description="The share of events that has to be good.")
    window_minutes: int
    min_events: int = Field(description="The events that a burn rule wants in its long window.")
    burn_rules: list[BurnRuleOut]
    webhook_ids: list[UUID]
    version: int
    created_at: int
    created_by: str
    updated_at: int
    updated_by: str


class SloDetailsOut(Camel):
    """A service level objective, under `data`."""

    data: SloOut


class SlosPage(Camel):
    """The items of a page, by name, and how many there are in all."""

    slos: list[SloOut]
    total_slos: int


class SlosPageOut(Camel):
    """A page of service level objectives, under `data`."""

    data: SlosPage


class SloId(Camel):
    """A service level objective's id."""

    model_config = ConfigDict(json_schema_extra={"example": {"id": SLO_EXAMPLE["id"]}})

    id: UUID


class SloIdOut(Camel):
    """A service level objective's id, under `data`."""

    data: SloId


class BurnRuleStatusOut(BurnRuleOut):
    """A burn rule and how fast the budget burns over its windows; null over one without events."""

    long_rate: float | None
    short_rate: float | None
    state: ShownState = Field(description="The state of its alert rule.")


class SloStatus(Camel):
    """How much of an error budget is spent. Shares are null when they are of nothing."""

    model_config = ConfigDict(json_schema_extra={"example": STATUS_EXAMPLE})

    as_of: int = Field(description="Everything accepted before is decided and counted.")
    from_: int = Field(alias="from", description="Start of the objective's window.")
    to: int = Field(description="The end of the minute that `asOf` lies in.")
    good: int
    bad: int
    total: int = Field(description="Completed and errored ones.")
    sli: float | None = Field(description="The indicator: the share of good ones.")
    target: float
    allowed_bad: float = Field(description="The error budget: (1 - target) × total.")
    budget_spent: float | None = Field(description="bad / allowedBad.")
    budget_remaining: float | None = Field(description="1 - budgetSpent; negative when more is spent than there is.")
    burn_rules: list[BurnRuleStatusOut]


class SloStatusOut(Camel):
    """The status of a service level objective, under `data`."""

    data: SloStatus
