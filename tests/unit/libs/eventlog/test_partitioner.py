"""Keys go where Kafka's own clients send them."""

import pytest
from aiokafka.partitioner import murmur2 as reference_murmur2  # type: ignore[import-untyped]
from hypothesis import given
from hypothesis import strategies as st

from libs.eventlog.partitioner import murmur2, partition_of, partitions_of


@given(st.binary(max_size=300))
def test_murmur2_is_the_reference_clients(data: bytes) -> None:
    assert murmur2(data) == reference_murmur2(data)


@given(st.text(max_size=100), st.integers(1, 1000))
def test_a_partition_is_the_hash_without_its_sign_modulo_the_count(key: str, partitions: int) -> None:
    assert partition_of(key, partitions) == (reference_murmur2(key.encode()) & 0x7FFFFFFF) % partitions


@given(
    st.lists(st.binary(max_size=40), max_size=30),
    st.lists(st.binary(min_size=44, max_size=44), max_size=30),
    st.integers(1, 1000),
)
def test_keys_hashed_together_go_where_each_goes_by_itself(some: list[bytes], alike: list[bytes], count: int) -> None:
    keys = [*some, *alike, *some]
    expected = [(reference_murmur2(key) & 0x7FFFFFFF) % count for key in keys]
    assert partitions_of(keys, [count] * len(keys)) == expected


@pytest.mark.parametrize("length", range(34))
def test_keys_of_every_length_are_hashed_together(length: int) -> None:
    keys = [bytes((number * 7 + at * 31) % 256 for at in range(length)) for number in range(50)]
    expected = [(reference_murmur2(key) & 0x7FFFFFFF) % (1 + number) for number, key in enumerate(keys)]
    assert partitions_of(keys, range(1, 51)) == expected


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
