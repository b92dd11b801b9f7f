"""Words for what is wrong with a value, the house's own: the one place where the validators' own words are left behind.

No word of it repeats a value, which may be a secret.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from libs.httpkit.errors import Violation

_WORDS: Final[Mapping[str, str]] = {
    "missing": "is required",
    "extra_forbidden": "there is no such field",
    "string_type": "text is expected",
    "string_too_short": "at least {min_length} characters are expected",
    "string_too_long": "at most {max_length} characters are expected",
    "string_pattern_mismatch": "text that fits {pattern} is expected",
    "string_unicode": "text in UTF-8 is expected",
    "int_type": "an integer is expected",
    "int_parsing": "an integer is expected",
    "int_parsing_size": "an integer of 64 bits is expected",
    "int_from_float": "an integer is expected",
    "float_type": "a number is expected",
    "float_parsing": "a number is expected",
    "finite_number": "a finite number is expected",
    "decimal_type": "a number is expected",
    "decimal_parsing": "a number is expected",
    "bool_type": "true or false is expected",
    "bool_parsing": "true or false is expected",
    "none_required": "null is expected",
    "greater_than": "a number above {gt} is expected",
    "greater_than_equal": "a number from {ge} on is expected",
    "less_than": "a number below {lt} is expected",
    "less_than_equal": "a number up to {le} is expected",
    "multiple_of": "a multiple of {multiple_of} is expected",
    "literal_error": "one of {expected} is expected",
    "enum": "one of {expected} is expected",
    "uuid_type": "a UUID is expected",
    "uuid_parsing": "a UUID is expected",
    "uuid_version": "a UUID of version {expected_version} is expected",
    "datetime_type": "a time (RFC 3339) is expected",
    "datetime_parsing": "a time (RFC 3339) is expected",
    "datetime_from_date_parsing": "a time (RFC 3339) is expected",
    "datetime_object_invalid": "a time (RFC 3339) is expected",
    "timezone_aware": "a time with its offset is expected",
    "date_type": "a date is expected",
    "date_parsing": "a date is expected",
    "date_from_datetime_parsing": "a date is expected",
    "date_from_datetime_inexact": "a date is expected",
    "list_type": "an array is expected",
    "tuple_type": "an array is expected",
    "set_type": "an array is expected",
    "too_short": "at least {min_length} items are expected, not {actual_length}",
    "too_long": "at most {max_length} items are expected, not {actual_length}",
    "dict_type": "an object is expected",
    "model_type": "an object is expected",
    "model_attributes_type": "an object is expected",
    "dataclass_type": "an object is expected",
    "value_error": "{error}",
}
_IN_BODIES: Final = "body"
_TYPE_ERRORS: Final = ("_type", "int_from_float")
_NAMES: Final[Mapping[type, str]] = {
    dict: "an object",
    list: "an array",
    str: "text",
    bool: "a boolean",
    type(None): "null",
}


def json_type(value: object) -> str:
    """Return what a parsed JSON value is, with its article: `an object`, `text`, `a number`."""
    return _NAMES.get(type(value), "a number")


def violations_in(errors: Iterable[Any], *inside: str) -> list[Violation]:
    """Return pydantic's errors in our words; `inside` is the place of what was validated."""
    return [Violation((*inside, *error["loc"]), words_of(error), error["type"]) for error in errors]


def words_of(error: Mapping[str, Any]) -> str:
    """Return one of pydantic's errors in our words; one that has none keeps pydantic's."""
    template = _WORDS.get(error["type"])
    if template is None:
        return str(error["msg"])
    words = template.format_map(error.get("ctx") or {})
    # Only a body's values have types; all others come as text.
    if error["loc"][:1] == (_IN_BODIES,) and error["type"].endswith(_TYPE_ERRORS):
        return f"{words}, not {json_type(error.get('input'))}"
    return words
