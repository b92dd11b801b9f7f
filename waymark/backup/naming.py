"""What a backup is called, and what is said of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from libs.service.private_files import SECRET_KEY_FILE
from waymark.backup.manifest import Manifest
from waymark.settings import MachineSettings

_COUNTED = {
    "queries.history.interactions": "interactions",
    "queries.events.events": "events",
    "log.records": "log records",
    "accounts.tenants": "tenants",
}


def path_of(path: Path) -> Path:
    """Return where to write: in a folder under a name of the present second."""
    if not path.is_dir():
        return path
    return path / f"waymark-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.backup"


def place_of_key(settings: MachineSettings) -> str:
    """Return where the secret key lies."""
    if settings.secret_key:
        return "WAYMARK_SECRET_KEY"
    return str(settings.secret_key_file or settings.data_dir / SECRET_KEY_FILE)


def contents(made: Manifest) -> Mapping[str, int]:
    """Return the numbers of rows that an operator knows."""
    counts = dict.fromkeys(_COUNTED.values(), 0)
    models = {model.schema: f"{model.service}.{model.name}" for model in made.models}
    for table in made.tables:
        what = _COUNTED.get(f"{models.get(table.schema, table.schema)}.{table.name}")
        if what is not None:
            counts[what] += table.rows
    return counts


def next_steps(made: Manifest) -> str:
    """Return what comes after a restore."""
    if made.log.in_database:
        return "Restored. Start as always; what was accepted after the backup is not in it."
    return "Restored. Run `waymark log adopt`, which takes up what the log has newer, then start as always."
