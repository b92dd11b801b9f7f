"""The secret key of a service's settings: from the variable, else from a file."""

from __future__ import annotations

from pathlib import Path

import pytest

from libs.service.settings import ServiceSettings
from libs.vault.settings import SecretKeySettings


class Settings(ServiceSettings, SecretKeySettings):
    """The settings of a service that stores secrets."""


@pytest.mark.parametrize(
    ("variable", "secret"),
    [({}, None), ({"file": "from the file"}, "from the file"), ({"": "given", "file": "from the file"}, "given")],
)
def test_the_variable_goes_before_the_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, variable: dict[str, str], secret: str | None
) -> None:
    if "file" in variable:
        path = tmp_path / "secret.key"
        path.write_text(variable["file"] + "\n", encoding="utf-8")
        monkeypatch.setenv("WAYMARK_SECRET_KEY_FILE", str(path))
    if "" in variable:
        monkeypatch.setenv("WAYMARK_SECRET_KEY", variable[""])

    settings = Settings()

    assert settings.secret == secret
    assert "given" not in repr(settings)
