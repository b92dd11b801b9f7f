"""Tables and version of a read model change together: a generation of other tables is of another version."""

from __future__ import annotations

from hashlib import sha256

from services.queries.projection import History

FINGERPRINTS = {3: "1e08e97fab207fbc"}


def test_a_change_of_the_tables_is_a_new_version() -> None:
    history = History()
    fingerprint = sha256((history.ddl + history.finishing_ddl).encode()).hexdigest()[:16]
    assert FINGERPRINTS.get(history.version) == fingerprint, "raise History.version and note the new fingerprint here"
