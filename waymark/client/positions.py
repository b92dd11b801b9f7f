"""Merges the positions of writes into the one that a read must show.

A `Waymark-Position` is opaque to everybody else; this client ships with the server and knows its parts. Positions that
it cannot read are kept as they are, the latest 32 of them.
"""

from __future__ import annotations

import base64
import binascii
import threading
from collections import deque
from collections.abc import Iterable
from typing import Protocol

POSITION = "waymark-position"
MIN_POSITION = "waymark-min-position"
_KEPT_UNREAD = 32


class Positioned(Protocol):
    """The result of a write."""

    @property
    def position(self) -> str | None:
        """The position of the write in the log; None when the server gave none."""
        ...


After = Positioned | str | Iterable[Positioned | str]
"""The writes that a read must show: a write's result, its position, or several of these."""


def min_position(after: After) -> str | None:
    """Merge the positions of writes into a header's value; None when none of them has one."""
    each = [after] if isinstance(after, str) or hasattr(after, "position") else after
    texts = [one if isinstance(one, str) else one.position for one in each]
    merged = Positions()
    for text in texts:
        merged.add(text)
    return merged.header()


class Positions:
    """The highest offset of each partition. Threads may share it."""

    def __init__(self) -> None:
        self._highest: dict[str, dict[str, int]] = {}
        self._unread: deque[str] = deque(maxlen=_KEPT_UNREAD)
        self._guard = threading.Lock()

    def add(self, header: str | None) -> None:
        """Merge in a write's position, or several separated by commas."""
        with self._guard:
            for token in (header or "").split(","):
                if token.strip():
                    self._add(token.strip())

    def header(self) -> str | None:
        """Write the value of `Waymark-Min-Position`; None before the first write."""
        with self._guard:
            merged = [_encode(log_id, offsets) for log_id, offsets in self._highest.items()]
            return ",".join([*merged, *self._unread]) or None

    def _add(self, token: str) -> None:
        try:
            log_id, offsets = _decode(token)
        except ValueError:
            if token not in self._unread:
                self._unread.append(token)
            return
        # A server that was set up anew has another log; what was written to the old one is gone with it.
        known = self._highest.setdefault(log_id, {})
        self._highest = {log_id: known}
        for place, offset in offsets.items():
            known[place] = max(offset, known.get(place, 0))


def _decode(token: str) -> tuple[str, dict[str, int]]:
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise ValueError(token) from error
    log_id, *parts = raw.decode().split(" ")
    pairs = [part.rsplit(":", 1) for part in parts]
    if not log_id or not all(len(pair) == 2 and pair[1].isdecimal() for pair in pairs):
        raise ValueError(token)
    return log_id, {place: int(offset) for place, offset in pairs}


def _encode(log_id: str, offsets: dict[str, int]) -> str:
    text = " ".join([log_id, *(f"{place}:{offset}" for place, offset in offsets.items())])
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()
