"""The gate's name among the service's consumers, and the topics whose records it judges."""

from __future__ import annotations

from typing import Final

from libs.contracts.topics import EVENTS, INTERACTIONS, Topic

GATE: Final = "gate"
SOURCES: Final[tuple[Topic, ...]] = (INTERACTIONS, EVENTS)
