"""Reads expressions of PromQL as far as tests need: the series that they name, by the metrics that are declared."""

from __future__ import annotations

import re
from collections.abc import Iterator

from libs.telemetry.metrics import REGISTRY

TARGET_LABELS = frozenset(("job", "instance", "component"))
"""The labels that a scrape adds: a metric with one of them would lose it."""
OF_PROMETHEUS = frozenset(("up", "ALERTS", "ALERTS_FOR_STATE"))
OF_CRITICAL_INTERACTIONS = frozenset(
    (
        "waymark_critical_interaction_results_total",
        *(f"waymark_critical_interaction_duration_seconds{end}" for end in ("_bucket", "_count", "_sum")),
    )
)
_ENDS = {"counter": ("_total",), "histogram": ("_bucket", "_count", "_sum"), "summary": ("", "_count", "_sum")}
_NO_NAMES = re.compile(r'"[^"]*"|\{[^}]*\}|\[[^\]]*\]|\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)')
_NAME = re.compile(r"(?<![\w:.])[a-zA-Z_:][\w:]*(?!\s*\(|[\w:])")
_KEYWORDS = frozenset(("and", "or", "unless", "bool", "offset", "inf", "nan"))


def declared_series() -> frozenset[str]:
    """The names of all series that our processes tell, and of what Prometheus makes of them."""
    own = {family.name + end for family in REGISTRY.collect() for end in _ENDS.get(family.type, ("",))}
    return frozenset(own) | OF_CRITICAL_INTERACTIONS | OF_PROMETHEUS


def series_of(expression: str) -> frozenset[str]:
    """The names of the series that the expression asks for, those of recording rules included."""
    return frozenset(_names(_NO_NAMES.sub(" ", expression)))


def _names(expression: str) -> Iterator[str]:
    for match in _NAME.finditer(expression):
        if match[0].lower() not in _KEYWORDS:
            yield match[0]
