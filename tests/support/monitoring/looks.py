"""Notes how each transaction leaves alert rules, by a trigger in a machine's database, and when each was due."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager

from libs.pg.database import Connection, connect_once
from tests.support.monitoring.alert_recount import Look

_NOTE = """
CREATE TABLE monitoring.alert_looks (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, rule_id text, at timestamptz, is_evaluation boolean,
    is_enabled boolean, as_of_ms bigint, value float8, state text, incident_id text, snoozed_until timestamptz,
    due_at timestamptz
);
CREATE FUNCTION monitoring.note_alert_look() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
    is_evaluation boolean := NEW.evaluated_at IS DISTINCT FROM OLD.evaluated_at;
BEGIN
    INSERT INTO monitoring.alert_looks (
        rule_id, at, is_evaluation, is_enabled, as_of_ms, value, state, incident_id, snoozed_until, due_at
    ) VALUES (
        NEW.id, CASE WHEN is_evaluation THEN NEW.evaluated_at ELSE clock_timestamp() END, is_evaluation,
        (NEW.settings ->> 'enabled')::boolean, NEW.as_of_ms, NEW.value, NEW.state, NEW.incident_id, NEW.snoozed_until,
        (
            SELECT due_at FROM monitoring.schedule
            WHERE tenant_id = NEW.tenant_id AND kind = 'alert_rule' AND id = NEW.id::text
        )
    );
    RETURN NULL;
END $$;
CREATE TRIGGER note_alert_look AFTER UPDATE OF evaluated_at ON monitoring.alert_rules
    FOR EACH ROW EXECUTE FUNCTION monitoring.note_alert_look();
"""
_FORGET = """
DROP TRIGGER IF EXISTS note_alert_look ON monitoring.alert_rules;
DROP FUNCTION IF EXISTS monitoring.note_alert_look;
DROP TABLE IF EXISTS monitoring.alert_looks;
"""


@asynccontextmanager
async def noted(database_url: str) -> AsyncIterator[Connection]:
    """Note looks from now on, in the database that the owner's connection is to, until the block ends."""
    conn = await connect_once(database_url, application_name="tests")
    try:
        await conn.execute(_FORGET + _NOTE)
        yield conn
        await conn.execute(_FORGET)
    finally:
        await conn.close()


async def looks(conn: Connection, rule_ids: Collection[str]) -> list[Look]:
    """Return the looks at some rules, in their order."""
    columns = ", ".join(Look._fields)
    rows = await conn.fetch(
        f"SELECT {columns} FROM monitoring.alert_looks WHERE rule_id = ANY ($1::text[]) ORDER BY number",
        list(rule_ids),
    )
    return [Look(*row) for row in rows]


async def stop_evaluating(conn: Connection, rule_ids: Collection[str]) -> None:
    """Take rules off the schedule, once nobody evaluates them."""
    await conn.execute(
        "DELETE FROM monitoring.schedule WHERE kind = 'alert_rule' AND id = ANY ($1::text[])", list(rule_ids)
    )
