"""Every statement that holds rows holds them: a second transaction waits, or passes them over where that is meant.

A statement with a locking clause that is not tried here fails the first test.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from libs.contracts.topics import INTERACTIONS
from libs.pg.database import Connection, connect_once
from libs.pg.sql_files import SqlFile, interpolate
from tests.support import notes
from tests.support.check_sql import NAMES, ROOT, migrate_everything, schemas_of, sql_files
from tests.support.postgres import TestServer

LOCKING = re.compile(r"\bFOR (NO KEY )?UPDATE\b|\bFOR (KEY )?SHARE\b")
ID = uuid.UUID(int=1)
NOW = datetime(2026, 1, 1, tzinfo=UTC)
PLACES = ([INTERACTIONS.name], [0])
# For as long as a statement waits that cannot go on: what does not wait is done in a hundredth of it.
WAITS_MS = 300


@dataclass(frozen=True, slots=True)
class Held:
    """A statement with its arguments; `session` is run before it in the same transaction.

    `rival` is another statement of the file that has to wait for it; without one, the statement itself.
    """

    path: str
    name: str
    arguments: tuple[Any, ...] = ()
    session: str = ""
    rival: tuple[str, tuple[Any, ...]] | None = None

    @property
    def key(self) -> tuple[str, str]:
        return self.path, self.name


ACCOUNTS, CATALOG, PROJECTIONS = "services/accounts/store", "services/catalog", "libs/projections"
MONITORING, SCHEDULE = "services/monitoring", "libs/schedule/schedule.sql"
DEFINITIONS, ALERTS = f"{MONITORING}/definitions/queries.sql", f"{MONITORING}/alerts/queries.sql"
WORKFLOWS = "services/workflows"
INTEGRATIONS = f"{WORKFLOWS}/integrations/queries.sql"
OWN_TYPES = f"{WORKFLOWS}/own_types/queries.sql"
WORKFLOW_DEFINITIONS = f"{WORKFLOWS}/definitions/queries.sql"
METRICS, COMPUTING = "services/metrics", "services/metrics/values/computing.sql"
KEY = ("acme", ID, 1)
VALUE = (["acme"], [ID], [1], ["ann"], ["[]"], [1])
NUMBERS, TRACES = "services/gateway/numbering/queries.sql", "services/traces"
ARRIVING = (ROOT / TRACES / "arriving.sql").read_text(encoding="utf-8")
WAITING = [
    Held(f"{PROJECTIONS}/registry.sql", "lock_model", ("queries", "history")),
    Held(
        f"{PROJECTIONS}/registry.sql",
        "share_model",
        ("queries", "history"),
        rival=("lock_model", ("queries", "history")),
    ),
    Held(f"{PROJECTIONS}/positions.sql", "lock", PLACES),
    Held(f"{PROJECTIONS}/positions.sql", "lock_all", rival=("lock", PLACES)),
    Held(f"{PROJECTIONS}/positions.sql", "take_over", (*PLACES, "me"), rival=("lock", PLACES)),
    Held(f"{PROJECTIONS}/positions.sql", "renew", (*PLACES, [0], [0], NOW), rival=("lock", PLACES)),
    Held(f"{PROJECTIONS}/parking.sql", "after", ("", -1, -1, 10)),
    Held(f"{PROJECTIONS}/parking.sql", "tenantless", ("", -1, -1, 10)),
    Held(f"{PROJECTIONS}/parking.sql", "one", (INTERACTIONS.name, 0, 5)),
    Held(f"{CATALOG}/queries.sql", "lock_item", ("acme", "action", ID)),
    Held(f"{CATALOG}/event_types/queries.sql", "lock_event_type", ("acme", "order.shipped")),
    Held(
        f"{TRACES}/fold.sql",
        "lock_traces",
        session=ARRIVING + "INSERT INTO pg_temp.arriving_events (tenant_id, uow_id) VALUES ('acme', 'unit')",
    ),
    Held(
        NUMBERS,
        "allocate_and_reserve",
        (["acme"], [1], ID, [0], [], [], []),
        rival=("end_lease", (ID,)),
    ),
    Held(NUMBERS, "adopt_reservations", (ID,), rival=("end_lease", (ID,))),
    Held(NUMBERS, "last_numbers", (["acme"],)),
    Held(f"{ACCOUNTS}/sessions.sql", "lock_session_of_token", ("token",)),
    Held(f"{ACCOUNTS}/users.sql", "share_user", ("acme", ID), rival=("lock_user", ("acme", ID))),
    Held(f"{ACCOUNTS}/users.sql", "lock_users", ("acme",)),
    Held(f"{ACCOUNTS}/users.sql", "lock_user", ("acme", ID)),
    Held(f"{ACCOUNTS}/api_keys.sql", "lock_key", ("acme", ID)),
    Held(f"{ACCOUNTS}/signing_keys.sql", "lock_signing_key", ("key",)),
    Held(f"{ACCOUNTS}/tenants.sql", "lock_tenant", ("acme",)),
    Held(DEFINITIONS, "lock_interaction", ("acme", 1)),
    Held(DEFINITIONS, "lock_named", ("acme", "Checkout")),
    Held(DEFINITIONS, "share_named", ("acme", "Checkout"), rival=("lock_named", ("acme", "Checkout"))),
    Held(f"{MONITORING}/slos/queries.sql", "lock_slo", ("acme", ID)),
    Held(f"{MONITORING}/slos/queries.sql", "lock_slos_of", ("acme", 1)),
    Held(f"{MONITORING}/webhooks/queries.sql", "lock_webhook", ("acme", ID)),
    Held(f"{MONITORING}/webhooks/queries.sql", "lock_secrets"),
    Held(ALERTS, "lock_rule", ("acme", ID)),
    Held(ALERTS, "lock_rules_of_slo", ("acme", ID)),
    Held(ALERTS, "lock_rules_of_interaction", ("acme", 1)),
    Held(f"{METRICS}/definitions/queries.sql", "lock_definition", ("acme", ID)),
    Held(
        f"{METRICS}/definitions/queries.sql",
        "share_definition",
        ("acme", ID),
        rival=("lock_definition", ("acme", ID)),
    ),
    Held(f"{METRICS}/rules/queries.sql", "lock_rule", ("acme", "contact_policy", ID)),
    Held(f"{METRICS}/runs/queries.sql", "lock_run", ("acme", ID)),
    Held(f"{METRICS}/backfill/backfill.sql", "hold", (["acme"], [1])),
    Held(f"{METRICS}/values/publishing.sql", "mark_published", VALUE),
    Held(COMPUTING, "hold_edition", KEY),
    Held(WORKFLOW_DEFINITIONS, "lock_workflow", ("acme", "paid")),
    Held(INTEGRATIONS, "lock_account", ("acme", "integration", "mail")),
    Held(
        INTEGRATIONS,
        "known_integrations",
        ("acme", ["mail"]),
        rival=("lock_account", ("acme", "integration", "mail")),
    ),
    Held(INTEGRATIONS, "lock_provider", ("acme", "post"), rival=("lock_account", ("acme", "provider", "post"))),
    Held(INTEGRATIONS, "lock_secrets"),
    Held(OWN_TYPES, "lock_type", ("acme", "add-tax")),
    Held(OWN_TYPES, "share_types", ("acme", ["add-tax"]), rival=("lock_type", ("acme", "add-tax"))),
    Held(SCHEDULE, "hold", ("acme", "reminder", "one")),
    Held(SCHEDULE, "fence", ("acme", "reminder", "one", ID)),
]
SILENT = {"end_expired_leases", "clear_touched", "mark_published"}
"""Statements that return nothing of what they hold."""
PASSED_OVER = [
    Held(NUMBERS, "end_expired_leases"),
    Held(f"{PROJECTIONS}/parking.sql", "unpublished", ([INTERACTIONS.name], 10)),
    Held(ALERTS, "lock_free", (["acme"], [ID])),
    Held(f"{METRICS}/runs/queries.sql", "from_other_generations", (1,)),
    Held(COMPUTING, "clear_touched", (*KEY, ["ann"], ["[]"], NOW)),
    Held(SCHEDULE, "take_due", ("reminder", 10)),
    Held(SCHEDULE, "lease", ("reminder", 10, 60)),
    Held(SCHEDULE, "lease_in_lanes", ("reminder", 10, 60, 10, [], [], [], 10, [], [], [])),
]
ROWS = f"""
INSERT INTO accounts.tenants VALUES ('acme', 'active', 1, now(), now());
INSERT INTO accounts.users (tenant_id, user_id, email, email_folded, password_hash, roles, status, version, created_at,
    modified_at) VALUES ('acme', '{ID}', 'a@b', 'a@b', '', '{{}}', 'active', 1, now(), now());
INSERT INTO accounts.api_keys (tenant_id, key_id, prefix, hash, label, roles, created_by, version, created_at)
    VALUES ('acme', '{ID}', '', '', '', '{{}}', '', 1, now());
INSERT INTO accounts.sessions (tenant_id, session_id, user_id, created_at, expires_at)
    VALUES ('acme', '{ID}', '{ID}', now(), now());
INSERT INTO accounts.refresh_tokens (tenant_id, token_hash, session_id, issued_at)
    VALUES ('acme', 'token', '{ID}', now());
INSERT INTO accounts.signing_keys (key_id, algorithm, public_jwk, private_encrypted, version, not_before)
    VALUES ('key', '', '{{}}', '', 1, now());
INSERT INTO catalog.items (tenant_id, kind, item_id, title, mnemonic, is_system, version, created_at, modified_at)
    VALUES ('acme', 'action', '{ID}', '', 'PACK', false, 1, now(), now());
INSERT INTO catalog.event_types (tenant_id, event_type, revision, latest_version, created_at, modified_at)
    VALUES ('acme', 'order.shipped', 1, 1, now(), now());
INSERT INTO gateway.leases (gateway_id, expires_at)
    VALUES ('{ID}', now() + interval '1 day'), ('{uuid.UUID(int=2)}', now() - interval '1 day');
INSERT INTO gateway.counters VALUES ('acme', 7, 1);
INSERT INTO gateway.reservations VALUES ('acme', 7, 7, '{uuid.UUID(int=3)}', 1, '{{0}}');
INSERT INTO queries_history_g1.parked (topic, partition, "offset", stage, reason, first_seen, ordinal, headers,
    timestamp_ms) VALUES ('{INTERACTIONS.name}', 0, 5, 'apply', '', now(), 1, '', 1);
INSERT INTO monitoring.critical_interactions (tenant_id, id, version, name, name_folded, is_running, definition,
    created_at, created_by, updated_at, updated_by)
    VALUES ('acme', 1, 1, 'Checkout', 'checkout', true, '{{}}', now(), '', now(), '');
INSERT INTO monitoring.slos (tenant_id, id, version, interaction_id, name, good_when, target, window_minutes,
    min_events, webhook_ids, created_at, created_by, updated_at, updated_by)
    VALUES ('acme', '{ID}', 1, 1, '', '', 0.9, 60, 1, '{{}}', now(), '', now(), '');
INSERT INTO monitoring.webhooks (tenant_id, id, version, url, enabled, secret, created_at, updated_at)
    VALUES ('acme', '{ID}', 1, '', true, '', now(), now());
INSERT INTO monitoring.alert_rules (tenant_id, id, version, interaction_id, slo_id, kind, name, settings, state, since,
    entries, created_at, created_by, updated_at, updated_by)
    VALUES ('acme', '{ID}', 1, 1, '{ID}', 'burnRate', '', '{{}}', 'OK', now(), 0, now(), '', now(), '');
INSERT INTO {notes.SERVICE}.schedule (tenant_id, kind, id, due_at, claim)
    VALUES ('acme', 'reminder', 'one', now() - interval '1 hour', '{ID}');
INSERT INTO metrics.definitions (tenant_id, id, version, name, name_folded, status, definition, edition, serving,
    created_at, created_by, updated_at, updated_by)
    VALUES ('acme', '{ID}', 1, '', '', 'active', '{{}}', 1, 1, now(), '', now(), '');
INSERT INTO metrics.editions (tenant_id, metric_id, edition, version, series_id, function, mode, state)
    VALUES ('acme', '{ID}', 1, 1, 1, 'count', 'batch', 'serving');
INSERT INTO metrics.metric_values (tenant_id, metric_id, edition, customer, dims, records, computed_at)
    VALUES ('acme', '{ID}', 1, 'ann', '[]', 1, '{NOW}');
INSERT INTO metrics.rules (tenant_id, kind, id, version, name, name_folded, status, rule_type, metric_id, condition,
    priority, created_at, created_by, updated_at, updated_by)
    VALUES ('acme', 'contact_policy', '{ID}', 1, '', '', 'draft', '', '{ID}', '{{}}', 50, now(), '', now(), '');
INSERT INTO metrics.runs (tenant_id, id, metric_id, edition, kind, scope, state, requested_at)
    VALUES ('acme', '{ID}', '{ID}', 1, 'manual', 'all', 'done', now());
INSERT INTO metrics_series_g1.series_starts (tenant_id, series_id, topic, partition, beginning, next_offset, filled_to)
    VALUES ('acme', 1, '{INTERACTIONS.name}', 0, 0, 2, 1);
INSERT INTO metrics_series_g1.touched VALUES ('acme', '{ID}', 1, 'ann', '[]');
INSERT INTO workflows.definitions (tenant_id, id, name, name_folded, version, definition, created_at, created_by,
    updated_at, updated_by) VALUES ('acme', '{ID}', 'Paid', 'paid', 1, '{{}}', now(), '', now(), '');
INSERT INTO workflows.task_types (tenant_id, type, title_key, version, definition, created_at, created_by, updated_at,
    updated_by) VALUES ('acme', 'add-tax', 'add-tax', 1, '{{}}', now(), '', now(), '');
INSERT INTO workflows.accounts (tenant_id, kind, id, name, name_folded, type, version, settings, secrets, created_at,
    created_by, updated_at, updated_by)
    VALUES ('acme', 'integration', '{ID}', 'Mail', 'mail', 'smtp', 1, '{{}}', '{{}}', now(), '', now(), ''),
        ('acme', 'provider', '{uuid.UUID(int=2)}', 'Post', 'post', 'smtp', 1, '{{}}', '{{}}', now(), '', now(), '');
INSERT INTO traces_traces_g1.summaries (tenant_id, uow_id) VALUES ('acme', 'unit');
"""


@pytest.fixture(scope="module")
async def filled_url(postgres_server: TestServer) -> AsyncIterator[str]:
    """A database with every schema there is, and a row for each statement."""
    template = await postgres_server.template("everything", migrate_everything)
    async with postgres_server.database(template=template) as url:
        conn = await connect_once(url, application_name="test")
        await conn.execute(ROWS)
        await conn.close()
        yield url


@pytest.fixture
async def two(filled_url: str) -> AsyncIterator[tuple[Connection, Connection]]:
    """Two connections, each in a transaction that ends with the test; the second waits a moment only."""
    first, second = [await connect_once(filled_url, application_name="test") for _ in range(2)]
    try:
        for conn in (first, second):
            await conn.execute(f"BEGIN; SET LOCAL lock_timeout = {WAITS_MS}")
        yield first, second
    finally:
        for conn in (first, second):
            await conn.close()


async def run(conn: Connection, held: Held, other: tuple[str, tuple[Any, ...]] | None = None) -> list[Any]:
    """Run the statement, or another one of its file, in the transaction of the connection."""
    name, arguments = other or (held.name, held.arguments)
    await conn.execute(f"SET LOCAL search_path TO {', '.join(schemas_of(Path(held.path)))}")
    if held.session:
        await conn.execute(held.session)
    statement = interpolate(SqlFile.load(ROOT / held.path)[name], **NAMES)
    return await conn.fetch(statement, *arguments)


def test_every_statement_that_holds_rows_is_tried() -> None:
    holding = {
        (str(path), statement.name)
        for path, file in sql_files()
        for statement in file
        if LOCKING.search(statement.text)
    }
    assert {held.key for held in WAITING + PASSED_OVER} == holding


@pytest.mark.parametrize("held", WAITING, ids=lambda held: held.name)
async def test_the_second_waits(two: tuple[Connection, Connection], held: Held) -> None:
    first, second = two
    assert await run(first, held) or held.name in SILENT
    with pytest.raises(asyncpg.LockNotAvailableError):
        await run(second, held, held.rival)


@pytest.mark.parametrize("held", PASSED_OVER, ids=lambda held: held.name)
async def test_what_is_held_is_passed_over(two: tuple[Connection, Connection], held: Held) -> None:
    first, second = two
    before = await run(first, held)
    assert before or held.name in SILENT
    assert await run(second, held) == []
