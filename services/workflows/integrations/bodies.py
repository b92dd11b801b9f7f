"""Reads settings and secrets by their type, and names everything that is wrong with them at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
from pydantic import ValidationError

from libs.httpkit.errors import Unprocessable, Violation
from libs.httpkit.near_names import KnownNames
from libs.httpkit.validation import violations_in
from libs.outbound.client import Outbound
from libs.outbound.errors import UrlRefused
from services.workflows.integrations.model import MAX_SETTINGS_BYTES, AccountKind
from services.workflows.integrations.types.form import AccountForm
from services.workflows.integrations.types.registry import TYPES, form_of

GivenSecrets = Mapping[str, str | None]
"""Secrets by their keys; None takes one away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenAccount:
    """A provider or an integration as a request wants it; its settings are read."""

    provider: str | None
    settings: Mapping[str, Any]
    secrets: GivenSecrets = field(repr=False)


def require_form(kind: AccountKind, type_: str) -> AccountForm:
    """Return the form of a type. Raises Unprocessable when there is none."""
    found = form_of(kind, type_)
    if found is None:
        known = ", ".join(name for name in sorted(TYPES) if form_of(kind, name) is not None)
        raise Unprocessable(Violation(("body", "type"), f"one of {known} is expected", "unknown_type"))
    return found


def read_account(
    form: AccountForm, *, provider: str | None, settings: Mapping[str, Any], secrets: GivenSecrets
) -> GivenAccount:
    """Return what a request wants. Raises Unprocessable, naming all settings and keys that are wrong."""
    violations = list(_unknown_keys(form, secrets))
    read: Mapping[str, Any] = {}
    try:
        read = form.settings.model_validate(settings).model_dump(by_alias=True, exclude_none=True)
    except ValidationError as error:
        violations += violations_in(error.errors(include_url=False), "body", "settings")
    if len(orjson.dumps(read)) > MAX_SETTINGS_BYTES:
        message = f"at most {MAX_SETTINGS_BYTES} bytes are expected, as JSON"
        violations.append(Violation(("body", "settings"), message, "too_large"))
    if violations:
        raise Unprocessable(*violations)
    return GivenAccount(provider=provider, settings=read, secrets=secrets)


def require_complete(form: AccountForm, secrets: Mapping[str, str]) -> None:
    """Raise Unprocessable unless the secrets, in plain text, are all there and fit each other."""
    violations = [
        Violation(("body", "secrets", one.key), "is required", "missing")
        for one in form.secrets
        if one.required and one.key not in secrets
    ]
    violations += [Violation(("body", "secrets", key), words) for key, words in form.check(secrets).items()]
    if violations:
        raise Unprocessable(*violations)


async def admit(outbound: Outbound, form: AccountForm, given: GivenAccount) -> None:
    """Raise Unprocessable naming the URLs that would not be called."""
    violations = []
    for part, values in (("settings", given.settings), ("secrets", given.secrets)):
        for name in form.urls:
            if isinstance(url := values.get(name), str):
                try:
                    await outbound.admit(url)
                except UrlRefused as refusal:
                    violations.append(Violation(("body", part, name), str(refusal), "url_refused"))
    if violations:
        raise Unprocessable(*violations)


def _unknown_keys(form: AccountForm, secrets: GivenSecrets) -> Iterator[Violation]:
    known = KnownNames(one.key for one in form.secrets)
    keys = ", ".join(one.key for one in form.secrets) or "no secrets"
    for key in secrets:
        if key not in known:
            yield Violation(("body", "secrets", key), f"{keys} are expected", "unknown_field")
