"""The files of the console's build, read in threads as they are asked for: a new build is served without a restart.

Files of `assets/` have a hash in their name; beside each that shrinks lie `.br` and `.gz`, made by the build.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

PLACEHOLDER: Final = b"__WAYMARK_NONCE__"
"""Stands in the built page wherever a nonce belongs (`html.cspNonce` of Vite)."""
_PLAIN_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]{0,199}", re.ASCII)
_SUFFIXES: Final = {"br": ".br", "gzip": ".gz"}
CODINGS: Final = tuple(_SUFFIXES)
"""The codings that files may be stored in, the smallest first."""
_TYPES: Final = {
    ".css": "text/css",
    ".ico": "image/x-icon",
    ".js": "text/javascript",
    ".json": "application/json",
    ".map": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
}


class Asset(NamedTuple):
    """A file's bytes as stored in `coding`, and its type; `coding` is None for the file itself."""

    content: bytes
    media_type: str
    coding: str | None


class Build:
    """The build in a directory, or its absence."""

    def __init__(self, directory: Path) -> None:
        self._page = directory / "index.html"
        self._assets = directory / "assets"

    async def page(self, nonce: str) -> bytes | None:
        """Return the page with this nonce; None where nothing is built."""
        page = await asyncio.to_thread(_read, self._page)
        return None if page is None else page.replace(PLACEHOLDER, nonce.encode("ascii"))

    async def asset(self, name: str, codings: Sequence[str]) -> Asset | None:
        """Return the file of that name in the first of the `codings` it is stored in; None for any other name."""
        media_type = _TYPES.get(Path(name).suffix)
        if media_type is None or not _PLAIN_NAME.fullmatch(name):
            return None
        return await asyncio.to_thread(_stored, self._assets / name, media_type, codings)


def _stored(path: Path, media_type: str, codings: Sequence[str]) -> Asset | None:
    for coding in codings:
        content = _read(path.with_name(path.name + _SUFFIXES[coding]))
        if content is not None:
            return Asset(content, media_type, coding)
    content = _read(path)
    return None if content is None else Asset(content, media_type, None)


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except (FileNotFoundError, IsADirectoryError):
        return None
