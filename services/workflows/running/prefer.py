"""The time that a caller waits for a session, by its `Prefer` header (RFC 7240)."""

from __future__ import annotations

import re
from typing import Final

from libs.httpkit.request_headers import PREFER, HeaderBytes

WAIT_S: Final = 30
LONGEST_WAIT_S: Final = 120
_WAIT: Final = re.compile(rb'wait\s*=\s*"?(\d{1,9})"?')
_ASYNC: Final = b"respond-async"


def wait_of(raw: HeaderBytes) -> int:
    """Return the seconds to wait: those of `wait`, at most 120; none with `respond-async` alone; 30 without either."""
    header = raw.get(PREFER)
    return WAIT_S if header is None else _read(header)


def _read(header: bytes) -> int:
    preferences = [one.split(b";")[0].strip().lower() for one in header.split(b",")]
    for preference in preferences:
        if (wait := _WAIT.fullmatch(preference)) is not None:
            return min(int(wait[1]), LONGEST_WAIT_S)
    return 0 if _ASYNC in preferences else WAIT_S
