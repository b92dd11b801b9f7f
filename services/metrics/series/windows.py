"""Windows of a series: the functions in a generation's schema that say what one comes to at an instant.

Every value is computed by them, whoever asks for it, so that two values of one instant cannot differ.
"""

from __future__ import annotations

from pathlib import Path

_SQL = Path(__file__).with_name("windows.sql")


def functions() -> str:
    """Return the DDL of the functions; a generation's tables come before it."""
    return _SQL.read_text(encoding="utf-8")
