"""Which partition a key belongs to, bit for bit as Kafka's own clients decide it.

Every log uses this one function, so that a key keeps its partition when records are copied from one log to another.
"""

from __future__ import annotations

import struct
from functools import lru_cache

_SEED = 0x9747B28C
_M = 0x5BD1E995
_MASK = 0xFFFFFFFF
_WORD = struct.Struct("<I")


def murmur2(data: bytes) -> int:
    """The 32-bit murmur2 hash of `data` (unsigned), with the seed of Kafka's Java client."""
    length = len(data)
    whole = length & ~3
    h = (_SEED ^ length) & _MASK
    for (word,) in _WORD.iter_unpack(data[:whole]):
        mixed = (word * _M) & _MASK
        h = ((h * _M) ^ ((mixed ^ (mixed >> 24)) * _M)) & _MASK
    if whole < length:
        h = ((h ^ int.from_bytes(data[whole:], "little")) * _M) & _MASK
    h = ((h ^ (h >> 13)) * _M) & _MASK
    return h ^ (h >> 15)


@lru_cache(maxsize=16_384)
def partition_of(key: str, partitions: int) -> int:
    """The partition of `key` among `partitions`: the hash with its sign bit cleared, modulo the count.

    The last many thousand answers are remembered: records of one unit of work come together and share their key.
    """
    return (murmur2(key.encode()) & 0x7FFFFFFF) % partitions
