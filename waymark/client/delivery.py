"""Sends a batch of records until each is recorded or refused, or the deadline has passed."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import msgspec

from waymark.client.errors import Refused, UnexpectedAnswer, WaymarkError, error_of
from waymark.client.outgoing import Outgoing
from waymark.client.positions import POSITION
from waymark.client.requests import decode
from waymark.client.retries import ApiAnswer, Pause, Request, Retries, Step, StepResult
from waymark.client.unsent import UnsentItem

T = TypeVar("T")


class ItemAnswer(msgspec.Struct, rename="camel"):
    """The part of a batch's answer for one item."""

    index: int
    status: int
    interaction_number: int | None = None
    interaction_id: str | None = None
    id: str | None = None
    error: dict[str, Any] | None = None


class _BatchAnswer(msgspec.Struct):
    items: list[ItemAnswer]
    repeated: int = 0


@dataclass(slots=True)
class BatchResult(Generic[T]):
    """The result of sending a batch; every item of it is in exactly one of the three lists.

    The log had `repeated` of the recorded before. `refusal` is the error that refused all that were sent at once.
    """

    recorded: list[tuple[Outgoing[T], ItemAnswer]] = field(default_factory=list)
    refused: list[UnsentItem[T]] = field(default_factory=list)
    unsent: list[UnsentItem[T]] = field(default_factory=list)
    repeated: int = 0
    refusal: Refused | None = None


def deliver(
    request: Callable[[Iterable[bytes]], Request],
    items: Sequence[Outgoing[T]],
    retries: Retries,
    until: Callable[[], float],
    placed: Callable[[str | None], None] = lambda _: None,
) -> Generator[Step, StepResult, BatchResult[T]]:
    """The steps of sending a batch before `until`; `placed` is called with each answer's position.

    Items are sent again after any error but a refusal that will not pass.
    """
    result = BatchResult[T]()
    waiting = list(items)
    number = 0
    while waiting:
        try:
            answer = yield from retries.tries(request(item.line for item in waiting), until=until)
            placed(answer.headers.get(POSITION))
            waiting, error = _settle(waiting, answer, result)
        except Refused as refused:
            result.refusal = None if refused.is_passing else refused
            given_up = result.unsent if refused.is_passing else result.refused
            given_up += [UnsentItem(item.item, refused) for item in waiting]
            break
        except WaymarkError as trouble:
            error = trouble
        if error is None:
            break
        number += 1
        pause_s = retries.pause_s(number, error)
        if retries.clock() + pause_s >= until():
            result.unsent += [UnsentItem(item.item, error) for item in waiting]
            break
        retries.on_retry(error, pause_s)
        yield Pause(pause_s)
    return result


def _settle(
    sent: Sequence[Outgoing[T]], answer: ApiAnswer, result: BatchResult[T]
) -> tuple[list[Outgoing[T]], WaymarkError | None]:
    """Sort the items by their answers into `result`; returns those to send again, and why."""
    again: dict[int, WaymarkError] = dict.fromkeys(
        range(len(sent)), UnexpectedAnswer("the answer does not tell of all items", status=answer.status)
    )
    answered = decode(answer, _BatchAnswer)
    result.repeated += answered.repeated
    for item in answered.items:
        if again.pop(item.index, None) is None:
            continue
        if item.status < 300 and (item.interaction_number is not None or item.id is not None):
            result.recorded.append((sent[item.index], item))
            continue
        error = error_of(item.status, msgspec.json.encode(item.error or {}))
        if error.is_passing or not isinstance(error, Refused):
            again[item.index] = error
        else:
            result.refused.append(UnsentItem(sent[item.index].item, error))
    return [sent[index] for index in sorted(again)], next(iter(again.values()), None)
