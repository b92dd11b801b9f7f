"""A refused value is described in the house's words, whatever the validator calls it."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Annotated, Any, Literal

import pytest
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from libs.httpkit.validation import words_of


class _Inner(BaseModel):
    n: int


def _even(number: int) -> int:
    if number % 2:
        raise ValueError("an even number is expected")
    return number


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")

    text: str = ""
    name: Annotated[str, Field(min_length=2, max_length=3)] = "ab"
    code: Annotated[str, Field(pattern="^a+$")] = "a"
    count: int = 0
    page: Annotated[int, Field(ge=1, le=100, multiple_of=1)] = 1
    ratio: Annotated[float, Field(gt=0, lt=1, allow_inf_nan=False)] = 0.5
    flag: bool = False
    status: Literal["active", "disabled"] = "active"
    id: uuid.UUID = uuid.UUID(int=0)
    at: datetime = datetime.max  # noqa: DTZ901  # a default that is never looked at
    day: date = date.max
    roles: Annotated[list[str], Field(min_length=1, max_length=2)] = ["viewer"]
    inner: _Inner = _Inner(n=0)
    data: dict[str, Any] = {}
    even: Annotated[int, AfterValidator(_even)] = 0
    nothing: None = None


def errors_of(body: Any) -> list[str]:
    with pytest.raises(ValidationError) as caught:
        _Body.model_validate(body)
    return [words_of({**error, "loc": ("body", *error["loc"])}) for error in caught.value.errors()]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"text": 7}, "text is expected, not a number"),
        ({"text": None}, "text is expected, not null"),
        ({"name": "a"}, "at least 2 characters are expected"),
        ({"name": "abcd"}, "at most 3 characters are expected"),
        ({"count": "x"}, "an integer is expected"),
        ({"count": []}, "an integer is expected, not an array"),
        ({"count": 1.5}, "an integer is expected, not a number"),
        ({"page": 0}, "a number from 1 on is expected"),
        ({"page": 101}, "a number up to 100 is expected"),
        ({"ratio": 0}, "a number above 0.0 is expected"),
        ({"flag": {}}, "true or false is expected, not an object"),
        ({"status": "gone"}, "one of 'active' or 'disabled' is expected"),
        ({"id": "x"}, "a UUID is expected"),
        ({"at": "soon"}, "a time (RFC 3339) is expected"),
        ({"roles": []}, "at least 1 items are expected, not 0"),
        ({"roles": "viewer"}, "an array is expected, not text"),
        ({"inner": True}, "an object is expected, not a boolean"),
        ({"inner": {}}, "is required"),
        ({"even": 1}, "an even number is expected"),
        ({"other": 1}, "there is no such field"),
    ],
)
def test_the_words(body: dict[str, Any], words: str) -> None:
    assert errors_of(body) == [words]


@pytest.mark.parametrize("value", [None, True, 7, 1.5, float("inf"), "x", "", [], [1, 2, 3], {}])
@pytest.mark.parametrize("field", _Body.model_fields)
def test_no_value_of_any_field_brings_the_validators_own_words(field: str, value: object) -> None:
    try:
        _Body.model_validate({field: value})
    except ValidationError:
        assert all("hould" not in words and "nput" not in words for words in errors_of({field: value}))
