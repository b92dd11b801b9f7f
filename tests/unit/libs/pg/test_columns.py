import pytest

from libs.pg.columns import as_columns, keyed_columns


def test_each_column_of_the_rows_is_an_array() -> None:
    assert as_columns([("a", 1), ("b", 2)], 2) == [("a", "b"), (1, 2)]


def test_without_rows_every_column_is_empty() -> None:
    assert as_columns([], 3) == [(), (), ()]


def test_rows_of_different_lengths_are_refused() -> None:
    with pytest.raises(ValueError):
        as_columns([("a", 1), ("b",)], 2)


def test_values_are_the_column_behind_those_of_their_keys() -> None:
    assert keyed_columns({("a", 1): True, ("b", 2): False}.items()) == [("a", "b"), (1, 2), (True, False)]
