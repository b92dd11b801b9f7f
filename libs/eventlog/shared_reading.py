"""Fetches a partition once for all subscriptions of a process that stand at about the same place.

The newest stretch of each partition is kept until every reader near it has taken it, or until all stretches together
are too large. A reader takes from the stretches and fetches at their end for all, unless it stands before the start of
one: then it reads by itself until it is level again. So a slow reader holds nobody up for long, and one that stops or
moves changes nothing for the others: positions are each reader's own. Working off a backlog, the fastest waits a little
for those close behind it: apart from each other they would all read and decode everything for themselves.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import time
from collections.abc import Awaitable, Callable, Collection, Mapping

from libs.eventlog.fetching import Fetched, Fetcher, advance
from libs.eventlog.port import Positions, StoredRecord, TopicPartition
from libs.eventlog.stretch import Stretch

KEPT_BYTES = 16 * 1024 * 1024
_LOOK_RECORDS = 5_000
# How much may lie before the foremost reader of all partitions until nothing more is fetched for it.
_AHEAD_BYTES = 4 * 1024 * 1024
# How many offsets may lie between readers of a partition that share its stretch.
_REACH = 2_000
# Nothing is fetched for a foremost reader, since it took something so long ago at most, while another of its partitions
# is so many records behind it.
_CLOSE_RECORDS = range(2_500, 25_000)
_PATIENCE_S = 2.0
_PAUSE_S = 0.1
# A reader that took nothing for so long is waited for by nobody.
_MOVING_S = 3.0

_Places = dict[TopicPartition, list[int]]


class SharedReading:
    """The stretches of one process, and the fetcher that moves them on."""

    def __init__(self, open_fetcher: Callable[[], Fetcher], *, kept_bytes: int = KEPT_BYTES) -> None:
        self._open_fetcher = open_fetcher
        self._fetcher = open_fetcher()
        self._kept_bytes = kept_bytes
        self._readers: set[SharedReader] = set()
        self._look: _Look | None = None
        self._moved = asyncio.Event()
        self.stretches: dict[TopicPartition, Stretch] = {}

    def reader(self) -> SharedReader:
        """Return a further reader, without positions so far."""
        return SharedReader(self, self._open_fetcher())

    def register(self, reader: SharedReader) -> None:
        """Take a reader that has positions into account, and forget one that has none."""
        if reader.positions:
            self._readers.add(reader)
        else:
            self._readers.discard(reader)

    async def look(self, timeout_s: float) -> bool:
        """Fetch what follows the stretches; return False when that fetch had begun before this call.

        Raises LogUnavailable.
        """
        if self._look is None or self._look.task.done():
            self._look = _Look(self._fetch, timeout_s)
        look = self._look
        is_fresh = not look.has_begun
        await asyncio.shield(look.task)
        return is_fresh

    def expect_records(self) -> None:
        """Note that something was appended: no look that has begun answers for it."""
        self._fetcher.expect_records()

    def is_level(self, positions: Positions, for_s: float) -> bool:
        """Return whether there was nothing beyond these positions at the last look, `for_s` ago at most, nor since."""
        return self._fetcher.is_level(positions, for_s)

    def note_move(self) -> None:
        """Wake who waits for a reader to move."""
        self._moved.set()

    async def rest(self) -> None:
        """Give everything up when nobody reads."""
        if not self._readers:
            self.stretches.clear()
            await self._fetcher.close()

    async def _fetch(self, timeout_s: float) -> None:
        level = self._level()
        self._follow(level)
        wanted = self._wanted(level)
        held = self._held()
        free = {place: at for place, at in wanted.items() if place not in held}
        if not free:
            if held:
                await self._wait_for_move()
            return
        fetched = await self._fetcher.fetch(free, timeout_s=timeout_s, max_records=_LOOK_RECORDS)
        for place, found in fetched.items():
            if place in self.stretches:
                self.stretches[place].add(found)
        self._evict()

    def _held(self) -> set[TopicPartition]:
        """Return the partitions whose foremost reader waits for one that moves and is about a batch behind."""
        fronts = {place: max(positions) for place, positions in _by_place(self._readers).items()}
        held = set()
        for reader in self._readers:
            if reader.took_within(_MOVING_S) and reader.lag_behind(fronts) in _CLOSE_RECORDS:
                held |= {place for place, at in reader.positions.items() if at < fronts[place]}
        patient = {
            place
            for reader in self._readers
            if reader.took_within(_PATIENCE_S)
            for place, at in reader.positions.items()
            if at == fronts[place]
        }
        return held & patient

    async def _wait_for_move(self) -> None:
        self._moved.clear()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_PAUSE_S):
                await self._moved.wait()

    def _level(self) -> _Places:
        """Return the positions of the readers that are not behind."""
        return _by_place([reader for reader in self._readers if not reader.is_behind])

    def _follow(self, level: _Places) -> None:
        """Keep one stretch for each partition with level readers, without what every reader near it has taken.

        Where the foremost reader is far beyond the stretch, begin another.
        """
        everyone = _by_place(self._readers)
        for place in self.stretches.keys() - level.keys():
            del self.stretches[place]
        for place, positions in level.items():
            stretch, front = self.stretches.get(place), max(positions)
            if stretch is None or front > stretch.end + _REACH:
                self.stretches[place] = Stretch(min(at for at in positions if at >= front - _REACH))
            else:
                stretch.drop_before(min(stretch.end, *(at for at in everyone[place] if at >= stretch.start - _REACH)))

    def _wanted(self, level: _Places) -> dict[TopicPartition, int]:
        """Return where to go on, without the partitions whose foremost reader has enough before it."""
        enough = _AHEAD_BYTES / max(1, len(level))
        ends = {place: self.stretches[place].end for place in level}
        return {
            place: end for place, end in ends.items() if self.stretches[place].bytes_after(max(level[place])) < enough
        }

    def _evict(self) -> None:
        """Forget, while the stretches are too large, the older half of what the foremost reader of one has taken."""
        while sum(stretch.size_bytes for stretch in self.stretches.values()) > self._kept_bytes:
            fronts = {place: max(positions) for place, positions in self._level().items()}
            taken = {place: stretch.count_before(fronts.get(place, 0)) for place, stretch in self.stretches.items()}
            place = max(taken, key=lambda place: taken[place])
            if not taken[place]:
                return
            self.stretches[place].drop(math.ceil(taken[place] / 2))


class SharedReader:
    """Reads from positions of its own. One caller at a time."""

    def __init__(self, shared: SharedReading, own: Fetcher) -> None:
        self._shared = shared
        self._own = own
        self._is_alone = False
        self._moved_at = -math.inf
        self.positions: dict[TopicPartition, int] = {}

    @property
    def is_behind(self) -> bool:
        """Whether some of what it has not read is not kept any more."""
        stretches = self._shared.stretches
        return any(place in stretches and at < stretches[place].start for place, at in self.positions.items())

    def took_within(self, seconds: float) -> bool:
        """Return whether it took something, or began to read, so many seconds ago at most."""
        return time.monotonic() - self._moved_at < seconds

    def lag_behind(self, fronts: Mapping[TopicPartition, int]) -> int:
        """Return how many offsets lie between its positions and these."""
        return sum(fronts[place] - at for place, at in self.positions.items())

    def seek(self, positions: Positions) -> None:
        """Read exactly these partitions from here on."""
        self.positions = dict(positions)
        self._shared.register(self)
        self._note_move()

    def expect_records(self) -> None:
        """Look at the next take, whatever an earlier look has found."""
        self._shared.expect_records()

    async def take(self, *, timeout_s: float, max_records: int, level_for_s: float = 0.0) -> list[StoredRecord]:
        """Return the records that follow; none when there are none now or, of a log that can wait, within `timeout_s`.

        A look that found nothing more answers for `level_for_s`, unless records are expected since. Raises
        LogUnavailable; positions have not moved then.
        """
        while self.positions and not self.is_behind:
            await self._rejoin()
            if records := self._take_kept(max_records):
                self._note_move()
                return records
            if self._shared.is_level(self.positions, level_for_s) or not await self._look(timeout_s):
                return []
        return await self._take_alone(timeout_s, max_records) if self.positions else []

    async def stop(self) -> None:
        """Give up what it holds; idempotent."""
        self.seek({})
        await self._own.close()
        await self._shared.rest()

    async def _look(self, timeout_s: float) -> bool:
        """Look, and return False when a look that began after this call moved none of this reader's stretches.

        A reader beyond its stretches, as one that has read by itself may be, looks until they have come to it.
        """
        reached = self._reached()
        is_fresh = await self._shared.look(timeout_s)
        return not is_fresh or self._reached() != reached or self.is_behind

    async def _take_alone(self, timeout_s: float, max_records: int) -> list[StoredRecord]:
        self._is_alone = True
        positions = self.positions
        fetched = await self._own.fetch(positions, timeout_s=timeout_s, max_records=max_records)
        self._note_move()
        return advance(positions, fetched) if self.positions is positions else []

    def _note_move(self) -> None:
        self._moved_at = time.monotonic()
        self._shared.note_move()

    async def _rejoin(self) -> None:
        if self._is_alone:
            self._is_alone = False
            await self._own.close()

    def _take_kept(self, max_records: int) -> list[StoredRecord]:
        """Take what the stretches have, shared evenly among the partitions that have something."""
        found: dict[TopicPartition, Fetched] = {}
        places = [place for place, at in self.positions.items() if self._is_kept(place, at)]
        left = max_records
        for index, place in enumerate(places):
            if not left:
                break
            share = math.ceil(left / (len(places) - index))
            found[place] = self._shared.stretches[place].after(self.positions[place], share)
            left -= len(found[place].records)
        return advance(self.positions, found)

    def _is_kept(self, place: TopicPartition, at: int) -> bool:
        stretch = self._shared.stretches.get(place)
        return stretch is not None and stretch.start <= at < stretch.end

    def _reached(self) -> int:
        stretches = self._shared.stretches
        return sum(stretches[place].end for place in self.positions if place in stretches)


class _Look:
    """One fetch for all in a task of its own, since any of those who wait for it may be cancelled."""

    def __init__(self, fetch: Callable[[float], Awaitable[None]], timeout_s: float) -> None:
        self.has_begun = False
        self.task = asyncio.create_task(self._run(fetch, timeout_s), name="shared reading")
        self.task.add_done_callback(lambda task: task.cancelled() or task.exception())

    async def _run(self, fetch: Callable[[float], Awaitable[None]], timeout_s: float) -> None:
        self.has_begun = True
        await fetch(timeout_s)


def _by_place(readers: Collection[SharedReader]) -> _Places:
    """Return the readers' positions by partition."""
    found: _Places = {}
    for reader in readers:
        for place, at in reader.positions.items():
            found.setdefault(place, []).append(at)
    return found
