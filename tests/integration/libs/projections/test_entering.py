"""Operators look into tables whose owner has put there what takes on the rights of whoever reads them."""

from __future__ import annotations

from contextlib import AsyncExitStack
from pathlib import Path

import asyncpg
import pytest

from libs.pg.database import Database
from libs.pg.login_urls import database_of, login_of, logins_text, url_as
from libs.pg.logins import ensure_login
from libs.pg.roles import projector_role
from libs.projections.generations import Generation, serving_generation
from libs.projections.operators.acting import moved
from libs.projections.operators.dead_letters import list_dead_letters
from libs.projections.operators.entering import ProjectorOf, positions_of
from libs.projections.operators.overview import overview
from tests.support.projections import NAME, SERVICE, World, running, toy
from tests.support.waiting import eventually

PASSWORD = "a password of the tests alone"
GRABBING = f"""
SET LOCAL search_path = {SERVICE}_{NAME}_g1;
CREATE FUNCTION grab() RETURNS boolean LANGUAGE plpgsql
    AS 'BEGIN SET ROLE NONE; CREATE TABLE public.gained (); RETURN true; END';
ALTER TABLE positions RENAME TO kept_positions;
CREATE VIEW positions AS SELECT * FROM kept_positions WHERE grab();
ALTER TABLE parked RENAME TO kept_parked;
CREATE VIEW parked AS SELECT * FROM kept_parked WHERE grab();
"""


async def _move(projector_of: ProjectorOf, generation: Generation) -> None:
    async with moved(projector_of, [generation], {}, "another"):
        pass


async def test_a_services_tables_gain_nothing_by_being_looked_at(world: World, tmp_path: Path) -> None:
    await world.append([toy(1), toy(2, n=666)])
    async with running(world.runner()):
        await eventually(world.is_level)
    login = login_of(SERVICE, database_of(world.url))
    logins = tmp_path / "logins.json"
    logins.write_text(logins_text({login: PASSWORD}))
    async with AsyncExitStack() as stack:
        owner = await stack.enter_async_context(
            await Database.connect(world.url, role=None, application_name="operator")
        )
        async with owner.acquire() as conn:
            await ensure_login(conn, login, PASSWORD, roles=[projector_role(SERVICE)])
        projector = await stack.enter_async_context(
            await Database.connect(
                url_as(world.url, SERVICE, logins), role=projector_role(SERVICE), application_name="operator"
            )
        )

        async def projector_of(_service: str) -> Database:
            return projector

        async with world.projector.transaction() as conn:
            await conn.execute(GRABBING)
            generation = await serving_generation(conn, SERVICE, NAME)
        assert generation is not None
        for looking in (
            overview(owner, projector_of),
            list_dead_letters(owner, projector_of),
            positions_of(projector_of, generation),
            _move(projector_of, generation),
        ):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await looking
        assert not await owner.fetch("SELECT FROM pg_class WHERE relname = 'gained'")
