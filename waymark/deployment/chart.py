"""The derived files and lines of the Helm chart: what the declared services and their routes make of it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from libs.contracts.paths import GATEWAY
from libs.service.service import Service
from waymark.deployment.containers import FRONT_CONTAINER, Container, container_of
from waymark.deployment.derived_lines import write_derived_lines
from waymark.edge import Surroundings, render_nginx

_HEAD = "# Written by `python -m tests.support.snapshots --write` from the declared services.\n"
_REPLICAS: Mapping[str, int] = {GATEWAY: 2}
"""How many of a service there are unless the operator says otherwise: one, but the door is never alone."""

_BY_PROXY = """

    # Proxies in front say who a client is and how it came; from anybody else such words count for nothing.
    real_ip_header X-Forwarded-For;
    real_ip_recursive on;
{{- range .Values.edge.trustedProxies }}
    set_real_ip_from {{ . }};
{{- end }}
    geo $realip_remote_addr $by_proxy {
        default 0;
{{- range .Values.edge.trustedProxies }}
        {{ . }} 1;
{{- end }}
    }
    map "$by_proxy $http_x_forwarded_proto" $client_scheme {
        default $scheme;
        "1 https" https;
    }"""
CLUSTER = Surroundings(
    resolver="{{ .Values.edge.resolver }}",
    host_of=lambda service: (
        f'{{{{ include "waymark.fullname" . }}}}-{service}.{{{{ .Release.Namespace }}}}.svc.'
        "{{ .Values.edge.clusterDomain }}"
    ),
    proxies=_BY_PROXY,
    scheme="$client_scheme",
    workers="{{ .Values.edge.workers }}",
)
"""Kubernetes, in the words of the chart's templates: nginx looks whole names up, at the cluster's resolver.

It would make a process for each core of the node, which need not fit into the container's memory.
"""


def render_chart(chart: Path, services: Sequence[Service[Any]]) -> dict[Path, str]:
    """Return path → text of what is derived in the folder of the chart. Raises ValueError when lines are not marked."""
    values, schema = chart / "values.yaml", chart / "values.schema.json"
    return {
        chart / "files/containers.yaml": _HEAD + _yaml([_facts(one) for one in _containers(services)]),
        chart / "files/nginx.conf": render_nginx(CLUSTER),
        values: _values(values.read_text(encoding="utf-8"), services),
        schema: _schema(schema.read_text(encoding="utf-8"), services),
    }


def _containers(services: Sequence[Service[Any]]) -> list[Container]:
    return [*map(container_of, services), FRONT_CONTAINER]


def _facts(container: Container) -> dict[str, Any]:
    """Return the container as templates read it."""
    return {
        "name": container.name,
        "command": list(container.command),
        "variables": dict(container.variables),
        "choices": list(container.choices),
        "secrets": list(container.secrets),
        "followsLog": container.follows_log,
    }


def _values(text: str, services: Sequence[Service[Any]]) -> str:
    return write_derived_lines(text, {"services": "".join(map(_values_line, services))})


def _values_line(service: Service[Any]) -> str:
    secret = "" if service.is_stateless else ', existingSecret: ""'
    return (
        f"  {service.name}: {{replicas: {_REPLICAS.get(service.name, 1)}, resources: {{}}, settings: {{}}{secret}}}\n"
    )


def _schema(text: str, services: Sequence[Service[Any]]) -> str:
    schema = json.loads(text)
    schema["properties"]["services"]["properties"] = {
        service.name: {"$ref": f"#/definitions/{'workload' if service.is_stateless else 'service'}"}
        for service in services
    }
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def _yaml(value: Any) -> str:
    return str(yaml.safe_dump(value, sort_keys=False, width=120))
