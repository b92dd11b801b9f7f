"""A backup's manifest for tests."""

from __future__ import annotations

from waymark.backup.manifest import FORMAT, LogOfBackup, Manifest

MANIFEST = Manifest(
    format=FORMAT,
    waymark="1.2.3",
    taken_at="2026-01-15T10:31:00.000Z",
    postgresql="18.1",
    log=LogOfBackup("a-log", in_database=True, layout=1),
    revisions={"catalog": "0001"},
    models=(),
    reactors=(),
    sequences={},
    tables=(),
    key_names=(),
    has_secret_key=False,
    left_out=(),
)
"""Of an installation that has next to nothing."""
