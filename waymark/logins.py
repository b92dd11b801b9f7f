"""Gives every service a login of its own in the database, so that none acts with the rights of whoever set it up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from libs.eventlog.open import LOG
from libs.eventlog.postgres.schema import LOG_ROLE
from libs.pg.database import connected_once
from libs.pg.errors import MissingRight
from libs.pg.login_urls import database_of, derived_logins, login_of, logins_text
from libs.pg.logins import ensure_login
from libs.pg.roles import projector_role, request_role
from libs.service.private_files import LOGINS_FILE, write_private
from libs.telemetry.logger import get_logger
from waymark.services import STORING
from waymark.settings import MachineSettings, load_secret_key

_log = get_logger(__name__)


def roles_by_name() -> Mapping[str, Sequence[str]]:
    """Return the roles that each login may act as: a service its own two, the PostgreSQL log its own."""
    services = {service.name: (projector_role(service.name), request_role(service.name)) for service in STORING}
    return {**services, LOG: (LOG_ROLE,)}


def logins_of(settings: MachineSettings) -> dict[str, str]:
    """Return the passwords of all logins of the installation, by login."""
    primary = load_secret_key(settings).partition(",")[0]
    return derived_logins(roles_by_name(), database_of(settings.required_database_url), primary)


async def make_logins(settings: MachineSettings) -> MachineSettings:
    """Make the logins and the file of their passwords, and return the settings for services that use them.

    Where the owner may not make logins, services go on connecting as the owner, which is logged.
    """
    passwords, url = logins_of(settings), settings.required_database_url
    try:
        async with connected_once(url, application_name="waymark-setup") as connection:
            for name, roles in roles_by_name().items():
                login = login_of(name, database_of(url))
                await ensure_login(connection, login, passwords[login], roles=roles)
    except MissingRight as error:
        _log.warning("services connect as the owner of the database", reason=str(error))
        return settings
    path = settings.data_dir / LOGINS_FILE
    write_private(path, logins_text(passwords))
    return settings.with_logins(path)
