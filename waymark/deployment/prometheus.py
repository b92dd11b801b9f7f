"""The derived lines of `deploy/prometheus/prometheus.yml`: a target for each declared service and for the front."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from libs.contracts.paths import FRONT
from libs.service.service import Service
from waymark.deployment.derived_lines import write_derived_lines
from waymark.edge import SERVICE_PORT


def render_prometheus(text: str, services: Sequence[Service[Any]]) -> str:
    """Return the file `text` with its targets written anew. Raises ValueError when their lines are not marked."""
    names = [*(service.name for service in services), FRONT]
    return write_derived_lines(text, {"targets": "".join(map(_target, names))})


def _target(name: str) -> str:
    return f'      - targets: ["{name}:{SERVICE_PORT}"]\n        labels: {{component: {name}}}\n'
