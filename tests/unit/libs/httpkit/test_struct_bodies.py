"""Bodies decoded into structs: unknown members are left out, misspelt ones named, and values kept as they were sent."""

from __future__ import annotations

import msgspec
import pytest

from libs.httpkit.errors import Unprocessable
from libs.httpkit.struct_bodies import BodyDecoder


class Note(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    note_text: str | None = None
    data: msgspec.Raw = msgspec.Raw(b"null")


DECODER = BodyDecoder(Note)


def test_unknown_members_are_ignored_and_the_rest_is_as_sent() -> None:
    note = DECODER.decode(b'{"more": [1], "noteText": "a", "data": {"b" : 1.50, "b": 2}, "x": null}')

    assert (note.note_text, bytes(note.data)) == ("a", b'{"b" : 1.50, "b": 2}')


def test_of_a_member_that_is_there_twice_the_last_counts() -> None:
    assert DECODER.decode(b'{"noteText": "a", "noteText": "b"}').note_text == "b"
    assert DECODER.decode(b'{"more": 1, "noteText": "a", "noteText": "b"}').note_text == "b"


@pytest.mark.parametrize("name", ["notetext", "note_text", "noteTexxt", "Data"])
def test_a_misspelt_member_is_named(name: str) -> None:
    with pytest.raises(Unprocessable) as caught:
        DECODER.decode(b'{"more": 1, "%b": "a"}' % name.encode())
    (violation,) = caught.value.violations
    assert (violation.loc, violation.type) == (("body", name), "misspelt_name")


@pytest.mark.parametrize(
    "raw", [b"", b"{", b"[]", b"1", b'{"noteText": 1}', b'{"more": 1, "noteText": 1}', b'{"more": 1, "noteText": "a"']
)
def test_what_does_not_fit_is_the_decoders_to_say(raw: bytes) -> None:
    with pytest.raises(msgspec.DecodeError):
        DECODER.decode(raw)
