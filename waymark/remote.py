"""A process of Waymark's that answers over HTTP, as the front asks it."""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Mapping
from types import TracebackType
from typing import Self

from libs.lazy import without

with without("rich"):  # for the command line that httpx has
    import httpx

_TIMEOUT_S = 4.0


WORKERS = "WAYMARK_WORKERS"
"""The variable that tells a process where the processes with consumers and jobs answer: `<name>=<url>` and blanks."""


def workers_of(environment: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield names and addresses of the processes that run consumers and jobs."""
    for entry in environment[WORKERS].split():
        name, _, url = entry.partition("=")
        yield name, url


def workers_text(urls: Mapping[str, str]) -> str:
    """Return the variable's value."""
    return " ".join(f"{name}={url}" for name, url in urls.items())


class NoAnswer(Exception):
    """The process at an address does not answer; the message is for operators."""


class Remote:
    """Asks the process at `url`; an asynchronous context manager, whose connections live as long as it."""

    def __init__(self, url: str) -> None:
        # Plain HTTP: a context without certificates keeps httpx from reading every authority the machine trusts.
        no_certificates = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self._client = httpx.AsyncClient(base_url=url, timeout=_TIMEOUT_S, verify=no_certificates)

    async def __aenter__(self) -> Self:
        await self._client.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._client.__aexit__(kind, error, traceback)

    async def get(self, path: str) -> tuple[int, bytes]:
        """Return status and body of a GET. Raises NoAnswer."""
        try:
            response = await self._client.get(path)
        except httpx.HTTPError as error:
            raise NoAnswer(f"it does not answer: {type(error).__name__}") from None
        return response.status_code, response.content
