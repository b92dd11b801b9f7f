"""The database part of a process's settings; a service's own settings model inherits it."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from libs.pg.login_urls import url_as


class PgSettings(BaseSettings):
    """The database's address, and the limits of one process's use of it. Environment prefix `WAYMARK_`.

    `database_logins_file` has passwords of logins, those of services among them, which then are not in the URL.
    """

    model_config = SettingsConfigDict(env_prefix="WAYMARK_", env_ignore_empty=True, frozen=True, extra="ignore")

    # Holds a password, so it never appears in a printed settings object.
    database_url: str | None = Field(default=None, repr=False)
    database_logins_file: Path | None = None
    data_dir: Path = Path(".waymark")
    database_pool_min_size: int = Field(default=1, ge=0)
    database_pool_max_size: int = Field(default=8, ge=1)
    database_statement_timeout_s: float | None = Field(default=30.0, gt=0)

    def url_as(self, name: str) -> str:
        """Return the URL as a service, or the log, connects. Raises UnknownLogin; ValueError when none is set."""
        if self.database_url is None:
            raise ValueError("WAYMARK_DATABASE_URL is not set")
        return url_as(self.database_url, name, self.database_logins_file)
