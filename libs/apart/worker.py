"""The inside of a process that answers questions one after the other, within limits of the operating system.

Questions come on its standard input, answers go to its standard output, each with its length before it. Whoever waits
for an answer learns by the end of the stream that a question took too much.
"""

from __future__ import annotations

import os
import resource
import signal
import struct
import sys
from collections.abc import Callable, Iterable
from typing import Final

LENGTH: Final = struct.Struct(">I")
_NICENESS: Final = 10
_NO_MEMORY: Final = 3
LIMITS_PASSED: Final = (-signal.SIGPROF, -signal.SIGABRT, _NO_MEMORY)
"""The exit codes of a process whose question took too much time or memory."""


def serve(answers: Callable[[bytes], Iterable[bytes]], *, cpu_s: float, memory_bytes: int) -> None:
    """Answer until the input ends; the process ends at a question that takes more computing or memory."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_DATA, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.nice(_NICENESS)
    incoming, outgoing = sys.stdin.buffer, sys.stdout.buffer
    while size := incoming.read(LENGTH.size):
        question = incoming.read(LENGTH.unpack(size)[0])
        signal.setitimer(signal.ITIMER_PROF, cpu_s)
        try:
            for answer in answers(question):
                outgoing.write(framed(answer))
                outgoing.flush()
        except MemoryError:
            sys.exit(_NO_MEMORY)
        signal.setitimer(signal.ITIMER_PROF, 0)


def framed(data: bytes) -> bytes:
    """Return a message with its length before it."""
    return LENGTH.pack(len(data)) + data
