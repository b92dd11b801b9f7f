"""The history as every route of it gets it."""

from __future__ import annotations

from typing import Annotated

from libs.service.reading import caught_up
from services.queries.interactions.reads import HistoryReads

HistoryOf = Annotated[HistoryReads, caught_up("history")]
