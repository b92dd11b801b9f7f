"""Which calls an integration's credentials go along with."""

from __future__ import annotations

import pytest

from services.workflows.integrations.http_auth import absolute_url, added_headers, is_under
from services.workflows.task_types.model import Connected

BASE = "https://api.example/v1"


def account(**secrets: str) -> Connected:
    return Connected(name="a", type="http", settings={"baseUrl": BASE, "headers": {"X-Shop": "7"}}, secrets=secrets)


@pytest.mark.parametrize(
    "url", [BASE, f"{BASE}/", f"{BASE}?a=b", f"{BASE}/orders/1", f"{BASE}/a/../b", "https://API.example:443/v1/x"]
)
def test_what_lies_under_the_base(url: str) -> None:
    assert is_under(BASE, url)


@pytest.mark.parametrize(
    "url",
    [
        "https://api.example/",
        "https://api.example/v10",
        "https://api.example/v1/../admin",
        "https://api.example/v1/%2e%2e/admin",
        "https://api.example/v1/%252e%252e/admin",
        "https://api.example/v1/..%5cadmin",
        "http://api.example/v1/x",
        "https://api.example:8443/v1/x",
        "https://api.example.evil.example/v1/x",
        "https://evil.example/v1/x",
        "https://evil.example/https://api.example/v1",
        "ftp://api.example/v1",
        "not a url",
    ],
)
def test_what_does_not_gets_nothing(url: str) -> None:
    assert not is_under(BASE, url)
    assert added_headers(account(TOKEN="t"), url) == {}


def test_credentials_become_headers() -> None:
    assert added_headers(account(TOKEN="t"), BASE) == {"authorization": "Bearer t", "x-shop": "7"}
    assert added_headers(account(USERNAME="u", PASSWORD="p"), BASE)["authorization"] == "Basic dTpw"
    assert added_headers(account(HEADERS='{"X-Key":"k"}'), BASE) == {"x-key": "k", "x-shop": "7"}
    assert added_headers(None, BASE) == {}


def test_a_path_is_below_the_base() -> None:
    assert absolute_url(account(), "/orders") == f"{BASE}/orders"
    assert absolute_url(account(), "https://other.example/") == "https://other.example/"
    assert absolute_url(None, "/orders") == "/orders"
