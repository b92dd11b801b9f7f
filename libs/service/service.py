"""The declaration of a service: setup, processes and everything derived from the services read nothing else."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeAlias, TypeVar

if TYPE_CHECKING:
    from pathlib import Path

    from starlette.types import ASGIApp

    from libs.contracts.topics import Topic
    from libs.httpkit.router import FamilyRouter
    from libs.objects.kinds import ObjectKind
    from libs.pg.database import Connection
    from libs.projections.projection import Projection
    from libs.projections.reactor import Reactor
    from libs.service.jobs import Job
    from libs.service.parts import Parts
    from libs.service.settings import ServiceSettings

AnyConsumer: TypeAlias = "Projection[Any] | Reactor[Any]"
"""A program that a worker runs over the log, of either kind."""
Work: TypeAlias = Literal["consumers", "jobs"]
"""The kinds of work that goes on beside requests."""
S = TypeVar("S", bound="ServiceSettings")


def _no_consumers(_: ServiceSettings) -> Sequence[AnyConsumer]:
    return ()


def _no_jobs(_: ServiceSettings) -> Sequence[Job]:
    return ()


def _no_objects(_: ServiceSettings) -> Sequence[ObjectKind[Any]]:
    return ()


@dataclass(frozen=True, slots=True)
class Api(Generic[S]):
    """A service's HTTP side: `start` brings up what requests need and returns it as their state.

    `front`, given the app, is called in its place and passes on what it does not answer.
    """

    start: Callable[[Parts, S], Awaitable[Mapping[str, Any]]]
    routers: Sequence[FamilyRouter]
    front: Callable[[ASGIApp], ASGIApp] | None = None


@dataclass(frozen=True, slots=True)
class Service(Generic[S]):
    """A service named as its package, its schema and its routes are; `topics` are those it reads or `writes`.

    `api`, `consumers`, which follow the log beside it, and `jobs`, which run where these do, are called by the process
    that runs them, so that no process loads the others; work that is `apart` has a process of the service's own on the
    single machine. `objects` are the kinds that the service keeps, in the order in which they depend on each other, for
    setup and operators. `prepare` runs at the end of setup as the database URL's login, and may be repeated.
    """

    name: str
    description: str
    settings: type[S]
    topics: tuple[Topic, ...]
    api: Callable[[], Api[S]]
    consumers: Callable[[S], Sequence[AnyConsumer]] = _no_consumers
    jobs: Callable[[S], Sequence[Job]] = _no_jobs
    apart: frozenset[Work] = frozenset()
    writes: tuple[Topic, ...] = ()
    objects: Callable[[S], Sequence[ObjectKind[Any]]] = _no_objects
    migrations: Path | None = None
    prepare: Callable[[Connection], Awaitable[None]] | None = None

    @property
    def is_stateless(self) -> bool:
        """Whether the service has neither topics nor tables: it gets no roles, no logins and no secrets."""
        return not self.topics and self.migrations is None

    @property
    def has_consumers(self) -> bool:
        """Whether the service declares consumers; no settings are needed to know."""
        return self.consumers is not _no_consumers

    @property
    def has_jobs(self) -> bool:
        """Whether the service declares jobs; no settings are needed to know."""
        return self.jobs is not _no_jobs

    @property
    def has_objects(self) -> bool:
        """Whether the service declares kinds of objects; no settings are needed to know."""
        return self.objects is not _no_objects
