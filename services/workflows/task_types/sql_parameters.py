"""Parameters of SQL by name: `:name` becomes `$1`, where it is no part of a text, a name, a comment or a cast."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from services.workflows.task_types.http_failures import INVALID_INPUT
from services.workflows.task_types.model import Json, TaskFailed

KEY: Final = "key"
_TOKEN: Final = re.compile(
    r"""(?P<skipped>
        [eE]'(?:[^'\\]|\\.|'')*' | '(?:[^']|'')*' | "(?:[^"]|"")*"
        | \$(?P<tag>[A-Za-z_]\w*|)\$ .*? \$(?P=tag)\$
        | --[^\n]* | /\*.*?\*/
        | :: | := | \w+ | \$\d+
    ) | :(?P<name>[A-Za-z_]\w*)""",
    re.DOTALL | re.VERBOSE,
)


def bound(sql: str, parameters: Json, key: str) -> tuple[str, list[Json]]:
    """Return the statement with places for parameters, and their values in order.

    `parameters` are an object, for names, or an array, for `$1`, `$2`, …; `:key` is the task's key unless it is given.
    Raises TaskFailed for a name without a value.
    """
    named: Mapping[str, Json] = {KEY: key, **(parameters if isinstance(parameters, dict) else {})}
    values: list[Json] = list(parameters) if isinstance(parameters, list) else []
    places: dict[str, int] = {}

    def placed(match: re.Match[str]) -> str:
        name = match["name"]
        if name is None:
            return match[0]
        if name not in named:
            raise TaskFailed(INVALID_INPUT, f"the statement has :{name}, but there is no such parameter")
        if name not in places:
            values.append(named[name])
            places[name] = len(values)
        return f"${places[name]}"

    return _TOKEN.sub(placed, sql), values
