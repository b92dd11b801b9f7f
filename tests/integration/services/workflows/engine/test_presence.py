"""The row of an executor: what waits there, for as long as it tells."""

from __future__ import annotations

from datetime import UTC, datetime

from libs.pg.database import Database
from services.workflows.engine.presence import Load, Presence, WaitingStarts


async def test_executors_tell_what_waits_and_are_forgotten_when_they_are_gone(projector_db: Database) -> None:
    async def rows() -> dict[str, tuple[int, datetime | None]]:
        found = await projector_db.fetch("SELECT member, waiting, oldest_waiting_at FROM executors")
        return {row["member"]: (row["waiting"], row["oldest_waiting_at"]) for row in found}

    one = Presence(projector_db, "one", lambda: Load(WaitingStarts(3, 1_500)))
    two = Presence(projector_db, "two", lambda: Load(WaitingStarts(0, None)))
    await one.tell()
    await two.tell()
    assert await rows() == {"one": (3, datetime(1970, 1, 1, 0, 0, 1, 500_000, UTC)), "two": (0, None)}
    await projector_db.fetch("UPDATE executors SET told_at = now() - interval '2 minutes'")
    await two.tell()
    assert await rows() == {"two": (0, None)}
    await one.tell()
    assert set(await rows()) == {"one", "two"}
