"""Settings and secrets of integrations are read by their type, and everything that is wrong is named."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from libs.httpkit.errors import Unprocessable
from services.workflows.integrations.bodies import read_account, require_complete
from services.workflows.integrations.model import MAX_SETTINGS_BYTES
from services.workflows.integrations.types.registry import form_of

BASE = {"baseUrl": "https://api.example.com"}


def places(refused: pytest.ExceptionInfo[Unprocessable]) -> list[tuple[str | int, ...]]:
    """The places that are wrong."""
    return [one.loc for one in refused.value.violations]


def test_settings_are_bounded_as_a_whole() -> None:
    form = form_of("integration", "http")
    assert form is not None
    headers = {"x-long": "a" * (MAX_SETTINGS_BYTES - 200)}
    assert read_account(form, provider=None, settings={**BASE, "headers": headers}, secrets={})
    with pytest.raises(Unprocessable) as refused:
        read_account(form, provider=None, settings={**BASE, "headers": headers | {"x-more": "a" * 200}}, secrets={})
    assert places(refused) == [("body", "settings")]


@pytest.mark.parametrize("type_", ["http", "smtp"])
@pytest.mark.parametrize(
    ("secrets", "missing"),
    [({"USERNAME": "u"}, ["PASSWORD"]), ({"PASSWORD": "p"}, ["USERNAME"]), ({"USERNAME": "u", "PASSWORD": "p"}, [])],
)
def test_a_login_has_both_its_halves(type_: str, secrets: Mapping[str, str], missing: list[str]) -> None:
    form = form_of("integration", type_)
    assert form is not None
    if not missing:
        require_complete(form, secrets)
        return
    with pytest.raises(Unprocessable) as refused:
        require_complete(form, secrets)
    assert places(refused) == [("body", "secrets", key) for key in missing]
