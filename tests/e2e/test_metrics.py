"""Behavioural metrics on a running machine: values that fall by themselves, and the history of a repository."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path

import httpx
import pytest

from tests.support.git_facts import git_counts
from tests.support.git_repository import make_large_repository
from tests.support.machine import MOSTLY_ON_POSTGRES, Machine, log_of
from tests.support.metrics.building import interaction, metric
from tests.support.metrics.changes import check_published
from tests.support.metrics.comparing import follows, row, shown_row
from tests.support.metrics.oracle import DAY_MS, Oracle
from tests.support.metrics.over_http import applied, current, define, get
from tests.support.metrics.posted import Posted, ms_of, time_text
from tests.support.metrics.posting import post
from tests.support.records import now_ms
from tests.support.waiting import eventually

COMMITS = 200
THIRTY_DAYS_MS = 30 * DAY_MS
Ranked = list[tuple[str, str]]
"""Customers with their values, the highest first."""


@MOSTLY_ON_POSTGRES
async def test_realtime_values_fall_by_themselves_as_their_window_rolls(machine: Machine, tenant_key: str) -> None:
    counted, summed = (
        metric(function, "value", name=function, windowDays=1, computeMode="realtime") for function in ("count", "sum")
    )
    async with machine.client(tenant_key) as client:
        metrics = {await define(client, one.body): one for one in (counted, summed)}
        for metric_id in metrics:
            await current(client, metric_id)
        records: list[Posted] = []
        # Where the machine is too busy to look while all of them are in the window, the next ones have more time.
        for seconds in (3, 6, 12, 24, 48):
            leaving = leaving_in(seconds)
            records += leaving
            await post(client, leaving)
            oracles = {metric_id: Oracle(one, records) for metric_id, one in metrics.items()}
            if await watched(client, oracles, f"falls in {seconds}", now_ms() + seconds * 1_000 + 2_000) > 1:
                break
        else:
            pytest.fail("no value was seen to fall")
        async with log_of(machine) as log:
            for metric_id, oracle in oracles.items():
                await follows(client, metric_id, oracle, now_ms)
                by_key = await check_published(client, log, metric_id)
                fell = [[change.body for change in several] for key, several in by_key.items() if key.endswith(" goes")]
                assert fell
                assert {bodies[-1] for bodies in fell} == {None}


def leaving_in(seconds: int) -> list[Posted]:
    """Return records that leave a window of a day some seconds from now, one after the other; one stays."""
    leaves_ms = now_ms() - DAY_MS + seconds * 1_000
    falls = [interaction(f"falls in {seconds}", leaves_ms + 500 * at, {"value": Decimal("0.1")}) for at in range(3)]
    stays = interaction(f"falls in {seconds}", now_ms() - 1, {"value": Decimal("0.2")})
    return [*falls, stays, interaction(f"{seconds} goes", leaves_ms, {"value": 1})]


async def watched(client: httpx.AsyncClient, oracles: dict[str, Oracle], customer: str, until_ms: int) -> int:
    """Hold each value of a customer to the oracle until an instant; return how many there were of either metric."""
    seen: defaultdict[str, set[str]] = defaultdict(set)
    for metric_id in oracles:
        await applied(client, metric_id, now_ms())
    while now_ms() < until_ms:
        for metric_id, oracle in oracles.items():
            (shown,) = await get(client, f"/{metric_id}/values", customerId=customer)
            at_ms = ms_of(shown["computedAt"])
            assert [shown_row(oracle, shown)] == [row(one) for one in oracle.values(at_ms, customer)]
            seen[metric_id].add(shown["value"])
    return min(map(len, seen.values()), default=0)


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_large_repository(tmp_path_factory.mktemp("git") / "history", commits=COMMITS)


@MOSTLY_ON_POSTGRES
async def test_a_repository_s_history_is_counted_and_summed_as_git_does(
    machine: Machine, tenant_key: str, repository: Path
) -> None:
    counts = list(git_counts(repository))
    async with machine.client(tenant_key) as client:
        early = [await defined(client, "count", "repository", 30, "realtime")]
        early += [await defined(client, "sum", "additions", None, "realtime")]
        code, out = await machine.run("import", "git", str(repository), "--json", key=tenant_key)
        assert code == 0, out
        late = [await defined(client, "count", "repository", 30, "batch")]
        late += [await defined(client, "sum", "additions", 30, "batch")]
        for metric_id in (*early, *late):
            await current(client, metric_id)
            await applied(client, metric_id, now_ms())
        commits_ms = sorted({at_ms for _, at_ms, _ in counts})
        first_ms, middle_ms = commits_ms[0], commits_ms[len(commits_ms) // 2]
        # The end of a window is outside, its beginning inside.
        for at_ms in (middle_ms, middle_ms + THIRTY_DAYS_MS, first_ms + 1 + THIRTY_DAYS_MS):
            since_ms = at_ms - THIRTY_DAYS_MS
            within = [(author, added) for author, ms, added in counts if since_ms <= ms < at_ms]
            files = ranked((author, 1) for author, _ in within)
            assert files
            assert await listed(client, early[0], at_ms) == await listed(client, late[0], at_ms) == files
            assert await listed(client, late[1], at_ms) == ranked(within)
        everything = ranked((author, added) for author, _, added in counts)
        await eventually(lambda: _are_listed(client, early[1], everything))


async def defined(client: httpx.AsyncClient, function: str, source: str, days: int | None, mode: str) -> str:
    """Define a metric of all files that commits touched."""
    body = {"name": f"{function} {mode}", "aggregateFunction": function, "sourceField": source}
    return await define(client, {**body, "windowDays": days, "computeMode": mode})


def ranked(numbers: Iterable[tuple[str, int | None]]) -> Ranked:
    """Return the sum of each author's numbers, as a list of values has them."""
    sums: Counter[str] = Counter()
    for author, number in numbers:
        if number is not None:
            sums[author] += number
    return [(author, str(total)) for author, total in sorted(sums.items(), key=lambda one: (-one[1], one[0]))]


async def listed(client: httpx.AsyncClient, metric_id: str, at_ms: int | None = None) -> Ranked:
    """Return the values as of an instant, else as they are stored."""
    at = {} if at_ms is None else {"at": time_text(at_ms)}
    answer = await get(client, f"/{metric_id}/values", limit=1_000, **at)
    return [(one["customerId"], str(one["value"])) for one in answer]


async def _are_listed(client: httpx.AsyncClient, metric_id: str, expected: Ranked) -> bool:
    return await listed(client, metric_id) == expected
