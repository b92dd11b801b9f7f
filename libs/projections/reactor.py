"""A consumer that acts on records: it returns records of its own, changes its service's objects, or calls out.

It keeps no read model, so there is nothing to rebuild: it has one position for each partition, in its service's schema,
and moves it by the steps of `batch.py`. Step 5 depends on how it emits, and so does what holds when the process dies
after it:

- `outbox`: the records are rows of the service's outbox — rolled back with everything else. After step 7 objects, rows
  and positions are there together, and the relay appends the rows, a repeat being identical.
- `append`: the log has acknowledged the records before the position moves — they stay in the log while objects and
  positions are rolled back. The same batch is read again, and appends them again.

So reading again, after a crash or because a reactor was restarted, publishes the same ids again and no others, as long
as a reactor keeps its law: the id of a record is made from the ids of the events it comes of, and an object is changed
in a way that has no effect the second time. Readers know a repeat by its id. Nothing that `react` remembers in memory
may keep it from returning a record, since the batch in which it returned the record before may have been rolled back.

While records are appended the positions stay locked, so a member that has lost a partition appends nothing of it: it
finds a higher epoch before it begins, or its successor waits for its end. A member frozen in the middle of an append is
cut off by PostgreSQL, and what it appends on waking has the ids that its successor appends.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from typing import Literal, Protocol, TypeVar, runtime_checkable

from libs.eventlog.port import EventLog, Record
from libs.pg.database import Connection
from libs.projections.consumer import Consumer

E = TypeVar("E")

Start = Literal["beginning", "end"]
Emission = Literal["outbox", "append"]


@runtime_checkable
class Reactor(Consumer[E], Protocol[E]):
    """Events to actions, under the law that acting on an event again has no further effect.

    The table names `<name>_positions` and `<name>_parked` in the service's schema are the library's.
    """

    @property
    def starts_at(self) -> Start:
        """The place in each topic that reading begins at: its beginning, or its end when setup found it."""
        ...

    @property
    def emission(self) -> Emission:
        """The way of returned records to the log: through the service's outbox, or at once."""
        ...

    async def react(self, conn: Connection, events: Sequence[E]) -> Sequence[Record]:
        """Act on the events, and return the records to append, those of one key in their order.

        The service's schema is on the search path of `conn`. A batch may be tried several times in savepoints until
        records at fault are found: InvalidRecord or a data error of the database parks the record at fault.
        """
        ...


@runtime_checkable
class Equipped(Protocol):
    """A reactor that acts by parts of its own, beside the log and the database."""

    def equipped(self, log: EventLog) -> AbstractAsyncContextManager[None]:
        """Hold the parts for as long as a runner serves. Raises as serving does."""
        ...
