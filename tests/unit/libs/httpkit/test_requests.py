"""Whom a request is counted for."""

from __future__ import annotations

import pytest
from starlette.requests import Request

from libs.httpkit.requests import address_of


@pytest.mark.parametrize(
    ("client", "address"),
    [
        (("203.0.113.7", 1), "203.0.113.7"),
        (("2001:db8:1:2::1", 1), "2001:db8:1:2::/64"),
        (("2001:db8:1:2:ffff:ffff:ffff:ffff", 1), "2001:db8:1:2::/64"),
        (("2001:db8:1:3::1", 1), "2001:db8:1:3::/64"),
        (("fe80::1%eth0", 1), "fe80::/64"),
        (("::ffff:203.0.113.7", 1), "203.0.113.7"),
        (("no:address", 1), "no:address"),
        (None, "unknown"),
    ],
)
def test_a_caller_is_known_by_what_it_cannot_change(client: tuple[str, int] | None, address: str) -> None:
    assert address_of(Request({"type": "http", "client": client})) == address
