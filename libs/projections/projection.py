"""The declaration of a read model; the runner does the rest.

A projection never touches the log client, never opens a transaction, never commits and never catches broadly. Its
tables are created from its own DDL in one PostgreSQL schema per generation, and every statement of `apply` runs with
that schema on the search path (the service's own schema follows), inside the transaction that also advances the
positions.

The library creates and grants: tables and sequences belong to the database URL's login, the projector reads and
writes them, requests read them. The table names `positions` and `parked` are the library's. Constraints must not be
deferred to commit, where no record at fault could be found any more. On tables with forced row-level security
`finishing_ddl` sees every row. A batch may be folded several times in savepoints until records at fault are found.

The records that `apply` returns go into the service's outbox in the batch's own transaction while the generation
serves. A generation that is filled or catches up publishes nothing, since the one that serves has published the same,
and reads no further than that one: so a rebuild loses no record and publishes none again. A projection that publishes
therefore reads no compacted topic, where the last record before a position may be gone.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from collections.abc import Set as AbstractSet
from typing import Protocol, TypeVar, runtime_checkable

from libs.eventlog.port import Record
from libs.pg.database import Connection
from libs.projections.consumer import Consumer

E = TypeVar("E")


class Projection(Consumer[E], Protocol[E]):
    """Events to changes, for one read model; its schemas are `<service>_<name>_g<generation>`.

    The law every projection keeps: any split into batches, any interleaving of partitions and any repetition of the
    same records leave the same view.
    """

    @property
    def version(self) -> int:
        """Raised when `ddl` or the meaning of rows changes; one higher than the serving model's asks for a rebuild."""
        ...

    @property
    def ddl(self) -> str:
        """Statements that create the tables, their policies and what filling needs."""
        ...

    @property
    def finishing_ddl(self) -> str:
        """Statements run once a rebuild has filled the tables: indexes and counters, cheaper to build at the end.

        `ddl` followed by `finishing_ddl` on empty tables must give a model that `apply` keeps whole from then on.
        `fill` stores only what these statements can compute, so that a record at fault shows while filling; a rebuild
        that cannot be finished begins anew by `apply`, which takes longer.
        """
        ...

    async def apply(self, conn: Connection, events: Sequence[E]) -> Sequence[Record] | None:
        """Fold the events into the tables. InvalidRecord, or a database error that stays, parks the record at fault.

        A projection that publishes returns the records that come of the events, under ids made from the events' own.
        """
        ...

    async def fill(self, conn: Connection, events: Sequence[E]) -> None:
        """Fold into the rows alone, during a rebuild; `finishing_ddl` makes counters and indexes at its end."""
        ...


@runtime_checkable
class FilledBeside(Protocol):
    """A projection whose tables are filled by others too, beside its batches.

    A generation that lacks what the serving one has does not take over from it. Whoever fills keeps the model from
    being switched until the transaction ends, by a share of its row in the registry.
    """

    async def lacking(self, conn: Connection) -> AbstractSet[Hashable]:
        """Return what is yet to be filled in the generation whose schema is on the search path."""
        ...
