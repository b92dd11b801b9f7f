"""What the containers of the declared services are started with, said once for whatever starts them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from libs.contracts.paths import FRONT
from libs.service.private_files import LOGINS_FILE, SECRET_KEY_FILE
from libs.service.service import Service
from libs.vault.settings import SecretKeySettings
from waymark.edge import OTLP_GRPC_PORT
from waymark.kafka_users import PASSWORD_FILE, user_of

_CHOICES = {"outbound_allow": "WAYMARK_OUTBOUND_ALLOW", "grafana_url": "WAYMARK_GRAFANA_URL"}
"""Settings that only the operator knows, by their field."""


@dataclass(frozen=True, slots=True)
class Container:
    """A container's `command` and its own `variables`; those that all of its kind have are said where they start.

    `choices` are variables whose values the operator chooses. `secrets` are the files of the container's folder: one
    that has none is told nothing of log and database. One that `follows_log` is a member of consumer groups.
    """

    name: str
    command: tuple[str, ...]
    variables: Mapping[str, str] = field(default_factory=dict)
    choices: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
    follows_log: bool = False


FRONT_CONTAINER = Container(FRONT, ("python", "-m", "waymark.front_process"))


def container_of(service: Service[Any]) -> Container:
    """Return the container of a declared service."""
    encrypts = issubclass(service.settings, SecretKeySettings)
    fields = service.settings.model_fields
    variables = {} if service.is_stateless else {"WAYMARK_KAFKA_USERNAME": user_of(service.name)}
    if encrypts:
        variables["WAYMARK_SECRET_KEY_FILE"] = f"/secrets/{SECRET_KEY_FILE}"
    if "otlp_grpc_port" in fields:
        variables["WAYMARK_OTLP_GRPC_PORT"] = str(OTLP_GRPC_PORT)
    kept = (LOGINS_FILE, PASSWORD_FILE, *((SECRET_KEY_FILE,) if encrypts else ()))
    return Container(
        service.name,
        ("python", "-m", f"services.{service.name}"),
        variables,
        tuple(variable for name, variable in _CHOICES.items() if name in fields),
        () if service.is_stateless else kept,
        service.has_consumers or service.has_jobs,
    )
