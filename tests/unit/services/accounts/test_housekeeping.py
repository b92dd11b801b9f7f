"""Housekeeping waits while the database is away."""

from __future__ import annotations

from unittest.mock import AsyncMock, create_autospec

import pytest

from libs.pg.errors import DatabaseUnavailable
from services.accounts import housekeeping
from services.accounts.attempts import Attempts
from services.accounts.housekeeping import Housekeeping, KeyUseWriter
from services.accounts.sessions import Sessions
from services.accounts.signing import Signing
from tests.support.waiting import eventually


async def test_it_goes_on_when_the_database_is_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(housekeeping, "USES_INTERVAL_S", 0.0)
    monkeypatch.setattr(housekeeping, "ROUNDS_TO_TIDY", 1)
    signing, sessions, attempts, uses = (create_autospec(each) for each in (Signing, Sessions, Attempts, KeyUseWriter))
    uses.write = AsyncMock(side_effect=[DatabaseUnavailable("away"), DatabaseUnavailable("away"), *[None] * 100_000])
    keeping = Housekeeping(signing=signing, sessions=sessions, attempts=attempts, uses=uses)

    await keeping.start()
    await eventually(lambda: sessions.purge.await_count > 0)
    assert await keeping.check() is None
    await keeping.stop()
