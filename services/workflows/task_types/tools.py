"""The means that task types work with, the same for all tasks of a process."""

from __future__ import annotations

from dataclasses import dataclass

from libs.outbound.client import Outbound
from libs.outbound.guard import Guard


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """`outbound` is the way out by HTTP, `guard` judges the addresses of other protocols."""

    outbound: Outbound
    guard: Guard
