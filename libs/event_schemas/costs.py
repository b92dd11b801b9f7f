"""The cost of each keyword at worst, so that the cost of a schema is known before it is used.

The unit is a *look*: a check of one byte of a payload against `type`, about 4 ns. A keyword's weight is the looks it
takes at a byte of the worst payload there is for it, as measured (`python -m tests.support.schema_costs`). Numbers are
compared exactly, as fractions, which takes a hundred times as long where an exponent is far from zero; so each weight
is given twice, for payloads of usual numbers and for those that hold odd ones.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Any, Final

from libs.event_schemas.patterns import pattern_looks

_USUAL_FLOATS: Final = (1e-12, 1e18)
_LARGEST_INTEGER: Final = 2**63
_ODD_NUMBER = re.compile(rb"[:,\[\s]-?(?:[\d.]{24}|\d+(?:\.\d+)?[eE])")


@dataclass(frozen=True, slots=True)
class Looks:
    """The looks at a byte of a payload whose numbers are usual ones, and of one that holds odd ones.

    `telling`: the further looks it takes to name every problem, where one look may find several.
    """

    usual: int
    odd: int
    telling: int = 0

    def __add__(self, other: Looks) -> Looks:
        return Looks(self.usual + other.usual, self.odd + other.odd, self.telling + other.telling)

    def or_more(self, other: Looks) -> Looks:
        """Return the higher of both, where only one of them applies."""
        return Looks(max(self.usual, other.usual), max(self.odd, other.odd), max(self.telling, other.telling))

    def of(self, payload: bytes) -> int:
        """Return how many of them this payload may take a byte."""
        return self.odd if self.odd > self.usual and _ODD_NUMBER.search(payload) else self.usual

    def are_within(self, limit: int, payload: bytes) -> bool:
        """Return whether this payload takes at most `limit` looks; it is read only where its numbers matter."""
        size_bytes = len(payload)
        return self.odd * size_bytes <= limit or self.of(payload) * size_bytes <= limit


NONE: Final = Looks(0, 0)
ONE: Final = Looks(1, 1)
_VALUE: Final = Looks(2, 2)
_TELLING_A_NAME: Final = 2
_EQUAL: Final = (Looks(30, 800), Looks(80, 800), Looks(2_500, 2_500))
_BOUND: Final = (Looks(4, 8), Looks(50, 800), Looks(80, 800))
_MULTIPLE: Final = (Looks(8, 80), Looks(90, 1_000), Looks(2_200, 2_200))
"""For a number of the schema that is an integer, a usual fraction, or odd."""


def _always(looks: Looks) -> Callable[[Any], Looks]:
    return lambda _: looks


def _number(weights: tuple[Looks, Looks, Looks]) -> Callable[[Any], Looks]:
    return lambda value: weights[_kind(value)]


def highest(looks: Iterable[Looks]) -> Looks:
    """Return the highest of all, where only one of them applies."""
    return reduce(Looks.or_more, looks, NONE)


def _const(value: Any) -> Looks:
    """Return the weight of a comparison with a value: with its costliest number, whatever else is in it."""
    return _VALUE + highest(_EQUAL[_kind(number)] for number in _numbers(value))


def _enum(values: list[Any]) -> Looks:
    if all(isinstance(value, str) for value in values):
        return _VALUE
    return sum(map(_const, values), NONE)


def _required(names: list[str]) -> Looks:
    return _VALUE + Looks(0, 0, _TELLING_A_NAME * len(names))


def _dependent_required(names: Mapping[str, list[str]]) -> Looks:
    return sum((Looks(0, 0, _TELLING_A_NAME * len(needed)) for needed in names.values()), _for_each_name(names))


def _for_each_name(names: Mapping[str, Any]) -> Looks:
    looks = 1 + 2 * len(names)
    return Looks(looks, looks)


def _pattern(text: str) -> Looks:
    looks = 1 + pattern_looks(text)
    return Looks(looks, looks)


WEIGHTS: Final[Mapping[str, Callable[[Any], Looks]]] = {
    "type": _always(ONE),
    "const": _const,
    "enum": _enum,
    "multipleOf": _number(_MULTIPLE),
    "minimum": _number(_BOUND),
    "maximum": _number(_BOUND),
    "exclusiveMinimum": _number(_BOUND),
    "exclusiveMaximum": _number(_BOUND),
    "minLength": _always(ONE),
    "maxLength": _always(ONE),
    "pattern": _pattern,
    "minItems": _always(ONE),
    "maxItems": _always(ONE),
    "uniqueItems": _always(Looks(450, 9_000)),
    "minContains": _always(ONE),
    "maxContains": _always(ONE),
    "minProperties": _always(ONE),
    "maxProperties": _always(ONE),
    "required": _required,
    "dependentRequired": _dependent_required,
    "properties": _always(_VALUE),
    "patternProperties": lambda patterns: sum(map(_pattern, patterns), ONE),
    "additionalProperties": _always(_VALUE),
    "propertyNames": _always(_VALUE),
    "dependentSchemas": _for_each_name,
    "items": _always(ONE),
    "prefixItems": _always(ONE),
    "contains": _always(_VALUE),
    "unevaluatedItems": _always(_VALUE),
    "unevaluatedProperties": _always(_VALUE),
    "allOf": _always(ONE),
    "anyOf": _always(ONE),
    "oneOf": _always(ONE),
    "not": _always(ONE),
    "if": _always(ONE),
    "then": _always(NONE),
    "else": _always(NONE),
}
"""Keywords that hold schemas, without those schemas; all other keywords only say something and cost nothing."""


def weight_of(schema: Mapping[str, Any]) -> Looks:
    """Return what the keywords of a schema cost, without those of the schemas in it."""
    return sum((WEIGHTS[word](value) for word, value in schema.items() if word in WEIGHTS), ONE)


def repeated_chars(schema: Mapping[str, Any]) -> int:
    """Return how many characters of a schema a problem in it may repeat, without those of the schemas in it."""
    values = max((len(json.dumps(schema[word])) for word in ("enum", "const", "not") if word in schema), default=0)
    return values + len(schema.get("$ref", "")) + max(map(len, patterns_of(schema)), default=0)


def patterns_of(schema: Mapping[str, Any]) -> Iterator[str]:
    """Yield the patterns of a schema, without those of the schemas in it."""
    if "pattern" in schema:
        yield schema["pattern"]
    yield from schema.get("patternProperties", ())


def _kind(number: float) -> int:
    """Return 0 for an integer, 1 for a usual fraction, 2 for an odd number."""
    if isinstance(number, int):
        return 0 if -_LARGEST_INTEGER <= number < _LARGEST_INTEGER else 2
    least, most = _USUAL_FLOATS
    return 1 if number == 0 or least <= math.fabs(number) <= most else 2


def _numbers(value: Any) -> Iterator[float]:
    if isinstance(value, int | float) and not isinstance(value, bool):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from _numbers(item)
    elif isinstance(value, dict):
        for member in value.values():
            yield from _numbers(member)
