"""An error says which fields are at fault, whichever family's shape the answer has."""

from __future__ import annotations

import pytest

from waymark.client import Problem, RateLimited, Refused, Unavailable
from waymark.client.errors import error_of


def test_a_problem_document_names_its_fields() -> None:
    content = b"""{"title":"Unprocessable Content","detail":"d","code":"validation_error",
        "errors":[{"field":"action","message":"is required","type":"missing"},
                  {"field":"origin","message":"is archived","type":"archived"}]}"""
    error = error_of(422, content)
    assert isinstance(error, Refused)
    assert str(error) == "422 action: is required; origin: is archived"
    assert error.problems[0] == Problem("action", "is required", "missing")
    assert error.code == "validation_error"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b'{"detail":[{"loc":["query","limit"],"msg":"too large","type":"value_error"}]}', "limit: too large"),
        (b'{"detail":[{"loc":["body"],"msg":"is no object"}]}', "body: is no object"),
        (b'{"detail":[{"loc":[],"msg":"is no object"}]}', "is no object"),
        (b'{"errors":[{"field":"","message":"is no object"}]}', "is no object"),
        (b'{"errors":[{"message":"is no object"}]}', "is no object"),
        (b'{"error":{"code":"CONFLICT","message":"taken","cause":"x"}}', "taken"),
        (b'{"title":"Not Found"}', "Not Found"),
        (b"<html>oops</html>", "<html>oops</html>"),
        (b'"text"', '"text"'),
        (b"", ""),
        (b"\xff", "\ufffd"),
    ],
)
def test_every_shape_of_error_is_read(content: bytes, words: str) -> None:
    assert str(error_of(422, content)) == f"422 {words}".strip()


def test_the_wait_asked_for_is_kept() -> None:
    error = error_of(429, b"{}", retry_after="7")
    assert isinstance(error, RateLimited)
    assert error.retry_after_s == 7.0
    assert error_of(503, b"{}", retry_after="soon").retry_after_s is None
    assert isinstance(error_of(599, b"{}"), Unavailable)
