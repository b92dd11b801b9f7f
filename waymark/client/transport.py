"""The parts of both drivers that do not wait: httpx's options, requests, and answers."""

from __future__ import annotations

from typing import TypedDict

import httpx

from waymark.client.address import Address
from waymark.client.retries import ApiAnswer, Send

_USER_AGENT = "waymark-python"


class PoolOptions(TypedDict):
    """The keyword arguments of either of httpx's clients."""

    base_url: str
    headers: dict[str, str]
    verify: bool


def pool_options(address: Address) -> PoolOptions:
    """Return the options of a pool whose requests go to the server with the key."""
    return {
        "base_url": address.url,
        "headers": {"x-api-key": address.api_key, "user-agent": _USER_AGENT},
        # Loading certificates takes most of a short process's time, and plain HTTP uses none: no redirect is followed.
        "verify": not address.url.startswith("http://"),
    }


def build_request(http: httpx.Client | httpx.AsyncClient, step: Send) -> httpx.Request:
    """Build the step's request, with its timeout."""
    request = step.request
    return http.build_request(
        request.method,
        request.path,
        params=request.params or None,
        headers=[(name.encode(), value) for name, value in request.headers],
        content=request.content,
        timeout=httpx.Timeout(step.timeout_s, connect=step.connect_timeout_s),
    )


def answer_of(response: httpx.Response) -> ApiAnswer:
    """Turn a response that was read into an answer."""
    return ApiAnswer(response.status_code, response.content, response.headers)
