"""Content types as RFC 9110 writes them: case does not matter, parameters may follow, their values may be quoted."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from libs.httpkit.errors import UnsupportedMediaType

_WORD: Final = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_PARAMETER = re.compile(rf'[ \t]*;[ \t]*(?:({_WORD})=(?:({_WORD})|"((?:[^"\\]|\\.)*)"))?')
_QUOTED_PAIR = re.compile(r"\\(.)")
_UTF_8: Final = frozenset(("utf-8", "utf8", "us-ascii"))


def essence_of(content_type: str | None) -> str:
    """Return type and subtype in lower case, without parameters; empty when there is no content type."""
    return (content_type or "").partition(";")[0].strip().lower()


@lru_cache(maxsize=64)
def charset_of(content_type: str) -> str | None:
    """Return the charset in lower case; None when the content type names none."""
    at = len(content_type.partition(";")[0])
    while (match := _PARAMETER.match(content_type, at)) is not None:
        name, token, quoted = match.groups()
        if name is not None and name.lower() == "charset":
            return (token or _QUOTED_PAIR.sub(r"\1", quoted or "")).lower()
        at = match.end()
    return None


def require_utf_8(content_type: str | None) -> None:
    """Raise 415 for a content type that names another charset."""
    charset = None if content_type is None else charset_of(content_type)
    if charset is not None and charset not in _UTF_8:
        raise UnsupportedMediaType("JSON must be in UTF-8")


def require_json(content_type: str | None) -> None:
    """Raise 415 unless the content type is JSON in UTF-8, or absent."""
    if not content_type or content_type == "application/json":
        return
    essence = essence_of(content_type)
    if not (essence == "application/json" or (essence.startswith("application/") and essence.endswith("+json"))):
        raise UnsupportedMediaType(f"the body must be application/json, not {essence}")
    require_utf_8(content_type)
