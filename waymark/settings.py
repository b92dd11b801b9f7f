"""The settings of the single machine: the same as flags of `waymark up` and as `WAYMARK_*` in the environment."""

from __future__ import annotations

import os
import secrets
from typing import Any, Self

from pydantic import Field

from libs.eventlog.settings import LogSettings
from libs.service.private_files import SECRET_KEY_FILE, write_private
from libs.service.settings import ProcessSettings, SettingsInvalid, settings_of
from waymark.errors import CommandFailed

_SECRET_BYTES = 32
_FLAGS = {
    "data_dir": "--data-dir",
    "host": "--host",
    "port": "--port",
    "database_url": "--database-url",
    "kafka_bootstrap_servers": "--kafka",
}


class MachineSettings(ProcessSettings, LogSettings):
    """The settings of `waymark up`; everything else has one value that fits one machine."""

    secret_key: str | None = Field(default=None, repr=False)

    @property
    def url(self) -> str:
        """The one address of the machine."""
        host = "127.0.0.1" if self.host in {"0.0.0.0", "::", ""} else self.host  # noqa: S104  # compared, not bound
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"

    def with_database(self, url: str) -> Self:
        """Return these settings with another database."""
        return self.model_copy(update={"database_url": url})

    def with_kafka(self, bootstrap_servers: str | None) -> Self:
        """Return these settings with another log: the Kafka at these addresses, None: the PostgreSQL log."""
        return self.model_copy(update={"kafka_bootstrap_servers": bootstrap_servers})

    def environment(self, *, secret_key: str) -> dict[str, str]:
        """Return this process's environment with these settings as variables, for every service of the machine."""
        values = {
            "WAYMARK_DATA_DIR": str(self.data_dir.absolute()),
            "WAYMARK_HOST": self.host,
            "WAYMARK_PORT": str(self.port),
            "WAYMARK_DATABASE_URL": self.required_database_url,
            "WAYMARK_SECRET_KEY": secret_key,
            "WAYMARK_KAFKA_BOOTSTRAP_SERVERS": self.kafka_bootstrap_servers or "",
        }
        return dict(os.environ) | values


def read_settings(**flags: Any) -> MachineSettings:
    """Read the settings from the environment; flags that are not None override them.

    Raises CommandFailed naming each setting that will not do, without its value, which may be a secret.
    """
    given = {name: value for name, value in flags.items() if value is not None}
    try:
        return settings_of(MachineSettings, given, flags=_FLAGS)
    except SettingsInvalid as error:
        raise CommandFailed(str(error)) from None


def load_secret_key(settings: MachineSettings) -> str:
    """Return the key that encrypts signing keys at rest: the setting's, else the data directory's, made if missing."""
    if settings.secret_key:
        return settings.secret_key
    path = settings.data_dir / SECRET_KEY_FILE
    if not path.exists():
        write_private(path, secrets.token_urlsafe(_SECRET_BYTES))
    return path.read_text(encoding="ascii").strip()
