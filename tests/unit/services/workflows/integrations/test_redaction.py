"""Secrets taken out of what is shown, in every form that they come back in."""

from __future__ import annotations

import base64
import json
from typing import Any
from urllib.parse import quote, quote_plus

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.workflows.integrations.redaction import NOTHING_SECRET, REDACTED, Redactor, secrets_in, secrets_of
from services.workflows.task_types.model import Connected

SECRET = 'p"ä/ß w\\+rd\n%41'
SECRETS = st.text(
    st.characters(min_codepoint=32, max_codepoint=0x1FFFF, exclude_categories=["Cs"]), min_size=8, max_size=24
)
AROUND = st.text(st.sampled_from("abc XYZ019.:;-"), max_size=9)


def forms(secret: str) -> dict[str, str]:
    """Return the secret in the forms in which a far side may send it back."""
    return {
        "plain": secret,
        "percent": quote(secret, safe=""),
        "lower percent": quote(secret, safe="").lower() if secret.islower() else quote(secret),
        "form": quote_plus(secret),
        "json": json.dumps(secret)[1:-1],
        "json in utf-8": json.dumps(secret, ensure_ascii=False)[1:-1],
        "json with slashes": json.dumps(secret)[1:-1].replace("/", r"\/"),
        "json in json": json.dumps(json.dumps(secret)[1:-1])[1:-1],
    }


@pytest.mark.parametrize("form", forms(SECRET))
def test_a_secret_is_found_in_every_form(form: str) -> None:
    shown = Redactor([SECRET]).text(f"before {forms(SECRET)[form]} after")
    assert shown == f"before {REDACTED} after"


@given(SECRETS, AROUND, AROUND)
def test_no_secret_stays_in_any_form(secret: str, before: str, after: str) -> None:
    redactor = Redactor([secret])
    for form in forms(secret).values():
        assert form not in redactor.text(before + form + after)
    encoded = msgspec.json.encode({"echo": before + secret + after, secret: [secret]})
    assert secret not in json.dumps(json.loads(redactor.encoded(encoded)), ensure_ascii=False)


@given(SECRETS, AROUND, AROUND)
def test_a_secret_is_found_in_what_was_encoded_with_it(secret: str, before: str, after: str) -> None:
    text = f"{before}{secret}{after}".encode()
    at = len(before.encode())
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        shown = Redactor([secret]).text(f"Basic {encode(text).decode()}")
        assert REDACTED in shown
        tail = shown.rpartition(REDACTED)[2]
        assert len(tail) <= len(encode(text[at + len(secret.encode()) :])) + 4


@given(st.text(max_size=60), st.lists(SECRETS, max_size=3))
def test_text_without_a_secret_stays_as_it_is(text: str, secrets: list[str]) -> None:
    # Hypothesis chooses both apart from each other: no text of sixty characters has a secret of eight by chance.
    assert NOTHING_SECRET.text(text) == text
    if not any(secret in text for secret in secrets):
        assert Redactor(secrets).text(text) == text


def test_a_short_secret_is_found_where_it_stands_alone() -> None:
    assert Redactor(["bob"]).text("bob, bobbin and 'bob'") == f"{REDACTED}, bobbin and '{REDACTED}'"
    assert Redactor(["", "x"]).text("box") == "box"


def test_numbers_and_names_of_members_are_looked_at() -> None:
    redactor = Redactor(["12345678"])
    assert redactor.value({"12345678": [12345678, 1, True, None]}) == {REDACTED: [REDACTED, 1, True, None]}
    assert redactor.encoded(b'{"pin":12345678}') == b'{"pin":"[redacted]"}'


def test_encoded_json_without_a_secret_is_the_very_same() -> None:
    encoded = b'{"a": 1,  "b": 12345678901234567890123}'
    assert Redactor(["hidden-secret"]).encoded(encoded) is encoded


FIELDS: dict[str, Any] = {
    "type": "object",
    "properties": {
        "pin": {"type": "string", "x-secret": True},
        "rows": {"type": "array", "items": {"properties": {"key": {"x-secret": True}}}},
        "headers": {"type": "object"},
    },
}
BODY: dict[str, Any] = {
    "pin": "1234",
    "rows": [{"key": "k-1", "name": "one"}],
    "headers": {"Authorization": "Bearer t0k3n-abc", "X-Api-Key": "key-77", "Cookie": "a=b", "Accept": "text/plain"},
    "note": "t0k3n-abc",
}


def test_secret_fields_and_headers_with_credentials_are_not_shown() -> None:
    shown = NOTHING_SECRET.input(FIELDS, BODY)
    assert shown == {
        "pin": REDACTED,
        "rows": [{"key": REDACTED, "name": "one"}],
        "headers": {"Authorization": REDACTED, "X-Api-Key": REDACTED, "Cookie": REDACTED, "Accept": "text/plain"},
        "note": "t0k3n-abc",
    }


def test_what_such_fields_and_headers_hold_is_secret_wherever_it_comes_back() -> None:
    assert set(secrets_in(FIELDS, BODY)) == {"1234", "k-1", "Bearer t0k3n-abc", "t0k3n-abc", "key-77", "a=b"}


def test_the_parts_of_a_secret_are_secret() -> None:
    connected = Connected(
        name="ours",
        type="http",
        settings={},
        secrets={"HEADERS": '{"X-Shop": "s3cr3t-shop"}', "URL": "https://chat.example/api/webhooks/1/t0k3n-of-hook"},
        provider_secrets={"CONSUMER_SECRET": "c0nsum3r"},
    )
    shown = Redactor(secrets_of(connected)).text("s3cr3t-shop /api/webhooks/1/t0k3n-of-hook c0nsum3r")
    assert shown == f"{REDACTED} /api/{REDACTED}/1/{REDACTED} {REDACTED}"
    assert "s3cr3t" not in repr(connected)


def test_no_text_of_a_far_side_holds_up_the_redactor() -> None:
    redactor = Redactor(["\\" * 20 + "x", "0" * 12])
    for text in ("\\" * 100_000 + "x", "%5c" * 30_000 + "x", "0" * 100_000, "+%30" * 30_000):
        assert REDACTED in redactor.text(text) + REDACTED
