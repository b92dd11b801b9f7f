"""Takes the application's own tenant filter out of named statements, so that only row-level security is left."""

from __future__ import annotations

import re
from dataclasses import replace

from libs.pg.sql_files import SqlFile

_FILTER = re.compile(r"\b(?:\w+\.)?tenant_id = \$1\b")


def unfiltered(file: SqlFile) -> SqlFile:
    """The same statements for any tenant: `tenant_id = $1` is true for every row."""
    statements = [replace(found, text=_FILTER.sub("($1::text IS NOT NULL)", found.text)) for found in file]
    assert any(new.text != old.text for new, old in zip(statements, file, strict=True))
    return SqlFile(file.path, statements)
