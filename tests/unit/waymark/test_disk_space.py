"""Below the reserve nothing is recorded and reads go on; a machine that cannot start says why on its address."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from pathlib import Path
from threading import Thread

import httpx
import pytest
from starlette.types import Receive, Scope, Send

from tests.support.waiting import eventually
from waymark import waiting_room
from waymark.disk_space import START_NEEDS_MIB, DiskSpace, WritesNeedSpace
from waymark.waiting_room import wait_for_room

RESERVE_MIB = 512


class Disk:
    """So many MiB are free."""

    def __init__(self, free_mib: int) -> None:
        self.free_mib = free_mib
        self.looks = 0

    def __call__(self, _: Path) -> int:
        self.looks += 1
        if self.free_mib < 0:
            raise OSError("gone")
        return self.free_mib


@pytest.fixture
def disk() -> Disk:
    return Disk(RESERVE_MIB)


@pytest.fixture
async def space(disk: Disk, tmp_path: Path) -> AsyncIterator[DiskSpace]:
    space = DiskSpace(tmp_path, RESERVE_MIB, disk)
    await space.start()
    yield space
    await space.stop()


async def answers_ok(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b""})


async def test_writes_need_space_and_reads_do_not(space: DiskSpace, disk: Disk) -> None:
    app = WritesNeedSpace(answers_ok, space)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://waymark") as client:
        assert (await client.post("/api/events")).status_code == 200
        disk.free_mib = RESERVE_MIB - 1
        await eventually(lambda: space.shortage is not None)
        for method in ("POST", "PUT", "PATCH", "DELETE"):
            refused = await client.request(method, "/api/events")
            assert refused.status_code == 503
            assert refused.headers["retry-after"] == "10"
            assert "511 MiB are free, 512 MiB are kept back" in refused.json()["detail"]
        assert (await client.get("/api/events")).status_code == 200
        disk.free_mib = RESERVE_MIB
        await eventually(lambda: space.shortage is None)
        assert (await client.post("/api/events")).status_code == 200


async def test_readiness_names_the_shortage(space: DiskSpace, disk: Disk) -> None:
    assert await space.check() is None
    disk.free_mib = 3
    await eventually(lambda: space.shortage is not None)
    assert await space.check() == "the disk is nearly full: 3 MiB are free, 512 MiB are kept back"


async def test_a_disk_that_cannot_be_looked_at_ends_nothing(disk: Disk, tmp_path: Path) -> None:
    disk.free_mib = -1
    space = DiskSpace(tmp_path, RESERVE_MIB, disk)
    await space.start()
    await eventually(lambda: disk.looks)
    disk.free_mib = 3
    await eventually(lambda: space.shortage is not None)
    await space.stop()


async def test_the_waiting_room_answers_until_there_is_room(
    disk: Disk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waiting_room, "free_mib", disk)
    monkeypatch.setattr(waiting_room, "_INTERVAL_S", 0.05)
    disk.free_mib = START_NEEDS_MIB - 1
    with socket.create_server(("127.0.0.1", 0)) as listener:
        waiting = Thread(target=wait_for_room, args=(listener, tmp_path))
        waiting.start()
        try:
            url = f"http://127.0.0.1:{listener.getsockname()[1]}"
            async with httpx.AsyncClient(base_url=url, timeout=5.0) as client:
                ready = await client.get("/readyz")
                assert (ready.status_code, list(ready.json()["failing"])) == (503, ["disk"])
                posted = await client.post("/api/interactions", json={})
                assert posted.status_code == 503
                assert f"the disk of {tmp_path} is full" in posted.json()["detail"]
        finally:
            disk.free_mib = START_NEEDS_MIB
            waiting.join(10.0)
        assert not waiting.is_alive()
        assert listener.fileno() != -1
