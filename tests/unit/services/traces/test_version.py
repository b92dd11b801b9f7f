"""Tables and version of a read model change together: a generation of other tables is of another version."""

from __future__ import annotations

from hashlib import sha256

from services.traces.projection import TracesProjection

FINGERPRINTS = {
    1: "c9e31e76f62d519e",
    2: "513bb7b2598c08a9",
    3: "f1ad45de8d26fc60",
    4: "e77ed277fd433082",
    5: "c3c7049e6d62e938",
    6: "f1158556e09b49fe",
    7: "8169394c80ca8a1d",
}


def test_a_change_of_the_tables_is_a_new_version() -> None:
    traces = TracesProjection()
    fingerprint = sha256((traces.ddl + traces.finishing_ddl).encode()).hexdigest()[:16]
    assert FINGERPRINTS.get(traces.version) == fingerprint, (
        "raise TracesProjection.version and note the new fingerprint here"
    )
