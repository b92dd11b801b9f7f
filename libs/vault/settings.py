"""The secret key of an installation, for the settings of services that store secrets."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, Field


class SecretKeySettings(BaseModel):
    """The secret that encrypts, or a file that holds it; a service that inherits this is given it by the installation.

    Several secrets are separated by commas (`Vault`).
    """

    secret_key: str | None = Field(default=None, repr=False)
    secret_key_file: Path | None = None

    @property
    def secret(self) -> str | None:
        """The secret from the setting, else from the file (the way of container secrets), else None."""
        if self.secret_key:
            return self.secret_key
        return self.secret_key_file.read_text(encoding="utf-8").strip() if self.secret_key_file is not None else None
