"""Rules of mnemonics and colours, and the starter set as data."""

from __future__ import annotations

import pytest

from services.catalog.model import ACTIONS, ORIGINS, is_color, is_mnemonic, system_item_id
from services.catalog.starter_set import STARTER_SET


@pytest.mark.parametrize("text", ["A", "ORDER", "order_line-2", "v1.2:x", "0", "A" * 64])
def test_mnemonics(text: str) -> None:
    assert is_mnemonic(text)


@pytest.mark.parametrize("text", ["", " A", "A B", "-A", "Ä", "A/B", "A\n", "A" * 65, "٣"])
def test_no_mnemonics(text: str) -> None:
    assert not is_mnemonic(text)


@pytest.mark.parametrize("text", ["#fff", "#F59e0b", "#000000"])
def test_colors(text: str) -> None:
    assert is_color(text)


@pytest.mark.parametrize("text", ["", "fff", "#ff", "#ffff", "#fffff", "#ggg", "#fffffff", "#fff\n", "red"])
def test_no_colors(text: str) -> None:
    assert not is_color(text)


def test_a_system_items_id_depends_on_tenant_kind_and_mnemonic_alone() -> None:
    one = system_item_id("acme", ACTIONS, "CREATE")

    assert one == system_item_id("acme", ACTIONS, "create")
    assert len({one, system_item_id("other", ACTIONS, "CREATE"), system_item_id("acme", ORIGINS, "CREATE")}) == 3


def test_the_starter_set_keeps_the_rules() -> None:
    for _, drafts in STARTER_SET:
        assert len({draft.mnemonic.lower() for draft in drafts}) == len(drafts)
        for draft in drafts:
            assert is_mnemonic(draft.mnemonic)
            assert is_color(draft.bg_color_hex or "")
            assert is_color(draft.font_color_hex or "")
