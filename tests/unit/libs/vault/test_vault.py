"""Secrets at rest: what the vault takes, and what opens what."""

from __future__ import annotations

import pytest

from libs.vault.vault import Vault, WrongSecretKey

OLD, NEW = "the former secret", "the present secret"


def test_what_was_encrypted_comes_back_and_is_not_readable() -> None:
    stored = Vault(OLD).encrypt(b"private")

    assert b"private" not in stored
    assert Vault(OLD).decrypt(stored) == b"private"


def test_another_secret_does_not_open_it() -> None:
    with pytest.raises(WrongSecretKey, match="WAYMARK_SECRET_KEY"):
        Vault(NEW).decrypt(Vault(OLD).encrypt(b"private"))


def test_several_secrets_open_and_the_first_encrypts() -> None:
    both = Vault(f"{NEW}, {OLD}")
    stored = Vault(OLD).encrypt(b"private")

    assert both.decrypt(stored) == b"private"
    assert not both.is_under_newest(stored)
    assert Vault(NEW).decrypt(both.encrypt(b"private")) == b"private"


@pytest.mark.parametrize("secret", [None, "", " , ", "too short", f"{NEW},short"])
def test_a_missing_or_short_secret_is_refused(secret: str | None) -> None:
    with pytest.raises(WrongSecretKey):
        Vault(secret)


def test_fingerprints_depend_on_the_secret() -> None:
    assert Vault(OLD).fingerprint(b"x") == Vault(OLD).fingerprint(b"x")
    assert Vault(OLD).fingerprint(b"x") != Vault(NEW).fingerprint(b"x")
    assert Vault(OLD).fingerprint(b"x") != Vault(OLD).fingerprint(b"y")


def test_what_is_stored_is_renewed_under_the_first_secret_and_then_left_as_it_is() -> None:
    both, stored = Vault(f"{NEW},{OLD}"), Vault(OLD).encrypt(b"private")

    renewed = both.renewed(stored)

    assert renewed is not None
    assert Vault(NEW).decrypt(renewed) == b"private"
    assert both.renewed(renewed) is None
    with pytest.raises(WrongSecretKey):
        Vault(OLD).renewed(renewed)


def test_what_was_stored_by_the_first_release_is_read_by_this_one() -> None:
    stored = b"gAAAAABrCwrU29x578tWIUl_mIHFdmj0YqJi8LL37HlIz6l_B_h5WwlyjNsVMtBbg_VfZJcNeH8dR00fvCtoAO8buoDUlV7gdA=="
    assert Vault(OLD).decrypt(stored) == b"private"
    assert Vault(OLD).fingerprint(b"x").hex() == "1931ee6fceacb76a796a2985688de9f374605de8e785975ab89d98d23d13b942"
