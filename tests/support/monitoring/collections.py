"""Objects of monitoring over HTTP for tests, of whatever kind: made, shown and listed in one way."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from tests.support.callers import Callers


@dataclass(frozen=True, slots=True)
class Collection:
    """The objects under `url`; `plural` is what a list calls them."""

    url: str
    plural: str

    async def create(self, client: httpx.AsyncClient, body: Mapping[str, Any]) -> Any:
        """Create an object and return the data of the answer."""
        answer = await client.post(self.url, json=body)
        assert answer.status_code == 201, answer.text
        return answer.json()["data"]

    async def get(self, client: httpx.AsyncClient, key: str) -> dict[str, Any]:
        """Return the object whose id, or name, is `key`."""
        answer = await client.get(f"{self.url}/{key}")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()["data"]
        return found

    async def names(self, client: httpx.AsyncClient, **params: Any) -> tuple[list[str], int]:
        """Return the names on a page of the list, and the total."""
        answer = await client.get(self.url, params=params)
        assert answer.status_code == 200, answer.text
        data = answer.json()["data"]
        total = f"total{self.plural[0].upper()}{self.plural[1:]}"
        return [one["name"] for one in data[self.plural]], data[total]


async def assert_refused_by_their_fields(
    client: httpx.AsyncClient,
    made: Collection,
    key: str,
    body: Callable[..., Mapping[str, Any]],
    refused: Iterable[tuple[Mapping[str, Any], str]],
) -> None:
    """Neither a new object nor the one of `key` takes what is refused, each time by the name of the field."""
    for changes, field in refused:
        for answer in (
            await client.post(made.url, json=body(**changes)),
            await client.patch(f"{made.url}/{key}", json=changes),
        ):
            assert answer.status_code == 422, (changes, answer.text)
            assert answer.json()["error"]["cause"].startswith(f"{field}: "), answer.text


async def assert_viewers_read_and_editors_write(
    client: httpx.AsyncClient,
    callers: Callers,
    made: Collection,
    body: Mapping[str, Any],
    *,
    change: Mapping[str, Any],
    reads: Iterable[str] = (),
    writes: Iterable[tuple[str, str, Mapping[str, Any]]] = (),
) -> None:
    """Any credential may read; editors alone may write.

    `change` is the body of a PATCH; `reads` are the paths and `writes` methods, paths and bodies beneath an object.
    """
    client.headers.clear()
    viewer, editor = callers.key("viewer"), callers.key("editor")
    token = {"authorization": callers.user("viewer")["authorization"]}
    refused, created = [await client.post(made.url, json=body, headers=headers) for headers in (viewer, editor)]
    assert (refused.status_code, created.status_code) == (403, 201)
    url = f"{made.url}/{created.json()['data']['id']}"
    changing: list[tuple[str, str, Any]] = [*writes, ("PATCH", "", change), ("DELETE", "", None)]
    for headers, method, at, sent, status in (
        (viewer, "GET", made.url, None, 200),
        *((token, "GET", f"{url}{path}", None, 200) for path in ("", *reads)),
        *((token, method, f"{url}{path}", sent, 403) for method, path, sent in changing),
        ({}, "GET", url, None, 401),
        *(
            (editor, method, f"{url}{path}", sent, 204 if method == "DELETE" else 200)
            for method, path, sent in changing
        ),
    ):
        answer = await client.request(method, at, json=sent, headers=headers)
        assert answer.status_code == status, (method, at, answer.text)
