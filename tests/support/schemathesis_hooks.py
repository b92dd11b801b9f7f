"""How Schemathesis writes bodies of a content type that it does not know."""

from __future__ import annotations

from typing import Any

import schemathesis


@schemathesis.serializer("application/x-ndjson")
def as_lines(_: schemathesis.SerializationContext, value: Any) -> bytes:
    """Write lines as they are; whatever else was made instead becomes one line."""
    return (value if isinstance(value, str) else repr(value)).encode(errors="replace")
