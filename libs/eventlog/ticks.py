"""Keys by which a record can be sent to every partition of a topic."""

from __future__ import annotations

from functools import lru_cache
from itertools import count

from libs.eventlog.partitioner import partition_of


@lru_cache(maxsize=1024)
def partition_keys(prefix: str, partitions: int) -> tuple[str, ...]:
    """Return a key for each of `partitions`, in their order: `prefix` and the first number that leads there."""
    found: dict[int, str] = {}
    for number in count():
        key = f"{prefix}{number}"
        found.setdefault(partition_of(key, partitions), key)
        if len(found) == partitions:
            return tuple(found[partition] for partition in range(partitions))
    raise AssertionError("unreachable: every partition has keys")
