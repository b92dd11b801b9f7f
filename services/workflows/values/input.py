"""Reads the body with which a caller starts a session: its blanks judged, defaults put in, secrets taken out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from libs.httpkit.errors import Loc, Unprocessable, Violation
from libs.httpkit.json_values import check_json, load_object
from libs.httpkit.validation import json_type
from services.workflows.values.form import violations_of
from services.workflows.values.nodes import Blank
from services.workflows.values.places import cut, put, value_at

_BODY: Final = "body"
_decode: Final = msgspec.json.Decoder(dict[str, Any]).decode
_encode: Final = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class GivenInput:
    """The input of a session, and the values of secret blanks that it lacks, by their JSON pointers."""

    input: msgspec.Raw
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)


def read_input(blanks: Sequence[Blank], body: bytes) -> GivenInput:
    """Return what a caller sent; nothing is as good as {}.

    Raises Unprocessable naming each blank that is missing or wrong, MalformedBody.
    """
    body = body.strip() or b"{}"
    check_json(body)
    try:
        given = _decode(body)
    except (msgspec.DecodeError, RecursionError):
        given = load_object(body)
        body = _encode(given)
    violations = [violation for blank in blanks for violation in _violations(blank, given)]
    if violations:
        raise Unprocessable(*violations)
    if _put_defaults(blanks, given):
        body = _encode(given)
    secrets = {blank.pointer: cut(given, blank.place) for blank in blanks if blank.secret}
    if not secrets:
        return GivenInput(msgspec.Raw(body))
    found = {pointer: secret for pointer, secret in secrets.items() if secret is not msgspec.UNSET}
    return GivenInput(msgspec.Raw(_encode(given)), found)


def _violations(blank: Blank, given: dict[str, Any]) -> Sequence[Violation]:
    value: Any = given
    loc: Loc = (_BODY,)
    for key in blank.place:
        if not isinstance(value, dict):
            return (Violation(loc, f"an object is expected, not {json_type(value)}", "type_error"),)
        value = value.get(key, msgspec.UNSET)
        loc = (*loc, key)
        if value is msgspec.UNSET:
            return (Violation((_BODY, *blank.place), "is required", "missing"),) if blank.required else ()
    return violations_of(blank.schema, value, loc)


def _put_defaults(blanks: Sequence[Blank], given: dict[str, Any]) -> bool:
    """Put in the defaults of blanks that the caller left out, and return whether there were any."""
    lacking = [
        blank
        for blank in blanks
        if blank.default is not msgspec.UNSET and value_at(given, blank.place) is msgspec.UNSET
    ]
    for blank in lacking:
        put(given, blank.place, blank.default)
    return bool(lacking)
