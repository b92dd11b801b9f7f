"""Ids of metrics as requests name them."""

from __future__ import annotations

import uuid
from typing import Annotated

from fastapi import Depends, Path

from libs.contracts.metric_values import read_metric_id
from libs.httpkit.errors import require_found
from services.metrics.definitions.model import NOUN


def metric_id_of(text: str) -> uuid.UUID:
    """Return the id that clients have as `text`; raises NotFound for a text that is no metric's."""
    return require_found(read_metric_id(text), NOUN, text)


async def _in_path(text: Annotated[str, Path(alias="id", description="The metric's id.")]) -> uuid.UUID:
    return metric_id_of(text)


MetricId = Annotated[uuid.UUID, Depends(_in_path)]
"""The metric's id in the path; 404 for a text that is none."""
