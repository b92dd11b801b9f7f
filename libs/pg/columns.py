"""Rows as columns: the arrays with which one statement takes many rows, by `unnest`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

Columns = list[tuple[Any, ...]]


def as_columns(rows: Iterable[Iterable[object]], width: int = 0) -> Columns:
    """Return one tuple for each column of `rows`; without rows `width` empty ones.

    Leave `width` out only where there is always a row. Raises ValueError when rows differ in length.
    """
    return list(zip(*rows, strict=True)) or [()] * width


def keyed_columns(items: Iterable[tuple[tuple[object, ...], object]], width: int = 0) -> Columns:
    """Return the columns of rows that are the keys of `items` with the values behind them, as `as_columns` does."""
    return as_columns(((*key, value) for key, value in items), width)
