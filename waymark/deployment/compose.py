"""The derived lines of `docker-compose.yml`: what the declared services and the broker's settings make of it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from libs.service.service import Service
from waymark.deployment.containers import Container, container_of
from waymark.deployment.derived_lines import write_derived_lines

_CHOSEN = {"WAYMARK_GRAFANA_URL": "http://localhost:3000"}
"""What holds until the operator chooses otherwise: what is in the same file."""


def render_compose(text: str, services: Sequence[Service[Any]], broker: Mapping[str, str]) -> str:
    """Return the file `text` with its derived lines written anew; `broker` has the variables of the Kafka container.

    Raises ValueError when the lines are not marked.
    """
    storing = [service for service in services if not service.is_stateless]
    lines = {
        "broker": "".join(f"      {name}: {_quoted(value)}\n" for name, value in broker.items()),
        "folders": _each(storing, "      - secrets-{0}:/secrets/{0}\n"),
        "read_folders": _each(storing, "      - secrets-{0}:/secrets/{0}:ro\n"),
        "volumes": _each(storing, "  secrets-{0}:\n"),
        "services": "".join(_container(container_of(service)) for service in services),
        "dependencies": _each(services, "      {0}:\n        condition: service_healthy\n"),
    }
    return write_derived_lines(text, lines)


def _each(services: Sequence[Service[Any]], line: str) -> str:
    return "".join(line.format(service.name) for service in services)


def _container(container: Container) -> str:
    lines = [f"  {container.name}:", "    <<: *service", f"    command: {json.dumps(container.command)}"]
    lines += ["    environment:", f"      <<: *{'environment' if container.secrets else 'address'}"]
    if container.secrets:
        lines += [f"      WAYMARK_MEMBER: {container.name}"]
    lines += [f"      {name}: {_written(value)}" for name, value in container.variables.items()]
    lines += [f'      {name}: "${{{name}:-{_CHOSEN.get(name, "")}}}"' for name in container.choices]
    if container.secrets:
        lines += ["    volumes:", f"      - secrets-{container.name}:/secrets:ro"]
    else:
        lines += ["    volumes: []"]
    return "\n".join(lines) + "\n\n"


def _written(value: str) -> str:
    """Return the value as YAML has it: a number in quotes stays text."""
    return _quoted(value) if value.isdigit() else value


def _quoted(value: str) -> str:
    return f'"{value}"'
