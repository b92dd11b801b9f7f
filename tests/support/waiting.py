"""The one way tests wait for something to become true: look again until it is, or say what was seen last."""

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar, overload

T = TypeVar("T")


@overload
async def eventually(check: Callable[[], Awaitable[T]], *, timeout_s: float = 10.0, interval_s: float = 0.02) -> T: ...
@overload
async def eventually(check: Callable[[], T], *, timeout_s: float = 10.0, interval_s: float = 0.02) -> T: ...
async def eventually(check: Callable[[], T | Awaitable[T]], *, timeout_s: float = 10.0, interval_s: float = 0.02) -> T:
    """Call `check` until it returns something truthy, and return that.

    An exception of the check counts as not yet. Raises `AssertionError` with the last value or error after `timeout_s`.
    """
    deadline = time.monotonic() + timeout_s
    while True:
        value, error = await _attempt(check)
        if error is None and value:
            return value
        if time.monotonic() > deadline:
            raise _gave_up(value, error, timeout_s) from error
        await asyncio.sleep(interval_s)


def eventually_sync(check: Callable[[], T], *, timeout_s: float = 10.0, interval_s: float = 0.02) -> T:
    """`eventually` for tests without an event loop."""
    deadline = time.monotonic() + timeout_s
    while True:
        try:
            value, error = check(), None
        except Exception as caught:  # noqa: BLE001
            value, error = None, caught
        if error is None and value:
            return value
        if time.monotonic() > deadline:
            raise _gave_up(value, error, timeout_s) from error
        time.sleep(interval_s)


async def _attempt(check: Callable[[], T | Awaitable[T]]) -> tuple[T | None, Exception | None]:
    try:
        found = check()
        if inspect.isawaitable(found):
            found = await found
    except Exception as error:  # noqa: BLE001
        return None, error
    return found, None


def _gave_up(value: object, error: Exception | None, timeout_s: float) -> AssertionError:
    seen = f"last error: {error!r}" if error else f"last value: {value!r}"
    return AssertionError(f"still not true after {timeout_s} s; {seen}")
