"""`Idempotency-Key` as requests carry it: its form, what a repeat must have in common, and what refuses one."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from types import MappingProxyType

from libs.contracts.texts import is_printable
from libs.httpkit.errors import Conflict, Loc, Unprocessable, Violation

HEADER = "Idempotency-Key"
_LOC: Loc = ("header", HEADER)
MAX_KEY_LENGTH = 255
_QUOTED = re.compile(r'"((?:[^"\\]|\\["\\])*)"')
_ESCAPED = re.compile(r"\\(.)")


class KeyInFlight(Conflict):
    """a request with this Idempotency-Key is being worked on"""

    code = "idempotency_in_flight"


class KeyReused(Unprocessable):
    """the key was used with another request"""

    def __init__(self) -> None:
        super().__init__(Violation(_LOC, "the key was used with another request", "idempotency_key_reused"))


def parse_key(header: str | None) -> str | None:
    """Return the key of a request, if it has one: 1 to 255 printable characters, else 422.

    A text in quotes, as the header's draft standard writes it (a string of RFC 8941), is the key without them.
    """
    if header is None:
        return None
    quoted = _QUOTED.fullmatch(header)
    key = header if quoted is None else _ESCAPED.sub(r"\1", quoted[1])
    if not key or len(key) > MAX_KEY_LENGTH or not is_printable(key):
        raise Unprocessable(Violation(_LOC, "1 to 255 printable characters are expected", "idempotency_key"))
    return key


def hash_request(
    method: str, path: str, body: bytes, headers: Mapping[str, str | None] = MappingProxyType({})
) -> bytes:
    """Return what must be equal for two requests to count as the same one.

    `headers`: those whose values become part of what is created, None where absent; never those that a client's
    tracing or transport changes from one attempt to the next.
    """
    lines = (f"{name}: {value}".encode() for name, value in headers.items() if value is not None)
    return hashlib.sha256(b"\n".join((method.encode(), path.encode(), *lines, body))).digest()
