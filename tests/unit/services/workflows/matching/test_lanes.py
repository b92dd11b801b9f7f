"""Lanes hold up nobody else's work, and tenants without room catch up; progress waits for what was begun first."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from libs.eventlog.port import StoredRecord, TopicPartition
from services.workflows.matching.lanes import Lanes, Work, opened_lanes
from services.workflows.matching.progress import Progress
from tests.support.waiting import eventually

PLACE = TopicPartition("t", 0)


class Scene:
    """What was done, in its order; the tenant `slow` is held up until `go`."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.go = asyncio.Event()

    def work(self, name: str) -> Work:
        async def work() -> None:
            if name.startswith("slow"):
                await self.go.wait()
            self.done.append(name)

        return work

    async def catch_up(self, tenant_id: str) -> None:
        self.done.append(f"{tenant_id} caught up")

    async def becomes(self, *done: str) -> None:
        await eventually(lambda: self.done == list(done), interval_s=0)


async def test_a_tenant_waits_for_its_own_work_alone() -> None:
    scene = Scene()
    async with opened_lanes(scene.catch_up) as lanes:
        for name in ("slow 1", "quick 1", "slow 2", "quick 2"):
            assert lanes.put(name.split()[0], scene.work(name))
        await scene.becomes("quick 1", "quick 2")
        scene.go.set()
        await scene.becomes("quick 1", "quick 2", "slow 1", "slow 2")


async def test_who_finds_no_room_catches_up_once_the_lane_is_through() -> None:
    scene = Scene()
    async with asyncio.TaskGroup() as tasks:
        lanes = Lanes(tasks, scene.catch_up, max_bytes=10)
        assert lanes.put("slow", scene.work("slow 1"), 100)
        assert not lanes.put("slow", scene.work("slow 2"), 1)
        assert not lanes.put("slow", scene.work("slow 3"), 1)
        assert lanes.put("slow", scene.work("slow 4"))
        scene.go.set()
    assert scene.done == ["slow 1", "slow 4", "slow caught up"]


async def test_lanes_end_with_the_first_failure_and_leave_the_rest_when_closed() -> None:
    scene = Scene()

    async def fail() -> None:
        raise OSError("gone")

    async def run() -> None:
        async with opened_lanes(scene.catch_up) as lanes:
            lanes.put("slow", scene.work("slow 1"))
            lanes.put("other", fail)
            await scene.go.wait()

    with pytest.raises(OSError, match="gone"):
        await run()
    async with opened_lanes(scene.catch_up) as lanes:
        lanes.put("slow", scene.work("slow 1"))
    assert scene.done == []


def test_nothing_is_done_beyond_what_is_held() -> None:
    progress = Progress()
    progress.begin({PLACE: 3})
    releases: list[Callable[[], None]] = []
    for offset in (3, 4):
        releases.append(progress.hold())
        progress.passed([StoredRecord("t", 0, offset, "k", b"", (), 0)])
    assert (progress.read[PLACE], progress.done()[PLACE]) == (5, 3)
    releases[1]()
    assert progress.done()[PLACE] == 3
    releases[0]()
    assert progress.done()[PLACE] == 5
