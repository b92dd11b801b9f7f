"""What a read model says about itself; the runner does the rest.

A projection never touches the log client, never opens a transaction, never commits and never catches broadly. Its
tables are created from its own DDL in one PostgreSQL schema per generation, and every statement of `apply` runs with
that schema on the search path (the service's own schema follows), inside the transaction that also advances the
positions.

The library creates and grants: tables and sequences belong to the database URL's login, the projector reads and
writes them, requests read them. The table names `positions` and `parked` are the library's. Constraints must not be
deferred to commit, where no record at fault could be found any more. On tables with forced row-level security
`finishing_ddl` sees every row. A batch may be folded several times in savepoints until records at fault are found.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeVar

from libs.contracts.topics import Topic
from libs.eventlog.port import StoredRecord
from libs.pg.database import Connection

E = TypeVar("E")


class Projection(Protocol[E]):
    """Events to changes, for one read model.

    The law every projection keeps: any split into batches, any interleaving of partitions and any repetition of the
    same records leave the same view.
    """

    @property
    def service(self) -> str:
        """The service that owns it; its roles run it."""
        ...

    @property
    def name(self) -> str:
        """The model's name within the service: `history`. Schemas are `<service>_<name>_g<generation>`."""
        ...

    @property
    def version(self) -> int:
        """Raised when `ddl` or the meaning of rows changes; one higher than the serving model's asks for a rebuild."""
        ...

    @property
    def topics(self) -> tuple[Topic, ...]:
        """What it reads."""
        ...

    @property
    def ddl(self) -> str:
        """Statements that create the tables, their policies and what filling needs."""
        ...

    @property
    def finishing_ddl(self) -> str:
        """Statements run once a rebuild has filled the tables: indexes and counters, cheaper to build at the end.

        `ddl` followed by `finishing_ddl` on empty tables must give a model that `apply` keeps whole from then on.
        """
        ...

    def decode(self, record: StoredRecord) -> E | None:
        """The event of a record, None when it is of no concern; InvalidRecord parks the record."""
        ...

    async def apply(self, conn: Connection, events: Sequence[E]) -> None:
        """Fold the events into the tables. InvalidRecord or a data error of the database parks the record at fault."""
        ...

    async def fill(self, conn: Connection, events: Sequence[E]) -> None:
        """As `apply`, during a rebuild before `finishing_ddl`: rows only, counters come at the end."""
        ...
