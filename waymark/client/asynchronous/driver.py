"""Drives the steps of requests over httpx. Whatever is decided is decided in the steps: a driver sends and pauses."""

from __future__ import annotations

import os
from collections.abc import Generator
from types import TracebackType
from typing import Self, TypeVar

import httpx

from waymark.client.address import Address
from waymark.client.asynchronous.waiting import Sleep, sleep
from waymark.client.core import Core
from waymark.client.positions import After
from waymark.client.requests import ApiCall
from waymark.client.retries import ApiAnswer, Send, Step, StepResult
from waymark.client.transport import answer_of, build_request, pool_options

T = TypeVar("T")


class AsyncDriver:
    """A pool of connections, made by the first request; a forked child makes its own. Belongs to one event loop."""

    def __init__(self, core: Core, address: Address, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self.core = core
        self._address = address
        self._transport = transport
        self._http: httpx.AsyncClient | None = None
        self._pid = os.getpid()

    async def send(self, call: ApiCall[T], after: After | None = None) -> T:
        """Send a call, with retries, and return its result. A read shows the writes `after`."""
        return await self.drive(self.core.steps(call, after))

    async def drive(self, steps: Generator[Step, StepResult, T], pause: Sleep = sleep) -> T:
        """Run the steps to their end; returns or raises what they do."""
        result: StepResult = None
        while True:
            try:
                step = steps.send(result)
            except StopIteration as end:
                value: T = end.value
                return value
            if isinstance(step, Send):
                result = await self._try(step)
            else:
                await pause(step.seconds)
                result = None

    async def open(self, step: Send) -> httpx.Response | ApiAnswer | httpx.RequestError:
        """Send, and return the response, unread and open; an error's answer; or the reason why there is neither."""
        http = self._pool()
        try:
            response = await http.send(build_request(http, step), stream=True)
            if response.status_code < 400:
                return response
            await response.aread()
            return answer_of(response)
        except httpx.RequestError as error:
            return error

    async def close(self) -> None:
        """Close the connections."""
        if self._http is not None and self._pid == os.getpid():
            await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        await self.close()

    async def _try(self, step: Send) -> ApiAnswer | httpx.RequestError:
        http = self._pool()
        try:
            return answer_of(await http.send(build_request(http, step)))
        except httpx.RequestError as error:
            return error

    def _pool(self) -> httpx.AsyncClient:
        if self._http is None or self._pid != os.getpid():
            self._http = httpx.AsyncClient(**pool_options(self._address), transport=self._transport)
            self._pid = os.getpid()
        return self._http
