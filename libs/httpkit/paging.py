"""Pages of lists: the query parameters, the `pagination` object, and opaque cursors."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Self

import orjson
from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field, JsonValue

from libs.httpkit.errors import Loc, Unprocessable, Violation
from libs.httpkit.tokens import from_opaque, to_opaque

DEFAULT_LIMIT = 50
MAX_LIMIT = 100
MAX_PAGE = 10**12
"""Deep enough for any list; its offset still fits a 64-bit integer."""

PAGINATION_EXAMPLE: dict[str, JsonValue] = {
    "page": 1,
    "limit": 50,
    "total": 1,
    "totalPages": 1,
    "hasNext": False,
    "hasPrev": False,
    "nextCursor": None,
}

Scalar = str | int | float | bool | None
CURSOR_LOC: Loc = ("query", "cursor")


@dataclass(frozen=True, slots=True)
class Page:
    """A page asked for: `page` counts from 1."""

    page: int
    limit: int

    @property
    def offset(self) -> int:
        """How many items come before this page."""
        return (self.page - 1) * self.limit


class Pagination(BaseModel):
    """The `pagination` object of a list answer."""

    model_config = ConfigDict(json_schema_extra={"example": PAGINATION_EXAMPLE})

    page: int
    limit: int
    total: int
    total_pages: int = Field(serialization_alias="totalPages")
    has_next: bool = Field(serialization_alias="hasNext")
    has_prev: bool = Field(serialization_alias="hasPrev")
    next_cursor: str | None = Field(default=None, serialization_alias="nextCursor")

    @classmethod
    def of(cls, page: Page, total: int, next_cursor: str | None = None) -> Self:
        """Return the pagination of a page in a list of `total` items."""
        pages = -(-total // page.limit)
        return cls(
            page=page.page,
            limit=page.limit,
            total=total,
            total_pages=pages,
            has_next=page.page < pages,
            has_prev=page.page > 1,
            next_cursor=next_cursor,
        )

    def as_json(self) -> dict[str, Scalar]:
        """With the names of the wire."""
        dumped: dict[str, Scalar] = self.model_dump(by_alias=True)
        return dumped


def page_query(*, default_limit: int = DEFAULT_LIMIT, max_limit: int = MAX_LIMIT) -> Callable[..., Awaitable[Page]]:
    """Return a dependency reading `page` and `limit` (also spelt `pageSize`; `limit` goes first).

    Out of range is 422.
    """

    async def read(
        page: Annotated[int, Query(ge=1, le=MAX_PAGE, description="Page number, from 1.")] = 1,
        limit: Annotated[
            int | None, Query(ge=1, le=max_limit, description=f"Items per page ({default_limit}).")
        ] = None,
        page_size: Annotated[int | None, Query(alias="pageSize", ge=1, le=max_limit, description="= limit")] = None,
    ) -> Page:
        return Page(page, limit or page_size or default_limit)

    return read


def optional_page_query(
    *, default_limit: int = DEFAULT_LIMIT, max_limit: int = MAX_LIMIT
) -> Callable[..., Awaitable[Page | None]]:
    """Return a dependency like `page_query`'s that gives None when `page` is absent: lists are flat then."""

    async def read(
        page: Annotated[int | None, Query(ge=1, le=MAX_PAGE, description="Page number, from 1.")] = None,
        limit: Annotated[
            int | None, Query(ge=1, le=max_limit, description=f"Items per page ({default_limit}).")
        ] = None,
        page_size: Annotated[int | None, Query(alias="pageSize", ge=1, le=max_limit, description="= limit")] = None,
    ) -> Page | None:
        return None if page is None else Page(page, limit or page_size or default_limit)

    return read


class NoCursor(Unprocessable):
    """the text is not a cursor of this list"""

    def __init__(self, loc: Loc = CURSOR_LOC) -> None:
        super().__init__(Violation(loc, "the text is not a cursor of this list", "cursor_invalid"))


def encode_cursor(kind: str, *values: Scalar) -> str:
    """Return an opaque cursor; `kind` names the order it belongs to, so that it cannot be used with another."""
    return to_opaque(orjson.dumps([kind, *values]))


def decode_cursor(kind: str, token: str, loc: Loc = CURSOR_LOC) -> tuple[Scalar, ...]:
    """Return the values of a cursor of this kind; 422 for anything else. The caller checks their types."""
    try:
        content = orjson.loads(from_opaque(token))
    except ValueError:
        content = None
    if not isinstance(content, list) or content[:1] != [kind] or not all(_is_scalar(value) for value in content):
        raise NoCursor(loc)
    return tuple(content[1:])


def _is_scalar(value: object) -> bool:
    return value is None or isinstance(value, str | int | float | bool)
