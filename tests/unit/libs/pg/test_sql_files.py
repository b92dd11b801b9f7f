"""Named SQL files: what loads, and what is refused with its place."""

from pathlib import Path

import pytest

from libs.pg.errors import SqlFileError
from libs.pg.sql_files import SqlFile, interpolate

GOOD = """-- Statements of the keys table.

-- name: list_keys
-- The tenant's keys,
-- newest first.
SELECT id -- the key's own id
FROM keys
WHERE tenant_id = $1;

-- name: count_keys
-- How many keys there are.
SELECT count(*) FROM keys
"""


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "queries.sql"
    path.write_text(text, encoding="utf-8")
    return path


def test_statements_are_reached_by_attribute_and_by_item(tmp_path: Path) -> None:
    sql = SqlFile.load(write(tmp_path, GOOD))
    assert sql.list_keys == "SELECT id -- the key's own id\nFROM keys\nWHERE tenant_id = $1"
    assert sql["count_keys"] == "SELECT count(*) FROM keys"


def test_a_statement_keeps_its_description(tmp_path: Path) -> None:
    sql = SqlFile.load(write(tmp_path, GOOD))
    assert [(s.name, s.description) for s in sql] == [
        ("list_keys", "The tenant's keys, newest first."),
        ("count_keys", "How many keys there are."),
    ]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (GOOD + "-- name: list_keys\n-- Again.\nSELECT 1\n", "queries.sql:13: a second statement named 'list_keys'"),
        ("-- name: one\nSELECT 1\n", "queries.sql:1: 'one' has no description"),
        ("-- name: one\n-- Described.\n", "queries.sql:1: 'one' has no statement"),
        ("-- name: One-1\n-- Described.\nSELECT 1\n", "not a usable statement name: 'One-1'"),
        ("-- name: statements\n-- Described.\nSELECT 1\n", "not a usable statement name: 'statements'"),
        ("SELECT 1\n-- name: one\n-- Described.\nSELECT 1\n", "queries.sql:1: SQL before the first"),
        ("-- nothing here\n", "no named statement"),
    ],
)
def test_a_malformed_file_is_refused(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(SqlFileError, match=complaint):
        SqlFile.load(write(tmp_path, text))


def test_an_unknown_name_is_an_error(tmp_path: Path) -> None:
    sql = SqlFile.load(write(tmp_path, GOOD))
    with pytest.raises(SqlFileError, match="no statement named 'nope'"):
        sql["nope"]
    with pytest.raises(AttributeError, match="no statement named 'nope'"):
        sql.nope  # noqa: B018


def test_variables_become_quoted_names_and_literals() -> None:
    text = """SELECT id::"char", 'a:''b' || :'schema' FROM :"schema".:"table" WHERE at > $1::interval"""
    assert interpolate(text, schema='it"s', table="keys") == (
        """SELECT id::"char", 'a:''b' || 'it"s' FROM "it""s"."keys" WHERE at > $1::interval"""
    )
    assert interpolate(":'name'", name="it's") == "'it''s'"


def test_a_variable_without_a_name_is_refused() -> None:
    with pytest.raises(SqlFileError, match='no name is given for :"table"'):
        interpolate('SELECT 1 FROM :"table"', schema="keys")
