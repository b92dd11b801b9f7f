"""What pages are told of the installation."""

from __future__ import annotations

from typing import TypedDict


class Config(TypedDict):
    """The answer of `config.json`: nothing of a tenant, and no secret."""

    version: str
    grafanaUrl: str | None
