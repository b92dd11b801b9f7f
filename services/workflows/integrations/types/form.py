"""What a type of integration says of itself: its settings, its secrets, its provider's, and how one is tested."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final, TypeAlias

from pydantic import AfterValidator, Field, StringConstraints

from libs.httpkit.camel import CamelBody
from libs.outbound.client import Outbound
from libs.outbound.errors import UrlRefused
from libs.outbound.urls import read_host, read_url
from services.workflows.task_types.model import Connected

MAX_URL_CHARS: Final = 2_000
PROBE_S: Final = 10.0
"""How long a test of an integration may take."""


def _url(text: str) -> str:
    try:
        read_url(text)
    except UrlRefused as refusal:
        raise ValueError(str(refusal)) from None
    return text.rstrip("/")


def _host(text: str) -> str:
    try:
        read_host(text)
    except UrlRefused as refusal:
        raise ValueError(str(refusal)) from None
    return text


Url = Annotated[str, StringConstraints(min_length=1, max_length=MAX_URL_CHARS), AfterValidator(_url)]
Host = Annotated[str, StringConstraints(min_length=1, max_length=253), AfterValidator(_host)]
Port = Annotated[int, Field(strict=True, ge=1, le=65_535)]
Probe: TypeAlias = Callable[[Connected, Outbound], Awaitable[str]]
"""Tries an integration and returns what was found. Raises TaskFailed."""
CheckSecrets: TypeAlias = Callable[[Mapping[str, str]], Mapping[str, str]]
"""Returns what is wrong with secrets, by their keys."""


class NoSettings(CamelBody):
    """The settings of a type that has none."""


class BaseUrlSettings(CamelBody):
    """The address that calls go to, where it is not the usual one."""

    base_url: Url | None = Field(default=None, title="Base URL", description="When absent, the public one.")


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretKey:
    """A secret by its key."""

    key: str
    title: str
    description: str = ""
    required: bool = True


def half_logins(secrets: Mapping[str, str]) -> dict[str, str]:
    """Return the error of a user name without its password, and of a password without its user name."""
    missing = {"USERNAME", "PASSWORD"} - secrets.keys()
    return dict.fromkeys(missing, "user name and password are expected together") if len(missing) == 1 else {}


def nothing_wrong(_: Mapping[str, str]) -> Mapping[str, str]:
    """Find nothing wrong with any secrets."""
    return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountForm:
    """The settings and secrets of a provider or an integration; `urls` are the members of either that are called."""

    settings: type[CamelBody] = NoSettings
    secrets: tuple[SecretKey, ...] = ()
    urls: tuple[str, ...] = ()
    check: CheckSecrets = nothing_wrong


@dataclass(frozen=True, slots=True, kw_only=True)
class IntegrationType:
    """A type of integration; one with a `provider` is an account with it."""

    type: str
    title: str
    description: str
    account: AccountForm
    probe: Probe
    provider: AccountForm | None = None
    probe_provider: Probe | None = None


def base_url(connected: Connected, usual: str) -> str:
    """Return the base URL of an integration: its own, else its provider's, else the usual one."""
    found: Any = connected.settings.get("baseUrl") or connected.provider_settings.get("baseUrl") or usual
    return str(found)
