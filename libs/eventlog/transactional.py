"""Operations of a log beyond the port, when it lies in the caller's own database.

Only the gateway's number store asks for it (`isinstance(log, TransactionalLog)`); everything else uses the port.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from libs.eventlog.port import Appended, Record
from libs.pg.database import Connection


@runtime_checkable
class TransactionalLog(Protocol):
    """A log that appends inside a transaction of its database: records and rows become visible together, or never."""

    async def append_in(self, conn: Connection, records: Sequence[Record]) -> list[Appended]:
        """Append within the open READ COMMITTED transaction of `conn`; the places hold if it commits.

        Call it once and as late as possible: the partitions stay locked until the transaction ends. All or nothing:
        raises AppendFailed (never unknown) when one record cannot be taken, before anything is written. The
        connection's role needs `allow_append`.
        """
        ...
