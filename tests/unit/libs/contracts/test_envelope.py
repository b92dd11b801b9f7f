"""The short way to an envelope's type and tenant accepts and finds what the whole way does."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from libs.contracts.envelope import Envelope, Headers, decode_headers, decode_type_and_tenant, encode_headers
from libs.contracts.errors import InvalidRecord

ENVELOPE = Envelope(
    id="i", source="waymark/acme/interactions", type="t", time="2026-01-15T10:30:00.000Z", tenant_id="acme", sequence=7
)
_NAMES = st.sampled_from([name for name, _ in encode_headers(ENVELOPE)] + ["ce_subject", "foreign"])
_VALUES = st.sampled_from([b"", b"1.0", b"7", b"x", "ü".encode(), b"\xff", b"\xc2\xb2"])


@given(st.lists(st.tuples(_NAMES, _VALUES), max_size=3), st.sets(_NAMES, max_size=2))
def test_type_and_tenant_are_those_of_the_whole_envelope(added: list[tuple[str, bytes]], without: set[str]) -> None:
    headers = tuple(pair for pair in encode_headers(ENVELOPE) if pair[0] not in without)
    for changed in (headers + tuple(added), tuple(added) + headers):
        assert _short(changed) == _whole(changed)


def _whole(headers: Headers) -> tuple[str, str] | str:
    try:
        envelope = decode_headers(headers)
    except InvalidRecord as error:
        return str(error)
    return envelope.type, envelope.tenant_id


def _short(headers: Headers) -> tuple[str, str] | str:
    try:
        return decode_type_and_tenant(headers)
    except InvalidRecord as error:
        return str(error)
