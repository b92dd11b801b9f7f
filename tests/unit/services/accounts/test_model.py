"""Rules of tenants, e-mails and roles."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from libs.auth.principal import ROLES
from services.accounts.model import fold_email, is_email, is_tenant_id, known_roles
from services.accounts.schemas import KeyIn


@pytest.mark.parametrize("text", ["a", "default", "acme-2", "0", "-", "a" * 63])
def test_slugs_are_tenant_ids(text: str) -> None:
    assert is_tenant_id(text)


@pytest.mark.parametrize("text", ["", "A", "a_b", "a b", "é", "a" * 64, "a\n", "a:b", "٣"])
def test_other_texts_are_not(text: str) -> None:
    assert not is_tenant_id(text)


@pytest.mark.parametrize(
    "text", ["a@b", "ann+x@example.com", "ann.b@sub.example.com", "Änn@exämple.com", "admin@waymark.local"]
)
def test_addresses_are_emails(text: str) -> None:
    assert is_email(text)


@pytest.mark.parametrize(
    "text", ["", "a", "@b", "a@", "a@@b", "a@b@c", "a b@c", "a@b..c", "a@.b", "a@b.", "a\x00@b", "a@" + "b" * 260]
)
def test_other_texts_are_no_emails(text: str) -> None:
    assert not is_email(text)


def test_emails_are_compared_without_case_and_margins() -> None:
    assert fold_email(" Ärger@Example.COM ") == "ärger@example.com"


@given(st.lists(st.sampled_from(ROLES), min_size=1))
def test_roles_are_kept_once_each_in_order_of_power(roles: list[str]) -> None:
    kept = known_roles(roles)

    assert set(kept) == set(roles)
    assert list(kept) == sorted(kept, key=ROLES.index)
    assert len(kept) == len(set(kept))


@pytest.mark.parametrize("roles", [[], ["root"], ["viewer", "Admin"]])
def test_no_roles_and_unknown_ones_are_refused(roles: list[str]) -> None:
    with pytest.raises(ValueError, match="role"):
        known_roles(roles)


@pytest.mark.parametrize("text", ["9999-12-31T23:59:59-00:01", "0001-01-01T00:00:00+00:01", "10000-01-01T00:00:00Z"])
def test_an_end_that_no_time_can_tell_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        KeyIn.model_validate({"label": "a key", "roles": ["viewer"], "expiresAt": text})
