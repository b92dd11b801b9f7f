"""The two ways to wait: drives the steps of a request over httpx, blocking or on the event loop.

Everything that decides anything is in the steps; a driver only sends, pauses, and reports.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Awaitable, Callable, Generator
from typing import TypeVar

import httpx

from waymark.client.address import Address
from waymark.client.retries import Answer, Send, Step, Told

T = TypeVar("T")
_CONNECT_TIMEOUT_S = 5.0
_USER_AGENT = "waymark-python"


class BlockingDriver:
    """Sends over one pool of connections that threads share; a forked child opens its own."""

    def __init__(self, address: Address, transport: httpx.BaseTransport | None = None) -> None:
        self._address = address
        self._transport = transport
        self._http: httpx.Client | None = None
        self._pid = os.getpid()

    def drive(self, steps: Generator[Step, Told, T], pause: Callable[[float], None] = time.sleep) -> T:
        """Run the steps to their end; returns or raises what they do."""
        told: Told = None
        while True:
            try:
                step = steps.send(told)
            except StopIteration as done:
                result: T = done.value
                return result
            if isinstance(step, Send):
                told = self._send(step)
            else:
                pause(step.seconds)
                told = None

    def open(self, step: Send) -> httpx.Response | Answer | httpx.RequestError:
        """The response, still to be read and closed; an error's answer, or why there is none."""
        http = self._client()
        try:
            response = http.send(_request(http, step), stream=True)
            if response.status_code < 400:
                return response
            response.read()
            return _answer(response)
        except httpx.RequestError as error:
            return error

    def close(self) -> None:
        """Close the connections."""
        if self._http is not None and self._pid == os.getpid():
            self._http.close()

    def _send(self, step: Send) -> Answer | httpx.RequestError:
        http = self._client()
        try:
            return _answer(http.send(_request(http, step)))
        except httpx.RequestError as error:
            return error

    def _client(self) -> httpx.Client:
        if self._http is None or self._pid != os.getpid():
            self._http = httpx.Client(
                base_url=self._address.url,
                headers=_headers(self._address),
                verify=_needs_certificates(self._address),
                transport=self._transport,
            )
            self._pid = os.getpid()
        return self._http


class AsyncDriver:
    """Sends over one pool of connections of one event loop."""

    def __init__(self, address: Address, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._http = httpx.AsyncClient(
            base_url=address.url,
            headers=_headers(address),
            verify=_needs_certificates(address),
            transport=transport,
        )

    async def drive(
        self, steps: Generator[Step, Told, T], pause: Callable[[float], Awaitable[None]] = asyncio.sleep
    ) -> T:
        """Run the steps to their end; returns or raises what they do."""
        told: Told = None
        while True:
            try:
                step = steps.send(told)
            except StopIteration as done:
                result: T = done.value
                return result
            if isinstance(step, Send):
                told = await self._send(step)
            else:
                await pause(step.seconds)
                told = None

    async def open(self, step: Send) -> httpx.Response | Answer | httpx.RequestError:
        """The response, still to be read and closed; an error's answer, or why there is none."""
        try:
            response = await self._http.send(_request(self._http, step), stream=True)
            if response.status_code < 400:
                return response
            await response.aread()
            return _answer(response)
        except httpx.RequestError as error:
            return error

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def _send(self, step: Send) -> Answer | httpx.RequestError:
        try:
            return _answer(await self._http.send(_request(self._http, step)))
        except httpx.RequestError as error:
            return error


def _headers(address: Address) -> dict[str, str]:
    return {"x-api-key": address.api_key, "user-agent": _USER_AGENT}


def _needs_certificates(address: Address) -> bool:
    """Loading them takes most of a short process's time; plain HTTP has no use for them. No redirect is followed."""
    return not address.url.startswith("http://")


def _request(http: httpx.Client | httpx.AsyncClient, step: Send) -> httpx.Request:
    request = step.request
    return http.build_request(
        request.method,
        request.path,
        params=request.params or None,
        headers=[(name.encode(), value) for name, value in request.headers],
        content=request.content,
        timeout=httpx.Timeout(step.timeout_s, connect=min(_CONNECT_TIMEOUT_S, step.timeout_s)),
    )


def _answer(response: httpx.Response) -> Answer:
    return Answer(response.status_code, response.content, response.headers)
