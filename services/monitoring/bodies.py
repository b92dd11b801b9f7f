"""Fields that request bodies of several routes have in common."""

from __future__ import annotations

import uuid
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints

from libs.httpkit.fields import PRINTABLE, WHOLE
from services.monitoring.definitions.model import MAX_DESCRIPTION_CHARS, MAX_NAME_CHARS
from services.monitoring.slos.burn_rate import MAX_FOR_SECONDS
from services.monitoring.webhooks.model import MAX_WEBHOOK_IDS


def _upper(value: Any) -> Any:
    return value.upper() if isinstance(value, str) else value


def _distinct(ids: tuple[uuid.UUID, ...]) -> tuple[uuid.UUID, ...]:
    if len(set(ids)) < len(ids):
        raise ValueError("each webhook is expected once")
    return ids


UPPER_CASED: Final = BeforeValidator(_upper)
"""Reads a text of any case in upper case."""
ForSeconds = Annotated[int, Field(strict=True, ge=0, le=MAX_FOR_SECONDS), WHOLE]
PrintableName = Annotated[str, StringConstraints(min_length=1, max_length=MAX_NAME_CHARS), PRINTABLE]
WebhookIds = Annotated[tuple[uuid.UUID, ...], Field(max_length=MAX_WEBHOOK_IDS), AfterValidator(_distinct)]
Description = Annotated[str, StringConstraints(max_length=MAX_DESCRIPTION_CHARS)]
