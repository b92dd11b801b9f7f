"""Printable texts: the rule is the Unicode categories', and the client has the same one."""

from __future__ import annotations

import sys
import unicodedata

import pytest

from libs.contracts.texts import is_printable, only_printable
from waymark.client.errors import Refused
from waymark.client.requests import header_value

_REFUSED = {"Cc", "Cs", "Zl", "Zp"}


def test_control_characters_separators_of_lines_and_surrogates_are_refused_and_nothing_else() -> None:
    wrong = [
        hex(code)
        for code in range(sys.maxunicode + 1)
        if is_printable(chr(code)) == (unicodedata.category(chr(code)) in _REFUSED)
    ]
    assert wrong == []


@pytest.mark.parametrize(
    "text", ["", "a", "日本\u3000語", "می\u200cخواهم", "👩\u200d💻", "10\u00a0km", "a\u202eb", "\ufeff"]
)
def test_what_occurs_in_names_is_printable(text: str) -> None:
    assert is_printable(text)
    assert only_printable(text) == text


@pytest.mark.parametrize("bad", ["\0", "\t", "\n", "\r", "\x7f", "\x85", "\u2028", "\u2029", "\ud800"])
def test_one_that_is_not_makes_the_text_unprintable(bad: str) -> None:
    assert not is_printable(f"日本\u3000{bad}語")
    assert only_printable(f"a{bad}b") == "a_b"
    with pytest.raises(Refused):
        header_value("x-uowid", f"a{bad}b")


def test_the_client_sends_what_the_door_takes() -> None:
    assert header_value("x-uowid", "日本\u3000語\u200d") == "日本\u3000語\u200d".encode()
