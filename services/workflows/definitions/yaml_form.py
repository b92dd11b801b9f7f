"""Definitions as YAML: one document of JSON's values, by the core schema of YAML 1.2, without aliases, tags, or keys
that come twice.

So `Yes` and `on` are texts, and so is every key. Reading needs a time that grows with the text alone: nothing recurs.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

import yaml
from yaml.cyaml import CSafeDumper, CSafeLoader

from libs.httpkit.errors import Loc, MalformedBody, Unprocessable, Violation
from libs.httpkit.json_values import MAX_INTEGER, MIN_INTEGER, refusal_of_number

MAX_NODES: Final = 50_000
MAX_NESTING: Final = 64
_NULL: Final = frozenset(("", "~", "null", "Null", "NULL"))
_BOOLEANS: Final = {
    text: value for value in (True, False) for text in (f"{value}", f"{value}".lower(), f"{value}".upper())
}
_INTEGER: Final = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT: Final = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_NO_NUMBER: Final = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_TEXT_TAGS: Final = frozenset(("!", "tag:yaml.org,2002:str"))


def read_yaml(text: str) -> Any:
    """Return the JSON value of a document. Raises MalformedBody for what is no YAML, else Unprocessable."""
    building = _Building()
    try:
        for event in yaml.parse(text, Loader=CSafeLoader):
            building.take(event)
    except yaml.YAMLError as error:
        raise MalformedBody(f"not valid YAML: {_problem(error)}", kind="yaml_invalid") from None
    return building.value


def write_yaml(value: Any) -> str:
    """Return a JSON value as a document that `read_yaml` and readers of YAML 1.1 read alike."""
    text: str = yaml.dump(value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100)
    return text


@dataclass(slots=True)
class _Collection:
    """A mapping or a sequence that is open; `key` is that of the mapping's next value."""

    value: dict[str, Any] | list[Any]
    key: str | None = None

    @property
    def place(self) -> str | int | None:
        return len(self.value) if isinstance(self.value, list) else self.key


class _Building:
    """Builds a value from the events of a parser."""

    def __init__(self) -> None:
        self.value: Any = None
        self._open: list[_Collection] = []
        self._nodes = 0
        self._documents = 0

    def take(self, event: yaml.Event) -> None:
        """Take the parser's next event. Raises Unprocessable."""
        match event:
            case yaml.DocumentStartEvent():
                self._documents += 1
                if self._documents > 1:
                    raise self._refused("one document is expected")
            case yaml.AliasEvent():
                raise self._refused("aliases are not taken")
            case yaml.ScalarEvent():
                self._scalar(event)
            case yaml.MappingStartEvent():
                self._begin(event, {})
            case yaml.SequenceStartEvent():
                self._begin(event, [])
            case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                self._add(self._open.pop().value)

    def _scalar(self, event: yaml.ScalarEvent) -> None:
        self._count()
        top = self._open[-1] if self._open else None
        if top is not None and isinstance(top.value, dict) and top.key is None:
            if event.value in top.value:
                raise self._refused(f"the key {event.value!r} comes twice", "duplicate_key")
            top.key = event.value
        else:
            self._add(self._read(event))

    def _begin(self, event: yaml.CollectionStartEvent, value: dict[str, Any] | list[Any]) -> None:
        self._count()
        if not event.implicit:
            raise self._refused(f"the tag {event.tag!r} is not taken")
        top = self._open[-1] if self._open else None
        if top is not None and isinstance(top.value, dict) and top.key is None:
            raise self._refused("a text is expected as a key")
        if len(self._open) >= MAX_NESTING:
            raise self._refused("the YAML is nested too deep", "limit")
        self._open.append(_Collection(value))

    def _add(self, value: Any) -> None:
        if not self._open:
            self.value = value
            return
        top = self._open[-1]
        if isinstance(top.value, list):
            top.value.append(value)
        else:
            assert top.key is not None
            top.value[top.key] = value
            top.key = None

    def _read(self, event: yaml.ScalarEvent) -> Any:
        is_plain, text = event.implicit[0], event.value
        if not is_plain:
            if event.tag is not None and event.tag not in _TEXT_TAGS:
                raise self._refused(f"the tag {event.tag!r} is not taken")
            return text
        if text in _NULL:
            return None
        if text in _BOOLEANS:
            return _BOOLEANS[text]
        if _INTEGER.fullmatch(text):
            return self._integer(text)
        if _FLOAT.fullmatch(text):
            if (refusal := refusal_of_number(text)) is not None:
                raise self._refused(refusal, "number_out_of_range")
            return float(text)
        if _NO_NUMBER.fullmatch(text):
            raise self._refused("NaN and Infinity are not JSON", "number_out_of_range")
        return text

    def _integer(self, text: str) -> int:
        if len(text) <= 20:
            value = int(text, 0 if text.startswith(("0o", "0x")) else 10)
            if MIN_INTEGER <= value <= MAX_INTEGER:
                return value
        raise self._refused("the integer is beyond 64 bits", "number_out_of_range")

    def _count(self) -> None:
        self._nodes += 1
        if self._nodes > MAX_NODES:
            raise self._refused(f"a document has at most {MAX_NODES} keys and values", "limit")

    def _refused(self, words: str, kind: str = "yaml_invalid") -> Unprocessable:
        inside: Loc = tuple(place for one in self._open if (place := one.place) is not None)
        return Unprocessable(Violation(("body", *inside), words, kind))


class _Dumper(CSafeDumper):
    """Writes texts of several lines as blocks, and quotes those that either version of YAML would take for a value."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002
        return True


def _text(dumper: _Dumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Dumper.add_representer(str, _text)
_Dumper.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(rf"^(?:{_INTEGER.pattern})$"), list("-+0123456789"))
_Dumper.add_implicit_resolver("tag:yaml.org,2002:float", re.compile(rf"^(?:{_FLOAT.pattern})$"), list("-+.0123456789"))


def _problem(error: yaml.YAMLError) -> str:
    if not isinstance(error, yaml.MarkedYAMLError) or error.problem_mark is None:
        return "a character is not taken"
    mark = error.problem_mark
    return f"{error.problem} at line {mark.line + 1}, column {mark.column + 1}"
