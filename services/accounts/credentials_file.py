"""Where the first start leaves the credentials for people and scripts: a JSON file that only its owner can read."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

FILE_NAME = "credentials.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """What the first start made: an admin key, and an admin's login when the tenant was new."""

    tenant_id: str
    api_key: str = field(repr=False)
    email: str | None
    password: str | None = field(repr=False)


class CredentialsStore(Protocol):
    """Where credentials are kept once they were made."""

    def exists(self) -> bool:
        """Whether there are some already."""
        ...

    def save(self, credentials: Credentials) -> None:
        """Keep them; they can be read by whoever started Waymark, and nobody else."""
        ...


class CredentialsFile:
    """`credentials.json` in the data directory: `url`, `tenantId`, `apiKey`, `email`, `password`, mode 600."""

    def __init__(self, data_dir: Path, *, url: str) -> None:
        self.path = data_dir / FILE_NAME
        self._url = url

    def exists(self) -> bool:
        """Whether the file is there."""
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
        self.path.parent.mkdir(parents=True, exist_ok=True)
        draft = self.path.with_name(f".{FILE_NAME}.{os.getpid()}")
        draft.unlink(missing_ok=True)
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            json.dump(content, file, indent=2, ensure_ascii=False)
            file.write("\n")
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self.path)
