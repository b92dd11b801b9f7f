"""How long a caller waits, by its `Prefer` header."""

from __future__ import annotations

import pytest

from libs.httpkit.request_headers import PREFER
from services.workflows.running.prefer import wait_of


@pytest.mark.parametrize(
    ("header", "wait_s"),
    [
        (None, 30),
        (b"respond-async", 0),
        (b"Respond-Async, wait=10", 10),
        (b"wait=5", 5),
        (b'wait="5"; foo=1', 5),
        (b"return=minimal, wait = 7", 7),
        (b"wait=100000", 120),
        (b"wait=0", 0),
        (b"wait=-1", 30),
        (b"wait=soon", 30),
    ],
)
def test_the_wait_is_what_the_header_says_within_bounds(header: bytes | None, wait_s: int) -> None:
    assert wait_of({} if header is None else {PREFER: header}) == wait_s
