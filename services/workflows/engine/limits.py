"""Turns of tasks in one process: how many run at a time, of all tenants, of one, of code, and against one host.

Tenants that have tasks waiting take turns, and none runs more than half of what may run while others wait.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The most tasks that run at a time: of all kinds, of those that run code, and of those that call one host."""

    tasks: int = 200
    code: int = 4
    host: int = 32


@dataclass(slots=True, eq=False)
class Turn:
    """One task's place: it waits until `begin` is called, then it runs until it is given back."""

    tenant_id: str
    is_code: bool
    begin: Callable[[], None]
    number: int
    has_begun: bool = False
    is_over: bool = False


class _Queue:
    """The tasks of a tenant that wait: those that run code by themselves, so that they hold nobody else up."""

    def __init__(self) -> None:
        self._turns: dict[bool, dict[int, Turn]] = {False: {}, True: {}}

    def __len__(self) -> int:
        return sum(map(len, self._turns.values()))

    def add(self, turn: Turn) -> None:
        self._turns[turn.is_code][turn.number] = turn

    def remove(self, turn: Turn) -> None:
        self._turns[turn.is_code].pop(turn.number, None)

    def firsts(self) -> list[Turn]:
        """Return the first of each kind, the older one first."""
        return sorted((next(iter(turns.values())) for turns in self._turns.values() if turns), key=_number)


def _number(turn: Turn) -> int:
    return turn.number


class Turns:
    """Gives turns to tasks."""

    def __init__(self, limits: Limits) -> None:
        self.limits: Final = limits
        self._waiting: OrderedDict[str, _Queue] = OrderedDict()
        self._running: Counter[str] = Counter()
        self._total = 0
        self._code = 0
        self._numbers = count()

    @property
    def running(self) -> int:
        """The number of tasks that have their turn."""
        return self._total

    @property
    def waiting(self) -> int:
        """The number of tasks that wait for their turn."""
        return sum(map(len, self._waiting.values()))

    def take(self, tenant_id: str, begin: Callable[[], None], *, is_code: bool = False) -> Turn:
        """Queue for a turn; `begin` is called once it has come, which may be at once."""
        turn = Turn(tenant_id, is_code, begin, next(self._numbers))
        if not self._waiting and self._has_room(turn):
            self._give(turn)
        else:
            self._waiting.setdefault(tenant_id, _Queue()).add(turn)
            self._give_out()
        return turn

    def give_back(self, turn: Turn) -> None:
        """End a turn, or leave the queue; idempotent."""
        if turn.is_over:
            return
        turn.is_over = True
        if not turn.has_begun:
            self._leave(turn)
            return
        self._total -= 1
        self._code -= turn.is_code
        self._running[turn.tenant_id] -= 1
        if not self._running[turn.tenant_id]:
            del self._running[turn.tenant_id]
        self._give_out()

    def _give_out(self) -> None:
        """Give turns, one to each tenant after the other, for as long as one can be given."""
        passed_over = 0
        while passed_over < len(self._waiting) and self._total < self.limits.tasks:
            tenant_id = next(iter(self._waiting))
            self._waiting.move_to_end(tenant_id)
            turn = self._next_of(tenant_id)
            if turn is None:
                passed_over += 1
                continue
            passed_over = 0
            self._leave(turn)
            self._give(turn)

    def _next_of(self, tenant_id: str) -> Turn | None:
        """Return the tenant's oldest task that there is room for."""
        has_others = len(self._waiting) > 1
        if has_others and self._running[tenant_id] >= max(1, self.limits.tasks // 2):
            return None
        return next(filter(self._has_room, self._waiting[tenant_id].firsts()), None)

    def _has_room(self, turn: Turn) -> bool:
        return self._total < self.limits.tasks and not (turn.is_code and self._code >= self.limits.code)

    def _give(self, turn: Turn) -> None:
        turn.has_begun = True
        self._total += 1
        self._code += turn.is_code
        self._running[turn.tenant_id] += 1
        turn.begin()

    def _leave(self, turn: Turn) -> None:
        queue = self._waiting.get(turn.tenant_id)
        if queue is not None:
            queue.remove(turn)
            if not len(queue):
                del self._waiting[turn.tenant_id]
