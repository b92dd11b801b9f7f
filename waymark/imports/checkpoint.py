"""Keeps in the data directory how far an import is, so that it can be stopped and run again.

A checkpoint only saves time: ids are derived from the source, so losing it never makes a duplicate. It
belongs to one source, server and key, and is dropped when the server no longer knows the import's first record.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from waymark.client.asynchronous.driver import AsyncDriver
from waymark.connection import Connection
from waymark.imports.items import INTERACTIONS, Destination


@dataclass(slots=True)
class Checkpoint:
    """How far an import is: `place` in the source's own terms; the server is still the same if it has `first_id`."""

    path: Path
    place: dict[str, Any] = field(default_factory=dict)
    first_id: str | None = None

    def save(self) -> None:
        """Write the file, whole or not at all."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        temporary = self.path.with_suffix(".tmp")
        temporary.write_text(json.dumps({"place": self.place, "firstId": self.first_id}))
        temporary.replace(self.path)


async def load_checkpoint(
    data_dir: Path,
    connection: Connection,
    driver: AsyncDriver,
    *,
    kind: str,
    source: str,
    fresh: bool,
    to: Destination = INTERACTIONS,
) -> Checkpoint:
    """Read a source's checkpoint; an empty one when there is none, when `fresh`, or when the server is another.

    Raises ConnectionFailed.
    """
    text = "\n".join((kind, source, connection.url, hashlib.sha256(connection.api_key.encode()).hexdigest()))
    path = data_dir / "imports" / f"{hashlib.sha256(text.encode()).hexdigest()[:32]}.json"
    checkpoint = Checkpoint(path)
    if fresh or not path.exists():
        return checkpoint
    saved = json.loads(path.read_bytes())
    if not await _knows(driver, to, saved["firstId"]):
        return checkpoint
    checkpoint.place, checkpoint.first_id = saved["place"], saved["firstId"]
    return checkpoint


async def _knows(driver: AsyncDriver, to: Destination, record_id: str | None) -> bool:
    if record_id is None:
        return False
    answer = await driver.drive(driver.core.retries.once(to.read(record_id).request))
    return answer.status == 200
