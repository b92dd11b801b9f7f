"""Rules of tenants, e-mails and roles."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.auth.principal import ROLES
from services.accounts.model import fold_email, is_email, is_tenant_id, known_roles


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
