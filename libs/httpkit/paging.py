"""Pages of lists: the query parameters, the `pagination` object, and opaque cursors."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Self, TypeVar

import orjson
from fastapi import Depends, Query
from pydantic import ConfigDict, Field, JsonValue

from libs.httpkit.camel import Camel, CamelQuery
from libs.httpkit.errors import Loc, Unprocessable, Violation
from libs.httpkit.tokens import from_opaque, to_opaque

T = TypeVar("T")
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
    """A requested page: `page` counts from 1."""

    page: int
    limit: int

    @property
    def offset(self) -> int:
        """The number of items before this page."""
        return (self.page - 1) * self.limit


class Pagination(Camel):
    """The page's place in its list; `nextCursor` is null at the end, and where the list has none."""

    model_config = ConfigDict(json_schema_extra={"example": PAGINATION_EXAMPLE})

    page: int
    limit: int
    total: int
    total_pages: int
    has_next: bool
    has_prev: bool
    next_cursor: str | None = None

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
        """Return the pagination with its names on the wire."""
        dumped: dict[str, Scalar] = self.model_dump(by_alias=True)
        return dumped


class OptionalPageQuery(CamelQuery):
    """The query parameters of a list that is flat without `page`; of `limit` and `pageSize` the first counts."""

    page: int | None = Field(default=None, ge=1, le=MAX_PAGE, description="Page number, from 1.")
    limit: int | None = Field(default=None, ge=1, le=MAX_LIMIT, description=f"Items per page ({DEFAULT_LIMIT}).")
    page_size: int | None = Field(default=None, ge=1, le=MAX_LIMIT, description="Another name of `limit`.")

    def read(self) -> Page | None:
        """Return the page, if one is asked for."""
        return None if self.page is None else Page(self.page, self.limit or self.page_size or DEFAULT_LIMIT)


class PageQuery(OptionalPageQuery):
    """The query parameters of a list that always comes in pages."""

    page: int = Field(default=1, ge=1, le=MAX_PAGE, description="Page number, from 1.")


async def _page(query: Annotated[PageQuery, Query()]) -> Page | None:
    return query.read()


async def _optional_page(query: Annotated[OptionalPageQuery, Query()]) -> Page | None:
    return query.read()


PageOf = Annotated[Page, Depends(_page)]
"""The page that a request asks for, else the first; 422 when it is out of range."""
OptionalPageOf = Annotated[Page | None, Depends(_optional_page)]
"""The page that a request asks for, None when it asks for none."""


def page_and_last(found: Sequence[T], limit: int) -> tuple[Sequence[T], T | None]:
    """Return the first `limit` items of `found`, and the last of these when more follow."""
    page = found[:limit]
    return page, page[-1] if len(found) > limit else None


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


def cursor_after_id(kind: str, last: uuid.UUID) -> str:
    """Return the cursor of the page that follows an object in a list by ids."""
    return encode_cursor(kind, last.hex)


def id_of_cursor(kind: str, token: str | None) -> uuid.UUID | None:
    """Return the id that the page of a cursor follows, None for the first page; 422 for a text that is no cursor."""
    if token is None:
        return None
    match decode_cursor(kind, token):
        case (str(digits),):
            try:
                return uuid.UUID(digits)
            except ValueError:
                raise NoCursor from None
    raise NoCursor


def _is_scalar(value: object) -> bool:
    return value is None or isinstance(value, str | int | float | bool)
