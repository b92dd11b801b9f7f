"""Loggers, by structlog.

structlog loads rich, for tracebacks in colour, and spends most of its own start on it; ours are plain text.
"""

from __future__ import annotations

from typing import Any

from libs.lazy import without

with without("rich"):
    import structlog

__all__ = ["bound_contextvars", "get_logger", "structlog"]

bound_contextvars = structlog.contextvars.bound_contextvars


def get_logger(name: str) -> Any:
    """Return the logger of a module; what it logs are an event and named values."""
    return structlog.get_logger(name)
