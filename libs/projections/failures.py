"""Failures that pass by themselves."""

from __future__ import annotations

import asyncpg

from libs.eventlog.errors import LogUnavailable, ModelBehind
from libs.pg.errors import DatabaseUnavailable, is_transient

MAY_PASS = (LogUnavailable, DatabaseUnavailable, asyncpg.PostgresError)
"""The kinds of exception to ask `will_pass` about."""


def will_pass(error: BaseException) -> bool:
    """Return whether trying the same again can succeed without anybody acting."""
    return isinstance(error, LogUnavailable | ModelBehind) or is_transient(error)
