"""A storm over alerts: figures flap, owners change rules, receivers fail, and what evaluates and sends is killed."""

from __future__ import annotations

import asyncio
import random
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import httpx

from libs.background.waiting import wait_unless
from libs.pg.database import Connection
from tests.support.leases import let_leases_lapse
from tests.support.machine import Machine
from tests.support.monitoring.alert_recount import Course
from tests.support.monitoring.defining import create
from tests.support.monitoring.flapping import ERRORED, POOR, Flapping
from tests.support.monitoring.objectives import create_slo
from tests.support.monitoring.parts import ApiProcess, environment_of, is_ready
from tests.support.monitoring.rules import RULES_URL, create_rule
from tests.support.monitoring.webhooks import create_webhook
from tests.support.records import now_ms
from tests.support.waiting import eventually
from tests.support.webhooks import NO_CONTENT, Received, Receiver, listens

TARGET = "0.9"
_BURN_RULES = [
    {"longMinutes": 2, "shortMinutes": 1, "factor": 5.0, "severity": "critical"},
    {"longMinutes": 3, "shortMinutes": 1, "factor": 5.5, "forSeconds": 1},
]
_MAJORITY: Mapping[str, Any] = {"operator": "GREATER_THAN", "threshold": 0.5, "windowMinutes": 1}
_RULES: Mapping[str, tuple[str, Sequence[int], Mapping[str, Any]]] = {
    "errors": (ERRORED, (0, 1), {**_MAJORITY, "metric": "errorRate"}),
    "errors for a while": (ERRORED, (0,), {**_MAJORITY, "metric": "errorRate", "forSeconds": 2}),
    "errors, snoozed": (ERRORED, (0, 1), {**_MAJORITY, "metric": "errorRate"}),
    "count": (
        ERRORED,
        (1,),
        {"metric": "errored", "operator": "GREATER_THAN_EQUAL", "threshold": 3, "windowMinutes": 1},
    ),
    "throughput": (POOR, (1,), {**_MAJORITY, "metric": "throughputPerMinute", "threshold": 4.5, "windowMinutes": 2}),
    "apdex": (
        POOR,
        (0, 1),
        {**_MAJORITY, "metric": "apdex", "operator": "LESS_THAN", "minEvents": 2, "notifyNoData": True},
    ),
    "apdex, switched": (POOR, (0,), {**_MAJORITY, "metric": "strictApdex", "operator": "LESS_THAN"}),
    "poor": (POOR, (0,), {**_MAJORITY, "metric": "poorRate", "operator": "GREATER_THAN_EQUAL", "forSeconds": 1}),
}
"""Rules by name: the critical interaction, by what is bad in it, the webhooks, the condition."""


@dataclass
class Fickle(Receiver):
    """Fails the first attempt at some messages, is slow with others, and leaves a few without an answer."""

    id: str = ""
    secret: str = ""
    attempts: Counter[str] = field(default_factory=Counter)

    async def answer(self, message: Received) -> str | None:
        self.attempts[message.id] += 1
        is_first, kind = self.attempts[message.id] == 1, uuid.UUID(message.id).int % 20
        if kind == 0 and is_first:
            return None
        if kind in {1, 2, 3, 4, 5}:
            await asyncio.sleep(1.0)
        return "500 Oops" if kind in {5, 6, 7, 8} and is_first else NO_CONTENT


@dataclass
class AlertStorm:
    """The rules, the figures that they look at, the receivers, and the processes that are killed."""

    machine: Machine
    client: httpx.AsyncClient
    conn: Connection
    source: random.Random
    figures: Mapping[str, Flapping]
    receivers: Sequence[Fickle]
    processes: Sequence[ApiProcess]
    rules: dict[str, dict[str, Any]] = field(default_factory=dict)
    over: asyncio.Event = field(default_factory=asyncio.Event)
    kills: int = 0

    @property
    def rule_ids(self) -> list[str]:
        """The ids of the rules."""
        return [rule["id"] for rule in self.rules.values()]

    def courses(self, results: Sequence[Mapping[str, Any]]) -> dict[str, Course]:
        """Return the courses of the rules, at their beginnings, by their ids; `results` are all of them in the log."""
        counted = {figure.name: figure.counted(results) for figure in self.figures.values()}
        return {
            rule["id"]: Course(rule, counted[rule["interactionName"]], TARGET if rule["kind"] == "burnRate" else None)
            for rule in self.rules.values()
        }

    async def define(self) -> None:
        """Define everything that the storm is about."""
        for receiver in self.receivers:
            made = await create_webhook(self.client, receiver.url)
            receiver.id, receiver.secret = made["id"], made["secret"]
        for figure in self.figures.values():
            await create(self.client, figure.name, **figure.definition)
        for name, (bad, webhooks, said) in _RULES.items():
            told = {"interactionName": self.figures[bad].name, "webhookIds": [self.receivers[n].id for n in webhooks]}
            await self._keep(await create_rule(self.client, name, **told, **said))
        objective = {"interactionName": self.figures[ERRORED].name, "target": float(TARGET), "windowMinutes": 5}
        webhook_ids = [receiver.id for receiver in self.receivers]
        slo_id = await create_slo(
            self.client, "budget", minEvents=1, burnRules=_BURN_RULES, webhookIds=webhook_ids, **objective
        )
        answer = await self.client.get(RULES_URL, params={"sloId": slo_id})
        for rule in answer.json()["data"]["alertRules"]:
            await self._keep(rule["id"])

    async def _keep(self, rule_id: str) -> None:
        answer = await self.client.get(f"{RULES_URL}/{rule_id}")
        rule = answer.json()["data"]
        self.rules[rule["name"]] = rule

    async def rage(self, length_s: float) -> None:
        """Let everything happen at once for so long."""
        async with asyncio.TaskGroup() as group:
            for process in self.processes:
                await process.start()
            for figure in self.figures.values():
                group.create_task(figure.run(self.client, self.over))
            for work in (self._snooze, self._switch, self._kill):
                group.create_task(work())
            await asyncio.sleep(length_s)
            self.over.set()

    async def _snooze(self) -> None:
        """Snooze a rule, now until it is ended, now until it ends by itself."""
        url = f"{RULES_URL}/{self.rules['errors, snoozed']['id']}/snooze"
        while not self.over.is_set():
            await self._insist("PUT", url, lambda: {"minutes": 1})
            await self._pause(4.0, 8.0)
            await self._insist("DELETE", url)
            await self._pause(1.0, 3.0)
            await self._insist("PUT", url, lambda: {"until": now_ms() + 3_000})
            await self._pause(3.0, 6.0)

    async def _switch(self) -> None:
        """Disable and enable a rule; it ends enabled."""
        url = f"{RULES_URL}/{self.rules['apdex, switched']['id']}"
        while not self.over.is_set():
            await self._insist("PATCH", url, lambda: {"enabled": False})
            await self._pause(1.0, 4.0)
            await self._insist("PATCH", url, lambda: {"enabled": True})
            await self._pause(1.0, 4.0)

    async def _kill(self) -> None:
        """Kill one process after the other, each while another works; at times the machine's, with its gateway."""
        while not self.over.is_set():
            await self._pause(1.0, 3.0)
            victim = None if self.source.random() < 0.12 else self.source.choice(self.processes)
            await eventually(partial(self._another_works, victim), timeout_s=60.0)
            if victim is None:
                self.machine.kill("api")
            else:
                await victim.kill()
                await victim.start()
            self.kills += 1
            if self.source.random() < 0.5:
                await let_leases_lapse(self.conn, "monitoring", "webhook_delivery")

    async def _another_works(self, victim: ApiProcess | None) -> bool:
        """Return whether a process other than the victim works, as soon as one of them says so."""
        others = [one.is_ready() for one in self.processes if one is not victim]
        if victim is not None:
            others.append(is_ready(self.machine.url))
        tasks = [asyncio.create_task(one) for one in others]
        try:
            for answer in asyncio.as_completed(tasks):
                if await answer:
                    return True
            return False
        finally:
            for task in tasks:
                task.cancel()

    async def _insist(self, method: str, url: str, body: Callable[[], Mapping[str, Any] | None] = lambda: None) -> None:
        """Send a request, which does no harm when it is repeated, until it succeeds."""

        async def is_done() -> bool:
            return (await self.client.request(method, url, json=body())).is_success

        await eventually(is_done, timeout_s=60.0, interval_s=0.2)

    async def _pause(self, least_s: float, most_s: float) -> None:
        await wait_unless(self.over, self.source.uniform(least_s, most_s))


@asynccontextmanager
async def alert_storm(
    machine: Machine, client: httpx.AsyncClient, conn: Connection, source: random.Random, processes: int
) -> AsyncIterator[AlertStorm]:
    """A storm that is defined, with so many API processes beside the machine's."""
    environment = environment_of(machine)
    figures = {bad: Flapping(f"mostly {bad}", bad, source) for bad in (ERRORED, POOR)}
    beside = [ApiProcess(environment) for _ in range(processes)]
    async with AsyncExitStack() as stack:
        receivers = [Fickle(), Fickle()]
        for receiver in receivers:
            await stack.enter_async_context(listens(receiver))
        for process in beside:
            stack.push_async_callback(process.kill)
        storm = AlertStorm(machine, client, conn, source, figures, receivers, beside)
        await storm.define()
        yield storm
