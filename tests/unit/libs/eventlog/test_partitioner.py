"""Keys go where Kafka's own clients send them."""

import pytest
from aiokafka.partitioner import murmur2 as reference_murmur2  # type: ignore[import-untyped]
from hypothesis import given
from hypothesis import strategies as st

from libs.eventlog.partitioner import murmur2, partition_of


@given(st.binary(max_size=300))
def test_murmur2_is_the_reference_clients(data: bytes) -> None:
    assert murmur2(data) == reference_murmur2(data)


@given(st.text(max_size=100), st.integers(1, 1000))
def test_a_partition_is_the_hash_without_its_sign_modulo_the_count(key: str, partitions: int) -> None:
    assert partition_of(key, partitions) == (reference_murmur2(key.encode()) & 0x7FFFFFFF) % partitions


@pytest.mark.parametrize(
    ("data", "signed"),
    [
        (b"21", -973932308),
        (b"foobar", -790332482),
        (b"a-little-bit-long-string", -985981536),
        (b"a-little-bit-longer-string", -1486304829),
        (b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971),
        (b"abc", 479470107),
    ],
)
def test_the_java_clients_own_examples(data: bytes, signed: int) -> None:
    assert murmur2(data) == signed & 0xFFFFFFFF
