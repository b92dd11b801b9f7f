"""The `jsonFilters` parameter: conditions on what lies inside `interaction`, read strictly and bounded in size.

Numbers are read as decimals, exactly as they are written.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec

from libs.httpkit.errors import ApiError, Loc, Unprocessable, Violation
from libs.httpkit.json_values import check_json
from services.queries.interactions.model import JsonFilter, Operator

MAX_FILTERS = 10
MAX_PATH_CHARACTERS = 256
_LOC: Loc = ("query", "jsonFilters")
_exact = msgspec.json.Decoder(float_hook=Decimal)
_OPERATORS = {operator.value.casefold(): operator for operator in Operator}


def parse_json_filters(text: str | None) -> tuple[JsonFilter, ...]:
    """Parse `[{"path","operator","value"}]` as filters; 422 names the place that is wrong."""
    if text is None:
        return ()
    try:
        check_json(text.encode(), loc=_LOC)
        items = parse_exactly(text)
    except (UnicodeEncodeError, msgspec.DecodeError):
        raise Unprocessable(Violation(_LOC, "not valid JSON", "json_invalid")) from None
    except ApiError as error:
        (violation,) = error.violations
        raise Unprocessable(Violation(violation.loc, violation.msg, "json_invalid")) from None
    return read_json_filters(items, _LOC)


def parse_exactly(text: str | bytes) -> Any:
    """Return the value of a JSON text that `check_json` has passed, every number with a point as the decimal it is."""
    return _exact.decode(text)


def read_json_filters(items: Any, loc: Loc) -> tuple[JsonFilter, ...]:
    """Return the same of JSON that is parsed already and stood at `loc`."""
    if not isinstance(items, list) or len(items) > MAX_FILTERS:
        raise Unprocessable(Violation(loc, f"an array of at most {MAX_FILTERS} filters is expected"))
    return tuple(_filter(item, (*loc, index)) for index, item in enumerate(items))


def _filter(item: Any, loc: Loc) -> JsonFilter:
    if not isinstance(item, dict):
        raise Unprocessable(Violation(loc, "an object with path, operator and value is expected"))
    operator = _operator(item.get("operator"), loc)
    return JsonFilter(_path(item.get("path"), loc), operator, _value(item, operator, loc))


def _path(path: Any, loc: Loc) -> tuple[str, ...]:
    if not isinstance(path, str) or not path or len(path) > MAX_PATH_CHARACTERS:
        raise Unprocessable(
            Violation((*loc, "path"), f"a dotted path of 1 to {MAX_PATH_CHARACTERS} characters is expected")
        )
    parts = tuple(path.split("."))
    if not all(parts):
        raise Unprocessable(Violation((*loc, "path"), "the path has an empty part"))
    return parts


def _operator(name: Any, loc: Loc) -> Operator:
    found = _OPERATORS.get(name.casefold()) if isinstance(name, str) else None
    if found is None:
        known = ", ".join(operator.value for operator in Operator)
        raise Unprocessable(Violation((*loc, "operator"), f"one of {known} is expected"))
    return found


def _value(item: dict[str, Any], operator: Operator, loc: Loc) -> Any:
    value = item.get("value")
    if operator is Operator.EXISTS:
        if value not in (None, True, False):
            raise Unprocessable(Violation((*loc, "value"), "true or false is expected"))
        return value is not False
    if "value" not in item:
        raise Unprocessable(Violation((*loc, "value"), "a value is expected", "missing"))
    if operator is Operator.STARTS_WITH and not isinstance(value, str):
        raise Unprocessable(Violation((*loc, "value"), "a text is expected"))
    return value
