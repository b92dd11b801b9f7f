"""Reads CEL expressions: their syntax, their bounds, and the names in them.

A comprehension takes a time that grows with its list, with the square of it where it makes another one; several
multiply, and nothing stops them. So there is at most one, and expressions with one are evaluated where a process can be
ended. Sums copy: a text of so many parts is copied so many times.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from services.workflows.expressions.cel import CEL_ERRORS, cel

MAX_EXPRESSION_CHARS: Final = 2_000
MAX_EXPRESSIONS_CHARS: Final = 20_000
"""The characters of all expressions of a definition: one is read in up to 10 µs a character."""
SCOPE: Final = frozenset(("input", "session", "tasks", "item", "index"))
"""The variables of expressions, where a field does not say otherwise."""
EVERY_VARIABLE: Final = SCOPE.union(("event",))
_TASKS: Final = "tasks"
_MAX_COMPREHENSIONS: Final = 1
_COMPREHENSIONS: Final = frozenset(("all", "exists", "exists_one", "filter", "map"))
_COSTLY: Final = re.compile(r"\b(?:all|exists|exists_one|filter|map|matches)\b")
_CONVERSIONS: Final = frozenset(("bool", "bytes", "double", "int", "string", "type", "uint"))
_FUNCTIONS: Final = _CONVERSIONS.union(
    ("contains", "endsWith", "has", "matches", "size", "startsWith", "duration", "dyn", "timestamp"),
    ("getDate", "getDayOfMonth", "getDayOfWeek", "getDayOfYear", "getFullYear", "getHours", "getMilliseconds"),
    ("getMinutes", "getMonth", "getSeconds", "hasValue", "none", "of", "ofNonZeroValue", "or", "orValue", "value"),
)
_TYPE_NAMES: Final = _CONVERSIONS.union(("list", "map", "null_type"))
_OPTIONALS: Final = "optional"
_MAX_REASON_CHARS: Final = 300
_RAW_STRING: Final = r"""(?:[rR][bB]?|[bB][rR])(?:\"{3}(?s:.*?)\"{3}|'{3}(?s:.*?)'{3}|"[^"\n]*"|'[^'\n]*')"""
_STRING: Final = (
    r"""[bB]?(?:"{3}(?s:[^\\]|\\.)*?"{3}|'{3}(?s:[^\\]|\\.)*?'{3}|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')"""
)
_TOKEN: Final = re.compile(
    rf"(?:\s|//[^\n]*)*(?:(?P<string>{_RAW_STRING}|{_STRING})|(?P<name>[A-Za-z_][A-Za-z0-9_]*)"
    r"|(?P<number>\.?[0-9](?:[0-9A-Za-z.]|[eE][+-])*)|(?P<mark>\S))"
)


class BadExpression(ValueError):
    """A text that is no expression, or one that may not be evaluated here; the message says why."""

    def __init__(self, message: str, kind: str = "bad_expression") -> None:
        super().__init__(message)
        self.kind: Final = kind


@dataclass(frozen=True, slots=True)
class Expression:
    """An expression over `variables`. `roots` are those it names, `tasks` the tasks.

    `is_costly`: its time may grow with more than its values. `copies` is how often it may copy these.
    """

    text: str
    variables: frozenset[str]
    roots: frozenset[str]
    tasks: frozenset[str]
    has_comprehension: bool
    is_costly: bool
    copies: int


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str


@lru_cache(maxsize=4_096)
def read_expression(text: str, variables: frozenset[str] = SCOPE) -> Expression:
    """Return the expression that `text` is; it may name these variables. Raises BadExpression."""
    if len(text) > MAX_EXPRESSION_CHARS:
        raise BadExpression(f"at most {MAX_EXPRESSION_CHARS} characters are taken", "limit")
    program = program_of(text)
    tokens = tuple(_tokens(text))
    bound = _bound(tokens)
    named = frozenset(program.variables()) - bound
    _require_known(named - variables - _TYPE_NAMES - {_OPTIONALS}, program.functions(), variables)
    return Expression(
        text=text,
        variables=variables,
        roots=named & variables,
        tasks=frozenset(_tasks(tokens)) if _TASKS in variables else frozenset(),
        has_comprehension=bool(bound),
        is_costly=_COSTLY.search(text) is not None,
        copies=sum(token.kind == "name" for token in tokens) + text.count("+") ** 2,
    )


@lru_cache(maxsize=256)
def program_of(text: str) -> cel.Program:
    """Return the program of an expression, a hundred times its size. Raises BadExpression."""
    try:
        return cel.compile(text)
    except CEL_ERRORS as error:
        raise BadExpression(_reason(error)) from None


def _reason(error: Exception) -> str:
    """Return the library's message for a text that is no expression, without the text."""
    words = str(error).partition("ERROR: <input>:")[2].partition("\n")[0]
    return f"at {words}"[:_MAX_REASON_CHARS] if words else "it cannot be read"


def _require_known(unknown: Collection[str], functions: Sequence[str], variables: Collection[str]) -> None:
    if unknown:
        raise BadExpression(f"there is no {min(unknown)!r}; the variables are {', '.join(sorted(variables))}")
    for name in functions:
        if name.isidentifier() and name not in _FUNCTIONS and name[0] != "_":
            raise BadExpression(f"there is no function {name!r}")


def _tokens(text: str) -> Iterator[_Token]:
    for found in _TOKEN.finditer(text):
        kind = str(found.lastgroup)
        yield _Token(kind, found.group(kind))


def _bound(tokens: Sequence[_Token]) -> frozenset[str]:
    """Return the variables that comprehensions bind. Raises BadExpression when there are too many of those."""
    bound = [
        tokens[at + 3].text
        for at, token in enumerate(tokens[:-3])
        if token.text == "." and tokens[at + 1].text in _COMPREHENSIONS and tokens[at + 2].text == "("
    ]
    if len(bound) > _MAX_COMPREHENSIONS:
        raise BadExpression(f"at most one of {', '.join(sorted(_COMPREHENSIONS))} is taken, and none within another")
    return frozenset(bound)


def _tasks(tokens: Sequence[_Token]) -> Iterator[str]:
    """Return the tasks that are named. Raises BadExpression where that is known only when it is evaluated."""
    for at, token in enumerate(tokens):
        if token.kind != "name" or token.text != _TASKS or _is_member(tokens, at):
            continue
        match [(after.kind, after.text) for after in tokens[at + 1 : at + 4]]:
            case [("mark", "."), ("name", name), *after] if ("mark", "(") not in after:
                yield name
            case [("mark", "["), ("string", text), ("mark", "]")]:
                yield str(cel.compile(text).execute())
            case _:
                raise BadExpression('tasks is followed by the name of a task: tasks.Name, or tasks["Any name"]')


def _is_member(tokens: Sequence[_Token], at: int) -> bool:
    return at > 0 and tokens[at - 1].text == "."
