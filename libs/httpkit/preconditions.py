"""`ETag` and `If-Match`: a write that is meant for one version of an object, and refused for any other (RFC 9110).

The condition is judged in the transaction of the write, while the object is held.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import Depends, Header

from libs.httpkit.errors import PreconditionFailed
from libs.httpkit.raising import raises
from libs.httpkit.responses import Described

_DOCUMENT: Final = {"ETag": {"description": "The version's entity tag.", "schema": {"type": "string"}}}
_TAG = re.compile(r'((?:W/)?"[^"]*")\s*(?:,|$)')


@dataclass(frozen=True, slots=True)
class IfMatch:
    """The entity tags that a request names; None when it takes any version."""

    tags: frozenset[str] | None = None

    def require(self, version: int) -> None:
        """Raise PreconditionFailed (412) unless the request takes the version. Weak tags match none."""
        if self.tags is not None and etag(version) not in self.tags:
            raise PreconditionFailed(f"the present version is {etag(version)}", headers={"ETag": etag(version)})


ANY_VERSION = IfMatch()


def etag(version: int) -> str:
    """Return the entity tag of an object's version."""
    return f'"{version}"'


def tagged(answers: Described, status: int = 200) -> Described:
    """Return the descriptions of a route's answers; that of `status` has an entity tag."""
    return answers | {status: {**answers[status], "headers": _DOCUMENT}}


def parse_if_match(header: str | None) -> IfMatch:
    """Return the condition of an `If-Match` header; a text that holds no entity tag matches no version."""
    if header is None or header.strip() == "*":
        return ANY_VERSION
    return IfMatch(frozenset(_TAG.findall(header)))


@raises(PreconditionFailed)
async def _read(
    header: Annotated[
        str | None, Header(alias="If-Match", description="Write only if the object has one of these entity tags.")
    ] = None,
) -> IfMatch:
    return parse_if_match(header)


IfMatchOf = Annotated[IfMatch, Depends(_read)]
