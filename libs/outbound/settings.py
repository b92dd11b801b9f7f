"""The setting of every service that calls out; its own settings model inherits it."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from libs.outbound.let_through import LetThrough, read_let_through


def _read(given: object) -> object:
    return read_let_through(given) if isinstance(given, str) else given


class OutboundSettings(BaseSettings):
    """`outbound_allow`: what is not public, or is called without TLS, and may be reached all the same.

    Environment prefix `WAYMARK_`.
    """

    model_config = SettingsConfigDict(env_prefix="WAYMARK_", env_ignore_empty=True, frozen=True, extra="ignore")

    outbound_allow: Annotated[tuple[LetThrough, ...], NoDecode, BeforeValidator(_read)] = ()
