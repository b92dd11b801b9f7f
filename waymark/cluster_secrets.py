"""The secrets of an installation of several containers: a folder for each, with what that one needs and no more.

What is there stays, so that a second run changes nothing.
"""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote, urlsplit

from libs.pg.login_urls import database_of, login_of, logins_text
from libs.service.private_files import LOGINS_FILE, SECRET_KEY_FILE, kept_secret, write_private
from libs.vault.settings import SecretKeySettings
from waymark.errors import CommandFailed
from waymark.kafka_users import PASSWORD_FILE as KAFKA_PASSWORD_FILE
from waymark.logins import logins_of
from waymark.services import STORING
from waymark.settings import MachineSettings, load_secret_key

OWNER_PASSWORD_FILE = "password"  # noqa: S105  # a file name
_GRAFANA_FILES = ("password", "encryption.key")
"""The password of its first user, and the key that its own secrets are encrypted with."""


def write_secrets(settings: MachineSettings, into: Path, *, owner_password: str | None = None) -> None:
    """Write the folders `setup`, `postgres`, `grafana` and one for each service.

    The key that encrypts is the settings' or the data directory's, if either has one. `owner_password` is that of a
    database which is there already. Raises CommandFailed.
    """
    url = settings.database_url
    if url is None or (owner := urlsplit(url).username) is None:
        raise CommandFailed("WAYMARK_DATABASE_URL must name the database and its owner's login")
    password = kept_secret(into / "postgres" / OWNER_PASSWORD_FILE, owner_password)
    for name in _GRAFANA_FILES:
        kept_secret(into / "grafana" / name)
    write_private(into / "setup" / LOGINS_FILE, logins_text({unquote(owner): password}))
    secret_key = kept_secret(into / "setup" / SECRET_KEY_FILE, load_secret_key(settings))
    settings = settings.model_copy(update={"secret_key": secret_key})
    logins, database = logins_of(settings), database_of(url)
    for service in STORING:
        folder, login = into / service.name, login_of(service.name, database)
        write_private(folder / LOGINS_FILE, logins_text({login: logins[login]}))
        kept_secret(folder / KAFKA_PASSWORD_FILE)
        if issubclass(service.settings, SecretKeySettings):
            write_private(folder / SECRET_KEY_FILE, secret_key)
