"""Kinds of streams, and what one of them takes: values without I/O."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from libs.contracts.topics import Topic
from libs.eventlog.port import StoredRecord
from libs.httpkit.errors import ApiError


class OfTenant(Protocol):
    """A row of one tenant."""

    @property
    def tenant_id(self) -> str:
        """The tenant, as the record's envelope names it."""
        ...


RowT = TypeVar("RowT", bound=OfTenant)
RowT_contra = TypeVar("RowT_contra", bound=OfTenant, contravariant=True)


@dataclass(frozen=True, slots=True)
class Kind(Generic[RowT]):
    """A kind of records that are streamed, called `name` in errors.

    `decode` returns a record's row, None of one that is in no stream; it raises InvalidRecord. `gone` is the error for
    an id after which records are not kept any more.
    """

    name: str
    topic: Topic
    decode: Callable[[StoredRecord], RowT | None]
    gone: type[ApiError]


class Wanted(Protocol[RowT_contra]):
    """The rows of one tenant that a stream takes, and how it shows them."""

    @property
    def tenant_id(self) -> str:
        """The tenant."""
        ...

    def takes(self, row: RowT_contra) -> bool:
        """Return whether the row belongs into the stream."""
        ...

    def look(self, row: RowT_contra, /) -> Hashable:
        """Return all that `shown` depends on besides the row: streams that agree on it share the text."""
        ...

    def shown(self, row: RowT_contra) -> dict[str, Any]:
        """Return the row as the list shows it."""
        ...
