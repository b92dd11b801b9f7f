"""Reads `docker-compose.yml` and says what each Waymark service is started with, addresses replaced by native ones."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from deploy.kafka import properties

COMPOSE_FILE = Path(__file__).resolve().parents[2] / "docker-compose.yml"
_IMAGE = "waymark:local"
_VARIABLE = re.compile(r"\$\{(\w+):-([^}]*)\}")


@dataclass(frozen=True)
class Started:
    """One service: the command to run and the variables it gets, as the file says them."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]


def broker_variables() -> dict[str, str]:
    """The variables of the Kafka container."""
    return {properties.variable(name): value for name, value in properties.composed().items()}


def read_compose() -> dict[str, Any]:
    """The whole file, anchors and merges resolved."""
    document: dict[str, Any] = yaml.safe_load(COMPOSE_FILE.read_text())
    return document


def waymark_services(replacements: Mapping[str, str], ports: Mapping[str, int], *, secrets: Path) -> list[Started]:
    """Our own services in the order of the file; each text in `replacements` is replaced, ports are per service.

    In `secrets` each volume of secrets is a folder, and a service finds in `/secrets` what its volumes put there.
    """
    services: dict[str, Any] = read_compose()["services"]
    return [
        _started(name, service, {**replacements, "/secrets": str(_mounted(service, secrets))}, ports.get(name))
        for name, service in services.items()
        if service.get("image") == _IMAGE
    ]


def _mounted(service: dict[str, Any], secrets: Path) -> Path:
    """The folder that stands for `/secrets`: that of its one volume, or the folder of all folders."""
    volumes = [volume.split(":") for volume in service["volumes"] if volume.startswith("secrets-")]
    own = [name for name, place, *_ in volumes if place == "/secrets"]
    assert own or all(place == f"/secrets/{name.removeprefix('secrets-')}" for name, place, *_ in volumes)
    return secrets / own[0].removeprefix("secrets-") if own else secrets


def _started(name: str, service: dict[str, Any], replacements: Mapping[str, str], port: int | None) -> Started:
    environment = {}
    for variable, written in service["environment"].items():
        value = _VARIABLE.sub(lambda match: match[2], written)
        for text, replacement in replacements.items():
            value = replaced(value, text, replacement)
        environment[variable] = value
    if port is not None:
        environment["WAYMARK_PORT"] = str(port)
    if name == "secrets":
        environment["WAYMARK_DATA_DIR"] = replacements["/data"]
    command = [replacements.get(word, word) for word in service["command"]]
    return Started(name, native_command(command), environment)


def replaced(value: str, text: str, replacement: str) -> str:
    """The value with the text replaced where it stands by itself: 0.0.0.0 is not part of 10.0.0.0."""
    return re.sub(rf"(?<![\w.]){re.escape(text)}", lambda _: replacement, value)


def native_command(command: Sequence[str]) -> list[str]:
    """The image's programs are this environment's."""
    program, *arguments = command
    assert program in {"python", "waymark"}
    return [sys.executable, *([] if program == "python" else ["-m", "waymark"]), *arguments]


def inherited_environment() -> dict[str, str]:
    """What a container would not have is left out: nothing of Waymark's comes from the outside."""
    return {name: value for name, value in os.environ.items() if not name.startswith("WAYMARK_")}
