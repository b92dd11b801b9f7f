"""Tables and version of the read model change together: a generation of other tables is of another version."""

from __future__ import annotations

from hashlib import sha256

from services.monitoring.health.projection import HealthProjection

FINGERPRINTS = {1: "8af91a26a57b7892"}


def test_a_change_of_the_tables_is_a_new_version() -> None:
    health = HealthProjection()
    fingerprint = sha256((health.ddl + health.finishing_ddl).encode()).hexdigest()[:16]
    assert FINGERPRINTS.get(health.version) == fingerprint, (
        "raise HealthProjection.version and note the new fingerprint here"
    )
