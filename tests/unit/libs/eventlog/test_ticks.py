"""A key for each partition, where the partitioner sends it."""

from __future__ import annotations

import pytest

from libs.eventlog.partitioner import partition_of
from libs.eventlog.ticks import partition_keys


@pytest.mark.parametrize("prefix", ["waymark:tick-", "acme:closing-", ""])
@pytest.mark.parametrize("partitions", [1, 2, 6, 64])
def test_each_key_leads_to_its_partition(prefix: str, partitions: int) -> None:
    keys = partition_keys(prefix, partitions)
    assert [partition_of(key, partitions) for key in keys] == list(range(partitions))
    assert all(key.startswith(prefix) for key in keys)
