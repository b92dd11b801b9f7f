"""The derived lines of `docker-compose.yml`: what the declared services and the broker's settings make of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from libs.service.service import Service
from libs.vault.settings import SecretKeySettings
from waymark.deployment.derived_lines import write_derived_lines
from waymark.edge import OTLP_GRPC_PORT
from waymark.kafka_users import user_of


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
        "services": "".join(map(_container, services)),
        "dependencies": _each(services, "      {0}:\n        condition: service_healthy\n"),
    }
    return write_derived_lines(text, lines)


def _each(services: Sequence[Service[Any]], line: str) -> str:
    return "".join(line.format(service.name) for service in services)


def _container(service: Service[Any]) -> str:
    lines = [
        f"  {service.name}:",
        "    <<: *service",
        f'    command: ["python", "-m", "services.{service.name}"]',
        "    environment:",
    ]
    lines += ["      <<: *address"] if service.is_stateless else _backends(service)
    if issubclass(service.settings, SecretKeySettings):
        lines += ["      WAYMARK_SECRET_KEY_FILE: /secrets/secret.key"]
    if "otlp_grpc_port" in service.settings.model_fields:
        lines += [f'      WAYMARK_OTLP_GRPC_PORT: "{OTLP_GRPC_PORT}"']
    if "outbound_allow" in service.settings.model_fields:
        lines += ['      WAYMARK_OUTBOUND_ALLOW: "${WAYMARK_OUTBOUND_ALLOW:-}"']
    if "grafana_url" in service.settings.model_fields:
        lines += ['      WAYMARK_GRAFANA_URL: "${WAYMARK_GRAFANA_URL:-}"']
    if service.is_stateless:
        lines += ["    volumes: []"]
    else:
        lines += ["    volumes:", f"      - secrets-{service.name}:/secrets:ro"]
    return "\n".join(lines) + "\n\n"


def _backends(service: Service[Any]) -> list[str]:
    return [
        "      <<: *environment",
        f"      WAYMARK_MEMBER: {service.name}",
        f"      WAYMARK_KAFKA_USERNAME: {user_of(service.name)}",
    ]


def _quoted(value: str) -> str:
    return f'"{value}"'
