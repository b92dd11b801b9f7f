"""The operator's work with the number store and the log alone: say which log gateways go on with."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from libs.contracts.topics import INTERACTIONS
from libs.eventlog.port import EventLog
from services.gateway.numbering.log_comparison import is_shorter, log_ends
from services.gateway.numbering.numbers import LogEnds
from services.gateway.numbering.store import PgNumberStore


async def accept_end(database_url: str, log: EventLog) -> bool:
    """Let gateways go on with a log that ends before records that were numbered; return whether it does."""
    async with _opened(database_url) as store:
        read = await store.log_ends(await log.identity())
        if not is_shorter(await log.end_offsets([INTERACTIONS]), read):
            return False
        await store.forget_log_ends()
        return True


async def note_copied(database_url: str, log: EventLog) -> None:
    """Note that every number in the log was given by this database, which it was copied under."""
    async with _opened(database_url) as store:
        ends = log_ends(await log.identity(), await log.end_offsets([INTERACTIONS]))
        await store.go_on_above([], LogEnds(ends.log_id, {}), ends)


@asynccontextmanager
async def _opened(database_url: str) -> AsyncIterator[PgNumberStore]:
    store = PgNumberStore(database_url)
    try:
        yield store
    finally:
        await store.close()
