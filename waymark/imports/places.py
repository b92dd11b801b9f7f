"""Places where an import goes on: a place moves when a batch is through, and not past what the server rejected."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from waymark.imports.items import ImportItem

_SEEN_BYTES = 64 * 1024


class BatchDone(NamedTuple):
    """A batch that is through: the place after its last item, and the items of it that the server rejected."""

    resume: object
    rejected: Sequence[ImportItem]


class BeforeFirstRejected:
    """A place that stops at the first item that was rejected: it and all after it are sent again by the next import."""

    def __init__(self, place: Mapping[str, Any]) -> None:
        self.place = dict(place)
        self.is_open = False

    def take(self, batch: BatchDone) -> None:
        """Move to the end of a batch, or to the first item of it that was rejected, and then no further."""
        if self.is_open:
            return
        self.is_open = bool(batch.rejected)
        place = batch.rejected[0].again if batch.rejected else batch.resume
        assert isinstance(place, Mapping)
        self.place |= place


def seen(path: Path, offset: int) -> str:
    """Return a digest of the last 64 KiB before byte `offset`, by which a file is known to be the same up to there."""
    start = max(0, offset - _SEEN_BYTES)
    with path.open("rb") as file:
        file.seek(start)
        return hashlib.sha256(file.read(offset - start)).hexdigest()
