"""Paths of references: `input.order.id`, `tasks["Send mail"].output.items[0]`, `session.id`; in a `for-each` `item`.

`str` of a path is the one way in which it is written; reading that gives the same path.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Final, NamedTuple, TypeAlias

Step: TypeAlias = str | int

INPUT: Final = "input"
SESSION: Final = "session"
TASKS: Final = "tasks"
ITEM: Final = "item"
INDEX: Final = "index"
OUTPUT: Final = "output"
ERROR: Final = "error"
STATUS: Final = "status"

_PARTS: Final = {TASKS: (OUTPUT, ERROR, STATUS), SESSION: ("id", "uowId", "startedAt")}
_NAME: Final = re.compile("[A-Za-z_][A-Za-z0-9_]*")
_STEP: Final = re.compile(r'\.([A-Za-z_][A-Za-z0-9_]*)|\[(0|[1-9][0-9]{0,8})\]|\[("(?:[^"\\]|\\.)*")\]')
_SURROGATE: Final = re.compile("[\ud800-\udfff]")


class BadPath(ValueError):
    """A text that is no path; the message says why."""


@dataclass(frozen=True, slots=True)
class Path:
    """A path. `part` is what of the session or of a task it names; `steps` lead on from there."""

    root: str
    task: str | None = None
    part: str | None = None
    steps: tuple[Step, ...] = ()

    def __str__(self) -> str:
        names: tuple[Step, ...] = tuple(name for name in (self.task, self.part) if name is not None)
        return self.root + "".join(map(_written, names + self.steps))


class ReadPath(NamedTuple):
    """A path, and where the text goes on behind it."""

    path: Path
    end: int


def parse_path(text: str) -> Path:
    """Return the path that `text` is. Raises BadPath."""
    path, end = read_path(text, 0)
    if end != len(text):
        raise BadPath(f'{text[end:][:20]!r} is no step: .name, [0] or ["any text"]')
    return path


def read_path(text: str, start: int) -> ReadPath:
    """Return the path that begins at `start`, as long as it goes on. Raises BadPath."""
    root = _NAME.match(text, start)
    if root is None:
        raise BadPath("a path begins with input, session, tasks, item or index")
    end = root.end()
    steps: list[Step] = []
    while (found := _STEP.match(text, end)) is not None:
        steps.append(_step(found))
        end = found.end()
    return ReadPath(_path(root.group(), steps), end)


def _step(found: re.Match[str]) -> Step:
    name, index, quoted = found.groups()
    if name is not None:
        return str(name)
    return int(index) if index is not None else _unquoted(quoted)


def _unquoted(quoted: str) -> str:
    try:
        name = str(json.loads(quoted))
    except ValueError:
        raise BadPath(f"{quoted[:40]} is no JSON text") from None
    if "\x00" in name or _SURROGATE.search(name):
        raise BadPath("a name holds \\u0000 or half a character")
    return name


def _path(root: str, steps: list[Step]) -> Path:
    match root:
        case "input" | "item":
            return Path(root, steps=tuple(steps))
        case "index":
            return _whole(Path(root, steps=tuple(steps)))
        case "session":
            part = _part(SESSION, steps)
            return _whole(Path(SESSION, part=part, steps=tuple(steps[1:])))
        case "tasks":
            return _of_task(steps)
    raise BadPath(f"there is no {root[:40]!r}: a path begins with input, session, tasks, item or index")


def _of_task(steps: list[Step]) -> Path:
    if not steps or not isinstance(steps[0], str):
        raise BadPath("tasks is followed by the name of a task")
    part = _part(TASKS, steps[1:])
    path = Path(TASKS, steps[0], part, tuple(steps[2:]))
    return _whole(path) if part == STATUS else path


def _part(root: str, steps: list[Step]) -> str:
    parts = _PARTS[root]
    if steps and isinstance(steps[0], str) and steps[0] in parts:
        return steps[0]
    what = "a task" if root == TASKS else "the session"
    raise BadPath(f"of {what} there are {', '.join(parts[:-1])} and {parts[-1]}")


def _whole(path: Path) -> Path:
    if path.steps:
        raise BadPath("nothing lies below a text or a number")
    return path


def _written(step: Step) -> str:
    if isinstance(step, int):
        return f"[{step}]"
    return f".{step}" if _NAME.fullmatch(step) else f"[{json.dumps(step, ensure_ascii=False)}]"
