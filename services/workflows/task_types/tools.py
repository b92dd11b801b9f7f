"""The means that task types work with, the same for all tasks of a process."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from libs.outbound.client import Outbound
from libs.outbound.guard import Guard
from services.workflows.code.runner import CodeRunner
from services.workflows.task_types.model import Json


class Expressions(Protocol):
    """Evaluates CEL."""

    async def evaluate(self, expression: str, variables: Mapping[str, Json]) -> Json:
        """Return the value of an expression, as JSON. Raises TaskFailed, its code `expression_error`."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """`outbound` is the way out by HTTP, `guard` judges the addresses of other protocols, `code` runs tenants' code."""

    outbound: Outbound
    guard: Guard
    expressions: Expressions
    code: CodeRunner
