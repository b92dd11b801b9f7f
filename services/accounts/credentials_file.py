"""The credentials that the first start leaves for people and scripts, in a JSON file that only its owner can read."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from libs.service.private_files import CREDENTIALS_FILE, write_private


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """The result of the first start: an admin key, and an admin's login when the tenant was new."""

    tenant_id: str
    api_key: str = field(repr=False)
    email: str | None
    password: str | None = field(repr=False)


class CredentialsStore(Protocol):
    """Keeps the credentials of the first start."""

    def exists(self) -> bool:
        """Return whether there are some already."""
        ...

    def save(self, credentials: Credentials) -> None:
        """Write them to a file that only the owner of the process can read."""
        ...


class CredentialsFile:
    """`credentials.json` in the data directory: `url`, `tenantId`, `apiKey`, `email`, `password`, mode 600."""

    def __init__(self, data_dir: Path, *, url: str) -> None:
        self.path = data_dir / CREDENTIALS_FILE
        self._url = url

    def exists(self) -> bool:
        """Return whether the file is there."""
        return self.path.exists()

    def save(self, credentials: Credentials) -> None:
        """Write the file whole or not at all."""
        content = {
            "url": self._url,
            "tenantId": credentials.tenant_id,
            "apiKey": credentials.api_key,
            "email": credentials.email,
            "password": credentials.password,
        }
        write_private(self.path, json.dumps(content, indent=2, ensure_ascii=False) + "\n")
