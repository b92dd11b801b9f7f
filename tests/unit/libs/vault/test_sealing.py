"""Secrets bound to their owners."""

from __future__ import annotations

import pytest

from libs.vault.sealing import resealed, seal, unseal
from libs.vault.vault import Vault, WrongSecretKey

OLD, NEW = "the old secret key", "the new secret key"
OWNER = ("acme", "integration", "1", "TOKEN")


def test_the_owner_reads_its_secret() -> None:
    vault = Vault(OLD)
    token = seal(vault, OWNER, "xoxb-1")
    assert "xoxb-1" not in token
    assert unseal(vault, OWNER, token) == "xoxb-1"


@pytest.mark.parametrize("other", [("other", *OWNER[1:]), (*OWNER[:3], "PASSWORD"), OWNER[:3], ()])
def test_another_owner_does_not(other: tuple[str, ...]) -> None:
    vault = Vault(OLD)
    with pytest.raises(WrongSecretKey, match="owner"):
        unseal(vault, other, seal(vault, OWNER, "xoxb-1"))


def test_what_was_encrypted_without_an_owner_is_nobodys() -> None:
    vault = Vault(OLD)
    with pytest.raises(WrongSecretKey):
        unseal(vault, (), vault.encrypt(b"xoxb-1").decode())


def test_a_token_is_sealed_anew_under_the_newest_key() -> None:
    token = seal(Vault(OLD), OWNER, "xoxb-1")
    renewed = resealed(Vault(f"{NEW},{OLD}"), token)
    assert renewed is not None
    assert unseal(Vault(NEW), OWNER, renewed) == "xoxb-1"
    assert resealed(Vault(NEW), renewed) is None
