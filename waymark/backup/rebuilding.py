"""Makes the tables of a backup's installation as they were: schemas at their revisions, the log, reactors, read models.

They are made by this version's own programs, so a backup holds rows and no statement that a restore would run.
"""

from __future__ import annotations

from collections.abc import Sequence

from libs.eventlog.postgres.schema import ensure_schema
from libs.pg.database import connected_once
from libs.projections.reactor import Reactor
from libs.projections.reactor_registry import RegisteredReactor
from libs.projections.registry import REGISTRY, create_reactor_tables, create_tables, finish_tables
from libs.service.service import AnyConsumer
from libs.service.setup import setup_tables
from waymark.backup.manifest import Manifest, ServingModel
from waymark.operator import connected
from waymark.services import STORING, consumers
from waymark.settings import MachineSettings


async def make_tables(settings: MachineSettings, manifest: Manifest) -> Sequence[ServingModel]:
    """Make the tables in an empty database; return the read models whose tables now mean something else.

    Raises DatabaseUnavailable, MissingRight, MigrationError.
    """
    url = settings.required_database_url
    for service in STORING:
        await setup_tables(service, url, to=manifest.revisions.get(service.name))
    if manifest.log.in_database:
        async with connected_once(url, application_name="waymark-restore") as connection:
            await ensure_schema(connection)
    for reactor in manifest.reactors:
        registered = RegisteredReactor(reactor.service, reactor.name)
        async with connected(settings, projector_of=reactor.service) as db, db.transaction() as conn:
            await create_reactor_tables(conn, reactor.service, registered.tables)
    return [model for model in manifest.models if not await _make_model(settings, model)]


async def _make_model(settings: MachineSettings, model: ServingModel) -> bool:
    """Make a read model's tables, empty; returns whether rows of the backup belong into them."""
    projection = _projection_of(model)
    if projection is None or isinstance(projection, Reactor):
        return False
    async with connected(settings, projector_of=model.service) as db, db.transaction() as conn:
        await conn.execute(REGISTRY.add_model, model.service, model.name)
        await create_tables(conn, model.service, model.name, model.generation, projection.ddl)
        await finish_tables(conn, model.service, model.schema, projection.finishing_ddl)
    return projection.version == model.version


def _projection_of(model: ServingModel) -> AnyConsumer | None:
    found = (one for one in consumers() if (one.service, one.name) == (model.service, model.name))
    return next(found, None)
