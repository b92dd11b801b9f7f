"""The settings of every process, and those that every service's own settings begin with."""

from __future__ import annotations

import re
import socket
from collections.abc import Mapping
from ipaddress import ip_network
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, Field, ValidationError
from pydantic_settings import BaseSettings, SettingsError

from libs.auth.defaults import DEFAULT_AUDIENCE, DEFAULT_COOKIE, DEFAULT_ISSUER
from libs.eventlog.settings import LogSettings
from libs.httpkit.validation import words_of
from libs.pg.settings import PgSettings

SettingsT = TypeVar("SettingsT", bound=BaseSettings)
_FIELD = re.compile(r'field "(\w+)"')


class SettingsInvalid(Exception):
    """Settings will not do; the message names each, without its value, which may be a secret."""


def _network(text: str) -> str:
    return str(ip_network(text))


class ProcessSettings(PgSettings):
    """`host` and `port` to listen on; `member` names this process in consumer groups, the same after a restart.

    `trusted_proxies`: addresses and networks whose `X-Forwarded-For` and `X-Forwarded-Proto` say who a caller is.
    A connection that was idle for `keep_alive_s` is closed; a load balancer in front should give up its own sooner.
    While less than `disk_reserve_mib` are free on the embedded database's disk, nothing is recorded.
    """

    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=0, le=65535)
    trusted_proxies: frozenset[Annotated[str, AfterValidator(_network)]] = frozenset()
    keep_alive_s: int = Field(default=75, ge=1, le=3600)
    disk_reserve_mib: int = Field(default=512, ge=64)
    member: str = Field(default_factory=socket.gethostname, min_length=1, max_length=100)

    @property
    def required_database_url(self) -> str:
        """Return the database's URL as the owner connects. Raises as `url_as`."""
        return self.url_as("owner")

    def url_as(self, name: str) -> str:
        """Return as `PgSettings` does. Raises SettingsInvalid without a URL: a service does not bring a database."""
        if self.database_url is None:
            raise SettingsInvalid("WAYMARK_DATABASE_URL is not set")
        return super().url_as(name)


class ServiceSettings(ProcessSettings, LogSettings):
    """The addresses of database and log, and the issuer of accepted tokens; a service's own settings inherit these.

    `allowed_origins` may write by cookie; pages of `cors_origins` may call the API, without cookies.
    """

    token_issuer: str = DEFAULT_ISSUER
    token_audience: str = DEFAULT_AUDIENCE
    cookie_name: str = DEFAULT_COOKIE
    allowed_origins: frozenset[str] = frozenset()
    cors_origins: frozenset[Annotated[str, Field(pattern=r"^(\*|https?://[^/\s]+)$")]] = frozenset()


def settings_of(
    model: type[SettingsT], given: Mapping[str, Any] | None = None, *, flags: Mapping[str, str] | None = None
) -> SettingsT:
    """Read a model from the environment; the values `given` override it. `flags` has the flags of fields that have one.

    Raises SettingsInvalid.
    """
    names = flags or {}
    try:
        return model(**(given or {}))
    except ValidationError as error:
        problems = (
            f"{_setting(str(next(iter(problem['loc']), 'settings')), names)}: {words_of(problem)}"
            for problem in error.errors(include_input=False)
        )
        raise SettingsInvalid("; ".join(problems)) from None
    except SettingsError as error:
        # Raised for a variable that holds JSON; its message has the field's name, and nothing else has.
        field = _FIELD.search(str(error))
        raise SettingsInvalid(f"{_setting(field[1], names) if field else error}: JSON is expected") from None


def _setting(field: str, flags: Mapping[str, str]) -> str:
    variable = f"WAYMARK_{field.upper()}"
    return f"{flags[field]} ({variable})" if field in flags else variable
