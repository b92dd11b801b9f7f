"""How Schemathesis writes bodies of a content type that it does not know, and which of its cases are left out."""

from __future__ import annotations

from typing import Any

import schemathesis
from schemathesis import GenerationMode
from schemathesis.core.parameters import ParameterLocation
from schemathesis.generation.meta import CoveragePhaseData

_broken: set[tuple[str, ...]] = set()


@schemathesis.serializer("application/x-ndjson")
def as_lines(_: schemathesis.SerializationContext, value: Any) -> bytes:
    """Write lines as they are; whatever else was made instead becomes one line."""
    return (value if isinstance(value, str) else repr(value)).encode(errors="replace")


@schemathesis.hook
def filter_case(_: schemathesis.HookContext, case: schemathesis.Case[Any]) -> bool:
    """Take one of the requests that break the same rule of an operation at the same place.

    Coverage makes five values of a wrong type for each place, and those of parameters twice.
    """
    if case.meta is None or case.meta.generation.mode is not GenerationMode.NEGATIVE:
        return True
    found = case.meta.phase.data
    if not isinstance(found, CoveragePhaseData):
        return True
    place = found.location if found.parameter_location is ParameterLocation.BODY else found.parameter
    rule = (case.operation.label, found.scenario, str(found.parameter_location), place or found.description)
    is_new = rule not in _broken
    _broken.add(rule)
    return is_new
