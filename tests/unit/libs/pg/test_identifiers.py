"""Names in SQL text: quoted so that nothing of them is read as SQL."""

import pytest

from libs.pg.identifiers import quote_identifier, quote_qualified


def test_a_name_stays_one_name() -> None:
    assert quote_identifier('a"; DROP TABLE b') == '"a""; DROP TABLE b"'
    assert quote_qualified("accounts.keys") == '"accounts"."keys"'


@pytest.mark.parametrize("name", ["", "a\0b", "ä" * 32])
def test_a_name_postgresql_would_change_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="not a usable"):
        quote_identifier(name)
