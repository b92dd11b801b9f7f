"""Migrations of a schema as one script.

A version file is `NNNN_what_it_does.py` with alembic's `revision`, which is `NNNN`, and `down_revision`, and an
`upgrade()` that calls `execute_script`. alembic orders the files and writes the script; the database driver runs it.
"""

from collections.abc import Sequence
from io import StringIO
from pathlib import Path

from alembic import op
from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext, RevisionStep
from alembic.script import ScriptDirectory
from alembic.util import CommandError

from libs.pg.errors import MigrationError


def script(
    schema: str, version_locations: Sequence[Path], current: str | None, wanted: str, *, version_table: str
) -> str:
    """Return the SQL that leads from `current` (None: from nothing) to the version `wanted`, without BEGIN and COMMIT.

    Raises MigrationError.
    """
    try:
        return _script(schema, version_locations, current, wanted, version_table)
    except CommandError as error:
        raise MigrationError(f"schema {schema}: {error}") from error


def _script(
    schema: str, version_locations: Sequence[Path], current: str | None, wanted: str, version_table: str
) -> str:
    directory = ScriptDirectory(
        str(version_locations[0]), version_locations=[str(location) for location in version_locations]
    )
    if len(directory.get_heads()) != 1:
        raise MigrationError(f"schema {schema}: its migrations are no single line: {directory.get_heads()}")

    def steps(_revision: object, _context: MigrationContext) -> list[RevisionStep]:
        return directory._upgrade_revs(wanted, current)  # type: ignore[arg-type]

    output = StringIO()
    with EnvironmentContext(Config(), directory, fn=steps, as_sql=True, starting_rev=current) as environment:
        environment.configure(
            dialect_name="postgresql",
            output_buffer=output,
            version_table=version_table,
            version_table_schema=schema,
            transactional_ddl=False,
        )
        environment.run_migrations()
    return output.getvalue()


def execute_script(sql: str) -> None:
    """Add SQL text of any number of statements to the migration."""
    op.get_context().impl.static_output(sql.rstrip().removesuffix(";") + ";")


def read_beside(migration: str) -> str:
    """Return the SQL that lies beside a migration's Python file under the same name."""
    return Path(migration).with_suffix(".sql").read_text(encoding="utf-8")
