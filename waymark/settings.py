"""The settings of the single machine: the same as flags of `waymark up` and as `WAYMARK_*` in the environment."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Self

from pydantic import Field

from libs.eventlog.settings import LogSettings
from libs.outbound.settings import OutboundSettings
from libs.pg.login_urls import without_login
from libs.service.private_files import SECRET_KEY_FILE, kept_secret, write_private
from libs.service.settings import ProcessSettings, SettingsInvalid, settings_of
from libs.vault.settings import SecretKeySettings
from waymark.errors import CommandFailed

_FLAGS = {
    "data_dir": "--data-dir",
    "host": "--host",
    "port": "--port",
    "database_url": "--database-url",
    "kafka_bootstrap_servers": "--kafka",
}


class MachineSettings(ProcessSettings, LogSettings, OutboundSettings, SecretKeySettings):
    """The settings of `waymark up`; everything else has one value that fits one machine.

    `database_logins` False lets services connect as the database URL's login, as behind a pooler that knows no other.
    With `kafka_users_dir` setup makes the services' users at Kafka, their passwords in a folder for each service.
    `otlp_grpc_port` is where OTLP/gRPC is served, 0: nowhere; without it at 4317, if that is free.
    """

    database_logins: bool = True
    kafka_users_dir: Path | None = None
    otlp_grpc_port: int | None = Field(default=None, ge=0, le=65535)

    @property
    def url(self) -> str:
        """The one address of the machine."""
        host = "127.0.0.1" if self.host in {"0.0.0.0", "::", ""} else self.host  # noqa: S104  # compared, not bound
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"

    def with_database(self, url: str) -> Self:
        """Return these settings with another database."""
        return self.model_copy(update={"database_url": url})

    def with_otlp_grpc(self, port: int) -> Self:
        """Return these settings with another port of OTLP/gRPC."""
        return self.model_copy(update={"otlp_grpc_port": port})

    def with_kafka(self, bootstrap_servers: str | None) -> Self:
        """Return these settings with another log: the Kafka at these addresses, None: the PostgreSQL log."""
        return self.model_copy(update={"kafka_bootstrap_servers": bootstrap_servers})

    def with_logins(self, path: Path) -> Self:
        """Return these settings for services that have logins of their own, the passwords in a file."""
        url = without_login(self.required_database_url)
        return self.model_copy(update={"database_url": url, "database_logins_file": path})

    def environment(self) -> dict[str, str]:
        """Return this process's environment with these settings as variables, for every service of the machine."""
        values = {
            "WAYMARK_DATA_DIR": str(self.data_dir.absolute()),
            "WAYMARK_HOST": self.host,
            "WAYMARK_PORT": str(self.port),
            "WAYMARK_DATABASE_URL": self.database_url or "",
            "WAYMARK_DATABASE_LOGINS_FILE": str(
                self.database_logins_file.absolute() if self.database_logins_file else ""
            ),
            "WAYMARK_SECRET_KEY": load_secret_key(self),
            "WAYMARK_KAFKA_BOOTSTRAP_SERVERS": self.kafka_bootstrap_servers or "",
            "WAYMARK_OTLP_GRPC_PORT": str(self.otlp_grpc_port or 0),
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
    """Return the key that encrypts stored secrets: the setting's, else the data directory's, made if missing."""
    secret = settings.secret
    return kept_secret(settings.data_dir / SECRET_KEY_FILE) if secret is None else secret


def read_secret_key(settings: MachineSettings) -> str | None:
    """Return the key that encrypts stored secrets as `load_secret_key` does; None where there is none yet."""
    path = settings.data_dir / SECRET_KEY_FILE
    if settings.secret is not None or not path.exists():
        return settings.secret
    return path.read_text(encoding="utf-8").strip()


def keep_secret_key(settings: MachineSettings) -> None:
    """Follow a secret key that was changed by the setting: call it once everything has started under that one.

    A data directory that never held the key gets none.
    """
    path = settings.data_dir / SECRET_KEY_FILE
    if settings.secret_key and path.exists() and path.read_text(encoding="ascii").strip() != settings.secret_key:
        write_private(path, settings.secret_key)
