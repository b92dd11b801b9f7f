"""Takes from a worker's process what it never needs: its share of a busy machine, further files and sockets, dumps."""

from __future__ import annotations

import os
import resource
import sys
from contextlib import suppress
from typing import Final

_NICER: Final = 10
_NICEST: Final = 19
# Standard streams: a number from here on is given to no file and no socket. Those that are open stay so.
_OPEN_FILES: Final = 3


def confine(pid: int) -> None:
    """Confine a process of this user's for good; one that is gone is left alone."""
    with suppress(ProcessLookupError):
        own = os.getpriority(os.PRIO_PROCESS, 0)
        os.setpriority(os.PRIO_PROCESS, pid, min(own + _NICER, _NICEST))
        if sys.platform == "linux":
            resource.prlimit(pid, resource.RLIMIT_NOFILE, (_OPEN_FILES, _OPEN_FILES))
            resource.prlimit(pid, resource.RLIMIT_CORE, (0, 0))
