"""The secrets of several containers: each folder has what its container needs."""

from __future__ import annotations

from pathlib import Path

from libs.service.private_files import SECRET_KEY_FILE
from waymark.cluster_secrets import write_secrets
from waymark.settings import read_settings


def test_grafana_gets_a_password_that_stays_and_that_nobody_else_reads(tmp_path: Path) -> None:
    settings = read_settings(database_url="postgresql://waymark@postgres:5432/waymark", data_dir=tmp_path / "data")
    write_secrets(settings, tmp_path)
    files = [tmp_path / "grafana" / name for name in ("password", "encryption.key")]
    made = [path.read_text("ascii") for path in files]
    assert len(set(made)) == len(made)
    assert all(len(secret) >= 32 for secret in made)
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}
    write_secrets(settings, tmp_path)
    assert [path.read_text("ascii") for path in files] == made


def test_a_changed_secret_key_reaches_every_container_that_encrypts(tmp_path: Path) -> None:
    settings = read_settings(database_url="postgresql://waymark@postgres:5432/waymark", data_dir=tmp_path / "data")
    into = tmp_path / "secrets"

    def having(secret: str) -> set[str]:
        return {path.parent.name for path in into.glob(f"*/{SECRET_KEY_FILE}") if path.read_text("ascii") == secret}

    write_secrets(settings, into)
    made = (into / "setup" / SECRET_KEY_FILE).read_text("ascii")
    assert having(made) == {"setup", "accounts", "monitoring", "workflows"}
    (into / "setup" / SECRET_KEY_FILE).write_text("the new secret key," + made, "ascii")
    write_secrets(settings, into)

    assert having("the new secret key," + made) == {"setup", "accounts", "monitoring", "workflows"}
