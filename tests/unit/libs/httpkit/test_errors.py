"""What an error says: its own sentence, else its class's form filled in; and that every raise fills its form in."""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest

from libs.httpkit import errors
from libs.httpkit.errors import (
    ApiError,
    Conflict,
    MalformedBody,
    NotFound,
    Unprocessable,
    Violation,
    rate_limited,
    too_large,
    unauthenticated,
    unavailable,
)

ROOT = Path(__file__).parents[4]
A_SENTENCE = "a sentence of its own"
SHARED = {"violations", "headers", "cause", "members"}


class SeatTaken(Conflict):
    """the {noun} {name!r} is taken"""


def test_a_form_is_filled_in() -> None:
    assert SeatTaken(noun="seat", name="4a").detail == "the seat '4a' is taken"
    assert NotFound(what="interaction", identifier="42").detail == "no interaction '42'"


def test_a_sentence_of_its_own_is_kept_as_it_is() -> None:
    error = SeatTaken("{not} a form")
    assert error.detail == str(error) == "{not} a form"


def test_violations_are_the_sentence() -> None:
    places = (Violation(("body", "items", 3, "name"), "is required", "missing"), Violation(("query",), "too long"))
    assert Unprocessable(*places).detail == "items[3].name: is required; query: too long"
    assert Unprocessable(*places).violations == places
    assert Unprocessable(*places, detail="no").detail == "no"


def test_a_malformed_body_says_where() -> None:
    (violation,) = MalformedBody("not valid JSON", loc=("body", "data")).violations
    assert violation == Violation(("body", "data"), "not valid JSON", "json_invalid")


@pytest.mark.parametrize(
    ("error", "name", "value"),
    [
        (unauthenticated("no"), "WWW-Authenticate", 'Bearer realm="waymark"'),
        (too_large(10), "Connection", "close"),
        (rate_limited(7), "Retry-After", "7"),
        (unavailable("away", 3), "Retry-After", "3"),
    ],
)
def test_headers_come_with_the_function_that_makes_the_error(error: ApiError, name: str, value: str) -> None:
    assert error.headers[name] == value


def test_every_form_is_given_its_values_where_it_is_raised() -> None:
    files = [path for part in ("libs", "services", "waymark") for path in (ROOT / part).rglob("*.py")]
    for path in files:
        if "libs.httpkit" in path.read_text():
            importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
    forms = {kind.__name__: _fields(kind) for kind in _kinds(ApiError) if kind.__init__ is ApiError.__init__}
    general = {name for name, kind in vars(errors).items() if isinstance(kind, type)}
    assert {"EmailTaken", "MnemonicTaken", "NotFound", "EventsGone"} <= set(forms)
    uses = [(path, use) for path in files for use in _uses(path, set(forms))]
    assert len(uses) > 30
    for path, (name, line, given) in uses:
        allowed = (forms[name], {A_SENTENCE}) if name in general else (forms[name],)
        assert given in allowed, f"{path.relative_to(ROOT)}:{line}: {name} is given {given}"


def _kinds(kind: type[ApiError]) -> Iterator[type[ApiError]]:
    yield kind
    for sub in kind.__subclasses__():
        yield from _kinds(sub)


def _fields(kind: type[ApiError]) -> set[str]:
    """The values that a class's form names."""
    return {name for _, name, _, _ in Formatter().parse(kind.__doc__ or "") if name is not None}


def _uses(path: Path, names: set[str]) -> Iterator[tuple[str, int, set[str]]]:
    """Where a file makes an error by its form: the class, the line, the names of the values."""
    tree = ast.parse(path.read_text())
    for node in ast.walk(tree):
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Name) and node.exc.id in names:
            yield node.exc.id, node.lineno, set()
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names:
            given = {keyword.arg for keyword in node.keywords if keyword.arg} - SHARED
            yield node.func.id, node.lineno, given | {A_SENTENCE for _ in node.args}
