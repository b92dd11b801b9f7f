"""How far an import has come, kept in the data directory so that it can be stopped and run again.

A checkpoint is only a short cut: ids are derived from the source, so losing it costs time and never a duplicate. It
belongs to one source, server and key, and is dropped when the server no longer knows the import's first record.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from waymark.connection import Connection
from waymark.imports.batches import INTERACTIONS


@dataclass(slots=True)
class Checkpoint:
    """`place` says where to go on in the source's own terms; `first_id` proves that the server is the same one."""

    path: Path
    place: dict[str, Any] = field(default_factory=dict)
    first_id: str | None = None

    def save(self) -> None:
        """Write it whole or not at all."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        temporary = self.path.with_suffix(".tmp")
        temporary.write_text(json.dumps({"place": self.place, "firstId": self.first_id}))
        temporary.replace(self.path)


async def load_checkpoint(
    data_dir: Path,
    connection: Connection,
    client: httpx.AsyncClient,
    *,
    kind: str,
    source: str,
    fresh: bool,
    one: str = INTERACTIONS.one,
) -> Checkpoint:
    """The checkpoint of a source; an empty one when there is none, when `fresh`, or when the server is another.

    `one` is the path below which a record is read by its id.
    """
    text = "\n".join((kind, source, connection.url, hashlib.sha256(connection.api_key.encode()).hexdigest()))
    path = data_dir / "imports" / f"{hashlib.sha256(text.encode()).hexdigest()[:32]}.json"
    checkpoint = Checkpoint(path)
    if fresh or not path.exists():
        return checkpoint
    saved = json.loads(path.read_bytes())
    if not await _knows(client, one, saved["firstId"]):
        return checkpoint
    checkpoint.place, checkpoint.first_id = saved["place"], saved["firstId"]
    return checkpoint


async def _knows(client: httpx.AsyncClient, one: str, record_id: str | None) -> bool:
    if record_id is None:
        return False
    response = await client.get(one + record_id)
    return response.status_code == httpx.codes.OK
