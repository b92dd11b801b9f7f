"""The read model of sessions, empty."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.support.workflows.sessions import SessionsWorld, opened_world


@pytest.fixture
async def world(service_url: str) -> AsyncIterator[SessionsWorld]:
    """Sessions without any."""
    async with opened_world(service_url) as opened:
        yield opened
