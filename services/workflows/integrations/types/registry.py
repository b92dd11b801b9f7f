"""The types of integration, by their names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from services.workflows.integrations.model import PROVIDER, AccountKind
from services.workflows.integrations.types import discord, http, postgresql, slack, smtp, twitter, webhook
from services.workflows.integrations.types.form import AccountForm, IntegrationType

TYPES: Final[Mapping[str, IntegrationType]] = {
    module.TYPE.type: module.TYPE for module in (discord, http, postgresql, slack, smtp, twitter, webhook)
}


def form_of(kind: AccountKind, type_: str) -> AccountForm | None:
    """Return the form of a type's providers or integrations; None when there are none."""
    found = TYPES.get(type_)
    if found is None:
        return None
    return found.provider if kind == PROVIDER else found.account
