"""Request bodies of critical interactions' routes: what may be said of a definition, and all that is wrong at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Final, Self

from pydantic import (
    AfterValidator,
    ConfigDict,
    Field,
    ModelWrapValidatorHandler,
    StrictBool,
    StringConstraints,
    ValidationError,
    model_validator,
)

from libs.httpkit.camel import CamelBody, refused
from libs.httpkit.errors import Violation
from libs.httpkit.fields import WHOLE
from services.monitoring.bodies import UPPER_CASED, Description, PrintableName
from services.monitoring.definitions.consistency import Parts, inconsistencies
from services.monitoring.definitions.examples import FIELDS_EXAMPLE
from services.monitoring.definitions.model import (
    DEFAULT_DIMENSIONS,
    MAX_DIMENSIONS,
    MAX_EVENTS,
    MAX_FILTERS,
    MAX_LIMIT_MS,
    MAX_NAME_CHARS,
    MAX_VALUE_CHARS,
    RESERVED_NAMES,
    VERSION,
    Definition,
    EventPattern,
    Operator,
    PropertyFilter,
    Status,
)

_LIMITS: Final = (
    "uptimeLowerLimitInMs",
    "uptimeMidLimitInMs",
    "uptimeUpperLimitInMs",
    "thresholdInMs",
)
"""Limits in milliseconds, which clients also spell with `InMS`."""
_LISTS: Final = ("events", "globalBlacklistedEvents")


def _not_reserved(text: str) -> str:
    if text in RESERVED_NAMES:
        raise ValueError(f"{text!r} is not taken as a name: it stands for something else in a path")
    return text


def _dimensions(texts: list[str]) -> list[str]:
    if len(set(texts)) < len(texts):
        raise ValueError("each property is expected once")
    if VERSION in texts:
        raise ValueError(f"{VERSION!r} is not taken: every definition has it, as the version of a result")
    return texts


Name = Annotated[PrintableName, AfterValidator(_not_reserved)]
Text = Annotated[str, StringConstraints(min_length=1, max_length=MAX_NAME_CHARS)]
Value = Annotated[str, StringConstraints(max_length=MAX_VALUE_CHARS)]
Limit = Annotated[int, Field(strict=True, ge=0, le=MAX_LIMIT_MS), WHOLE]
Threshold = Annotated[int, Field(strict=True, gt=0, le=MAX_LIMIT_MS), WHOLE]
Dimensions = Annotated[list[Text], Field(max_length=MAX_DIMENSIONS), AfterValidator(_dimensions)]


class PropertyFilterIn(CamelBody):
    """A property compared with a text; `operator` in any case, EQUALS when it is null or absent."""

    name: Text
    value: Value
    operator: Annotated[Operator | None, UPPER_CASED] = None

    def filter(self) -> PropertyFilter:
        """Return the filter as the model has it."""
        return PropertyFilter(name=self.name, value=self.value, operator=self.operator or "EQUALS")


class EventPatternIn(CamelBody):
    """An event by its name and its properties; null and absent `props` are none, null `isBlacklisted` is false."""

    name: Text
    props: Annotated[list[PropertyFilterIn], Field(max_length=MAX_FILTERS)] | None = None
    is_blacklisted: StrictBool | None = None

    def pattern(self, *, is_blacklisted: bool | None = None) -> EventPattern:
        """Return the pattern as the model has it, blacklisted as it says itself unless that is given."""
        return EventPattern(
            name=self.name,
            props=tuple(one.filter() for one in self.props or ()),
            is_blacklisted=bool(self.is_blacklisted) if is_blacklisted is None else is_blacklisted,
        )


Events = Annotated[list[EventPatternIn], Field(min_length=1, max_length=MAX_EVENTS)]
GlobalEvents = Annotated[list[EventPatternIn], Field(max_length=MAX_EVENTS)]


class _TwiceSpelt(CamelBody):
    """A body whose limits may be spelt with `InMS`; one that is there in both spellings must be the same in both."""

    @model_validator(mode="wrap")
    @classmethod
    def _unite(cls, value: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        if not isinstance(value, dict):
            return handler(value)
        united, violations = dict(value), []
        for name in _LIMITS:
            other = f"{name[:-1]}S"
            if other not in united:
                continue
            sent = united.pop(other)
            if united.setdefault(name, sent) != sent:
                violations.append(Violation((name,), f"{name} and {other} are expected to be the same", "spelt_twice"))
        try:
            body = handler(united)
        except ValidationError as error:
            raise refused(cls, violations, error) from None
        if violations:
            raise refused(cls, violations)
        return body


class InteractionPatchIn(_TwiceSpelt):
    """The fields to change; null changes nothing, except of `description` and `correlationProperty`.

    `name` cannot be changed, and is taken where it is the present one. Limits are also spelt `…InMS`.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "example": {"description": "Updated description", "status": "STOPPED", "thresholdInMs": 120000}
        }
    )

    name: str | None = None
    description: Description | None = None
    uptime_lower_limit_in_ms: Limit | None = None
    uptime_mid_limit_in_ms: Limit | None = None
    uptime_upper_limit_in_ms: Limit | None = None
    threshold_in_ms: Threshold | None = None
    status: Annotated[Status | None, UPPER_CASED] = None
    events: Events | None = None
    global_blacklisted_events: GlobalEvents | None = None
    correlation_property: Text | None = None
    dimensions: Dimensions | None = None

    def parts(self) -> Parts:
        """Return the parts that have to fit each other, as far as the body has them."""
        return Parts(
            lower_ms=self.uptime_lower_limit_in_ms,
            mid_ms=self.uptime_mid_limit_in_ms,
            upper_ms=self.uptime_upper_limit_in_ms,
            events=None if self.events is None else _patterns(self.events),
            global_events=None if self.global_blacklisted_events is None else _globals(self.global_blacklisted_events),
        )

    def changes(self) -> dict[str, Any]:
        """Return the values of the definition's fields that the body wants, by their names; the name among them."""
        wanted = self.sent(nullable=("description", "correlation_property"))
        if "events" in wanted:
            wanted["events"] = _patterns(wanted["events"])
        if "global_blacklisted_events" in wanted:
            wanted["global_blacklisted_events"] = _globals(wanted["global_blacklisted_events"])
        if "dimensions" in wanted:
            wanted["dimensions"] = tuple(wanted["dimensions"])
        return wanted


class DefinitionIn(_TwiceSpelt):
    """All that a definition says but its name.

    Limits are also spelt `…InMS`. The first and the last event cannot be blacklisted; lower ≤ mid ≤ upper.
    """

    description: Description | None = None
    uptime_lower_limit_in_ms: Limit
    uptime_mid_limit_in_ms: Limit
    uptime_upper_limit_in_ms: Limit
    threshold_in_ms: Threshold
    events: Events
    global_blacklisted_events: GlobalEvents | None = None
    correlation_property: Text | None = None
    dimensions: Dimensions | None = None

    @model_validator(mode="wrap")
    @classmethod
    def _fit(cls, value: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        """Name what does not fit each other together with what is wrong by itself."""
        try:
            body = handler(value)
        except ValidationError as error:
            raise refused(cls, inconsistencies(_sound_parts(value, error)), error) from None
        violations = inconsistencies(Parts.of(body.named("")))
        if violations:
            raise refused(cls, violations)
        return body

    def named(self, name: str) -> Definition:
        """Return the definition as the model has it, under a name."""
        return Definition(
            name=name,
            description=self.description,
            uptime_lower_limit_in_ms=self.uptime_lower_limit_in_ms,
            uptime_mid_limit_in_ms=self.uptime_mid_limit_in_ms,
            uptime_upper_limit_in_ms=self.uptime_upper_limit_in_ms,
            threshold_in_ms=self.threshold_in_ms,
            events=_patterns(self.events),
            global_blacklisted_events=_globals(self.global_blacklisted_events or ()),
            correlation_property=self.correlation_property,
            dimensions=DEFAULT_DIMENSIONS if self.dimensions is None else tuple(self.dimensions),
        )


class _Name(CamelBody):
    """A definition's name; a base of its own, so that it is checked and shown first."""

    name: Name


class InteractionIn(DefinitionIn, _Name):
    """A critical interaction to define; it runs from now on, whatever `status` says.

    Limits are also spelt `…InMS`. The first and the last event cannot be blacklisted; lower ≤ mid ≤ upper.
    """

    model_config = ConfigDict(json_schema_extra={"example": FIELDS_EXAMPLE})

    def definition(self) -> Definition:
        """Return the definition as the model has it."""
        return self.named(self.name)


def _patterns(events: Sequence[EventPatternIn]) -> tuple[EventPattern, ...]:
    return tuple(one.pattern() for one in events)


def _globals(events: Sequence[EventPatternIn]) -> tuple[EventPattern, ...]:
    return tuple(one.pattern(is_blacklisted=True) for one in events)


def _sound_parts(value: Any, error: ValidationError) -> Parts:
    """Return the parts of a refused body in whose fields nothing is wrong."""
    if not isinstance(value, dict):
        return Parts()
    faulty = {one["loc"][0] for one in error.errors(include_url=False) if one["loc"]}
    sound = {name: value[name] for name in (*_LIMITS, *_LISTS) if name in value and name not in faulty}
    return InteractionPatchIn.model_validate(sound).parts()
