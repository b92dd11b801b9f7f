"""Ends aiokafka's clients within a bound, also when the broker is dead or frozen.

Their own `stop` flushes and waits for the broker without end. What they cannot be asked to do is done here through
their private parts, and nowhere else; the fault tests hold it against the pinned version.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Coroutine
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.errors import KafkaError

_CANCEL_ROUNDS = 20


async def abandon_producer(producer: AIOKafkaProducer, *, timeout_s: float) -> None:
    """End a producer without delivering what it holds: nothing it was given is sent after this returns.

    Bytes that the broker has received already it may still append.
    """
    internals: Any = producer
    internals._closed = True
    await _cancel(internals._sender.sender_task)
    await bounded(producer.client.close(), timeout_s=timeout_s)


async def close_consumer(consumer: AIOKafkaConsumer, *, timeout_s: float) -> None:
    """Stop a consumer in its own way, and within the bound in any case."""
    if await bounded(consumer.stop(), timeout_s=timeout_s):
        return
    internals: Any = consumer
    coordinator = internals._coordinator
    for name in ("_coordination_task", "_heartbeat_task", "_commit_refresh_task"):
        await _cancel(getattr(coordinator, name, None))
    if internals._fetcher is not None:
        await bounded(internals._fetcher.close(), timeout_s=timeout_s)
    await bounded(internals._client.close(), timeout_s=timeout_s)


async def bounded(work: Coroutine[Any, Any, object], *, timeout_s: float) -> bool:
    """Do the work and say whether it ended within the bound; after it, it is cancelled. Kafka's errors are an end."""
    task = asyncio.ensure_future(work)
    try:
        await asyncio.wait({task}, timeout=timeout_s)
    finally:
        if not task.done():
            await _cancel(task)
    if task.cancelled():
        return False
    with contextlib.suppress(KafkaError, OSError):
        task.result()
    return True


async def _cancel(task: asyncio.Future[Any] | None) -> None:
    """Cancel until the task gives way: aiokafka's answer a cancellation by waiting for tasks of their own."""
    for _ in range(_CANCEL_ROUNDS):
        if task is None or task.done():
            return
        task.cancel()
        await asyncio.wait({task}, timeout=0.05)
