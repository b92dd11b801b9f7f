"""Ids that say the kind of their object, as clients have them: `metric_` and 32 hexadecimal digits."""

from __future__ import annotations

import re
import uuid
from typing import Final

_HEX: Final = re.compile("[0-9a-f]{32}")


def prefixed_id(prefix: str, object_id: uuid.UUID) -> str:
    """Return the id of an object as clients have it."""
    return f"{prefix}_{object_id.hex}"


def read_prefixed_id(prefix: str, text: str) -> uuid.UUID | None:
    """Return the id that `prefixed_id` made this text of; None for any other text."""
    start, _, digits = text.partition("_")
    return uuid.UUID(digits) if start == prefix and _HEX.fullmatch(digits) else None
