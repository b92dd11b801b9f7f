"""Sessions that come back into an executor's memory from the read model."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from itertools import islice
from typing import Final

from libs.background.backoff import Backoff
from libs.eventlog.errors import ModelBehind
from libs.eventlog.port import TopicPartition
from libs.projections.failures import MAY_PASS, will_pass
from services.workflows.engine.partition import OwnedPartition
from services.workflows.engine.ports import LoadOpen

_FETCH_SESSIONS: Final = 200


class Fetching:
    """The sessions that are wanted; `partitions` are those that are held."""

    def __init__(
        self,
        sessions: LoadOpen,
        partitions: Mapping[TopicPartition, OwnedPartition],
        *,
        clock: Callable[[], int],
        backoff: Backoff,
    ) -> None:
        self._sessions = sessions
        self._partitions = partitions
        self._clock = clock
        self._backoff = backoff
        self._wanted: dict[tuple[TopicPartition, str], OwnedPartition] = {}
        self._wants = asyncio.Event()

    def __len__(self) -> int:
        return len(self._wanted)

    def want(self, partition: OwnedPartition, session_id: str) -> None:
        """Fetch a session; told by `OwnedPartition.fetched`."""
        self._wanted[partition.place, session_id] = partition
        self._wants.set()

    async def run(self) -> None:
        """Load the sessions that are wanted, once the read model has what it has to have of them."""
        backoff = self._backoff
        while True:
            await self._wants.wait()
            self._wants.clear()
            try:
                await self._fetch_wanted()
            except (*MAY_PASS, ModelBehind) as error:
                if not will_pass(error):
                    raise
            if self._wanted:
                await backoff.pause()
                self._wants.set()
            else:
                backoff.reset()

    async def _fetch_wanted(self) -> None:
        wanted = dict(islice(self._wanted.items(), _FETCH_SESSIONS))
        keys = [(one.away[id_].tenant_id, id_) for (_, id_), one in wanted.items() if id_ in one.away]
        opened = await self._sessions.load_some(keys)
        states = {(one.tenant_id, one.session_id): one for one in opened.states}
        now_ms = self._clock()
        for (place, session_id), partition in wanted.items():
            away = partition.away.get(session_id)
            as_of = opened.positions.get(place, 0)
            if self._partitions.get(place) is not partition or away is None:
                del self._wanted[place, session_id]
            elif as_of >= away.passed:
                del self._wanted[place, session_id]
                partition.fetched(session_id, states.get((away.tenant_id, session_id)), as_of, now_ms)
