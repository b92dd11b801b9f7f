"""The generation of a read model that serves, for looks at all tenants under the projector's role."""

from __future__ import annotations

from libs.eventlog.errors import ModelBehind
from libs.pg.database import Connection
from libs.pg.identifiers import quote_identifier
from libs.projections.generations import Generation, serving_generation


async def enter(conn: Connection, service: str, name: str) -> Generation:
    """Put the generation's schema on the search path of the transaction. Raises ModelBehind before there is one."""
    generation = await serving_generation(conn, service, name)
    if generation is None:
        raise ModelBehind(f"{service}.{name} is not built yet")
    await enter_schema(conn, generation.schema)
    return generation


async def enter_schema(conn: Connection, schema: str) -> None:
    """Put a schema on the search path of the transaction."""
    await conn.execute(f"SET LOCAL search_path = {quote_identifier(schema)}")
