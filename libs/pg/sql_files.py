"""Named SQL statements kept in `.sql` files.

A file that loads is well-formed: every statement has a unique name, a description, and a text.

    -- name: list_keys
    -- The tenant's keys, newest first.
    SELECT ... ;

Names of schemas and tables that differ from one use to the next are psql's variables: `:"schema"` stands for a quoted
name, `:'schema'` for the same name as a text literal.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import asyncpg

from libs.pg.database import Connection
from libs.pg.errors import SqlFileError
from libs.pg.identifiers import quote_identifier

_NAME_LINE = re.compile(r"--\s*name:\s*(?P<name>.*?)\s*")
_VALID_NAME = re.compile(r"[a-z][a-z0-9_]*")
_VARIABLE = re.compile(r"""(?<!:):(?P<quote>["'])(?P<name>[a-z_]+)(?P=quote)""")


@dataclass(frozen=True, slots=True)
class Statement:
    """A named statement; `text` is sent to PostgreSQL, without its description and closing semicolon."""

    name: str
    description: str
    text: str


class SqlFile:
    """The statements of one file; `sql.list_keys` and `sql["list_keys"]` are the statement's text."""

    def __init__(self, path: Path, statements: Iterable[Statement]) -> None:
        self.path = path
        self.statements: Mapping[str, Statement] = {statement.name: statement for statement in statements}

    @classmethod
    def load(cls, path: Path) -> "SqlFile":
        """Read and check the file. Raises `SqlFileError` naming the file and line."""
        return cls(path, _parse(path))

    def __getitem__(self, name: str) -> str:
        return self._statement(name).text

    def __getattr__(self, name: str) -> str:
        if name.startswith("_"):
            raise AttributeError(name)
        try:
            return self._statement(name).text
        except SqlFileError as error:
            raise AttributeError(str(error)) from None

    def __iter__(self) -> Iterator[Statement]:
        return iter(self.statements.values())

    def __len__(self) -> int:
        return len(self.statements)

    def _statement(self, name: str) -> Statement:
        try:
            return self.statements[name]
        except KeyError:
            raise SqlFileError(f"{self.path.name} has no statement named {name!r}") from None


@lru_cache(maxsize=1_000)
def interpolate(text: str, **names: str) -> str:
    """Return SQL with its variables replaced by `names`. Raises `SqlFileError` for a variable that has no name."""

    def replaced(match: re.Match[str]) -> str:
        if match["name"] not in names:
            raise SqlFileError(f"no name is given for {match[0]} in: {text}")
        name = names[match["name"]]
        return quote_identifier(name) if match["quote"] == '"' else "'" + name.replace("'", "''") + "'"

    return _VARIABLE.sub(replaced, text)


async def prepare_all(connection: Connection, files: Iterable[SqlFile], **names: str) -> int:
    """Have PostgreSQL prepare every statement, `names` filled in, against the schema on the connection's search path.

    Returns how many there were; raises `SqlFileError` listing every statement that was refused.
    """
    refused: list[str] = []
    count = 0
    for file in files:
        for statement in file:
            count += 1
            try:
                await connection.prepare(interpolate(statement.text, **names))
            except asyncpg.PostgresError as error:
                refused.append(f"{file.path.name}: {statement.name}: {error}")
    if refused:
        raise SqlFileError("\n".join(refused))
    return count


def _parse(path: Path) -> list[Statement]:
    statements: dict[str, Statement] = {}
    for line_number, name, lines in _sections(path):
        where = f"{path.name}:{line_number}"
        if not _VALID_NAME.fullmatch(name) or hasattr(SqlFile, name) or name in {"path", "statements"}:
            raise SqlFileError(f"{where}: not a usable statement name: {name!r}")
        if name in statements:
            raise SqlFileError(f"{where}: a second statement named {name!r}")
        statements[name] = _statement(name, lines, where)
    if not statements:
        raise SqlFileError(f"{path.name}: no named statement")
    return list(statements.values())


def _sections(path: Path) -> Iterator[tuple[int, str, list[str]]]:
    """Yield (line number, name, lines below it) for each `-- name:` line."""
    current: tuple[int, str, list[str]] | None = None
    for line_number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if match := _NAME_LINE.fullmatch(line):
            if current:
                yield current
            current = (line_number, match["name"], [])
        elif current:
            current[2].append(line)
        elif line.strip() and not line.startswith("--"):
            raise SqlFileError(f"{path.name}:{line_number}: SQL before the first '-- name:' line")
    if current:
        yield current


def _statement(name: str, lines: list[str], where: str) -> Statement:
    described = 0
    while described < len(lines) and lines[described].startswith("--"):
        described += 1
    description = " ".join(line.removeprefix("--").strip() for line in lines[:described]).strip()
    text = "\n".join(lines[described:]).strip().removesuffix(";").rstrip()
    if not description:
        raise SqlFileError(f"{where}: {name!r} has no description")
    if not text:
        raise SqlFileError(f"{where}: {name!r} has no statement")
    return Statement(name, description, text)
