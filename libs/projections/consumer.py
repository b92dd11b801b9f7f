"""The common part of a projection and a reactor: the topics read, and the state kept of each in PostgreSQL."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, TypeVar, runtime_checkable

from libs.contracts.topics import Topic
from libs.eventlog.port import StoredRecord
from libs.pg.sql_files import interpolate

E_co = TypeVar("E_co", covariant=True)


class Consumer(Protocol[E_co]):
    """A program that reads topics: the base of `Projection` and `Reactor`."""

    @property
    def service(self) -> str:
        """The service that owns the consumer; its projector role runs it."""
        ...

    @property
    def name(self) -> str:
        """The consumer's name within the service: `history`."""
        ...

    @property
    def topics(self) -> tuple[Topic, ...]:
        """The topics that the consumer reads."""
        ...

    @property
    def publishes(self) -> tuple[Topic, ...]:
        """The topics of the records that the consumer returns; empty when it returns none."""
        ...

    def decode(self, record: StoredRecord) -> E_co | None:
        """Return the event of a record, None when it is of no concern; InvalidRecord parks the record."""
        ...


@runtime_checkable
class Remembering(Protocol):
    """A consumer that keeps in memory what it reads in the database beside its own tables."""

    def forget(self) -> None:
        """Read it anew; asked whenever a runner begins to serve, as after the database fell back."""
        ...


@dataclass(frozen=True, slots=True)
class ConsumerTables:
    """The names of a consumer's tables in its schema."""

    positions: str
    parked: str

    def sql(self, text: str, **others: str) -> str:
        """Return SQL with these names, and `others`, filled in."""
        return interpolate(text, positions=self.positions, parked=self.parked, **others)


MODEL_TABLES = ConsumerTables("positions", "parked")
"""In the schema of a read model's generation."""


@dataclass(frozen=True, slots=True)
class RegistryStatements:
    """Statements on a consumer's row of the registry; their parameters end with its key."""

    enter: str
    stop: str
    resume: str


class RegisteredConsumer(Protocol):
    """A consumer's row of the registry with its tables: a read model's generation, or a reactor."""

    @property
    def service(self) -> str:
        """The service that owns the consumer."""
        ...

    @property
    def name(self) -> str:
        """The consumer's name within the service."""
        ...

    @property
    def key(self) -> tuple[object, ...]:
        """The consumer's key in the registry."""
        ...

    @property
    def group(self) -> str:
        """The consumer group that reads for the consumer."""
        ...

    @property
    def state(self) -> str:
        """The state in which the consumer's writer may write."""
        ...

    @property
    def search_path(self) -> tuple[str, ...]:
        """The schemas that events are applied in; the library's tables lie in the first."""
        ...

    @property
    def tables(self) -> ConsumerTables:
        """The tables of the consumer's positions and parked records."""
        ...

    @property
    def registry(self) -> RegistryStatements:
        """The statements that change the consumer's row of the registry."""
        ...
