"""Named statements and the code that runs them: each disagreement is found, whichever way the name is reached."""

from pathlib import Path

from tests.support.sql_names import disagreements

STORE = """
from pathlib import Path
from libs.pg.sql_files import SqlFile

SQL = SqlFile.load(Path(__file__).with_name("queries.sql"))

def first() -> str:
    return SQL.{first}
"""
READS = """
from services.toys.store import SQL as KNOWN

def second() -> str:
    return KNOWN.{second}
"""
QUERIES = "".join(f"-- name: {name}\n-- Described.\nSELECT 1;\n" for name in ("first_one", "second_one"))


def tree(root: Path, *, first: str = "first_one", second: str = "second_one") -> Path:
    folder = root / "services" / "toys"
    folder.mkdir(parents=True)
    (folder / "queries.sql").write_text(QUERIES, encoding="utf-8")
    (folder / "store.py").write_text(STORE.format(first=first), encoding="utf-8")
    (folder / "reads.py").write_text(READS.format(second=second), encoding="utf-8")
    return root


def test_names_that_agree_are_not_mentioned(tmp_path: Path) -> None:
    assert disagreements(tree(tmp_path)) == []


def test_a_name_that_no_file_has_is_found_where_it_stands(tmp_path: Path) -> None:
    found = disagreements(tree(tmp_path, second="third_one"))
    assert "services/toys/reads.py names 'third_one', which queries.sql lacks" in found
    assert "toys/queries.sql holds 'second_one', which no code names" in found


def test_a_statement_that_no_code_names_is_found(tmp_path: Path) -> None:
    assert disagreements(tree(tmp_path, second="first_one")) == [
        "toys/queries.sql holds 'second_one', which no code names"
    ]
