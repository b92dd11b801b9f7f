"""The Helm chart rendered without a cluster, by Helm itself, and read as Kubernetes would read it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import helm_python
import yaml

CHART = Path(__file__).resolve().parents[2] / "deploy/kubernetes/waymark"
SMALLEST: Mapping[str, Any] = {
    "database": {"url": "postgresql://database.example:5432/waymark"},
    "kafka": {"bootstrapServers": "kafka-0.example:9092,kafka-1.example:9092"},
}
"""The values that have to be given."""
EVERYTHING: Mapping[str, Any] = {
    **SMALLEST,
    "image": {"repository": "registry.example/waymark", "digest": "sha256:" + "0" * 64},
    "imagePullSecrets": ["registry"],
    "kafka": {**SMALLEST["kafka"], "ca": {"existingSecret": "kafka-authority"}},
    "database": {**SMALLEST["database"], "ca": {"existingSecret": "database-authority", "key": "root.crt"}},
    "settings": {"WAYMARK_TOPIC_PREFIX": "blue.", "WAYMARK_PARTITIONS": "12"},
    "outboundAllow": "10.20.0.0/24:443",
    "outboundCa": {"existingSecret": "outbound-authority"},
    "grafanaUrl": "https://grafana.example",
    "services": {
        "queries": {"replicas": 3, "settings": {"WAYMARK_TOPIC_PREFIX": "green."}, "existingSecret": "of-queries"},
        "workflows": {"resources": {"requests": {"cpu": "2"}, "limits": {"memory": "4Gi"}}},
    },
    "front": {"replicas": 2},
    "edge": {
        "trustedProxies": ["10.1.0.0/16"],
        "service": {"type": "LoadBalancer", "loadBalancerSourceRanges": ["198.51.100.0/24"]},
    },
    "ingress": {"enabled": True, "className": "internal", "hosts": ["waymark.example"], "tlsSecret": "certificate"},
    "commands": {"enabled": True},
    "backup": {"enabled": True, "existingClaim": "backups"},
    "autoscaling": {"enabled": True},
    "networkPolicy": {
        "enabled": True,
        "clients": [{"namespaceSelector": {"matchLabels": {"team": "web"}}}],
        "scrapers": [{"namespaceSelector": {"matchLabels": {"team": "observability"}}}],
        "outbound": [{"ipBlock": {"cidr": "10.20.0.0/24"}}],
        "egress": [{"ports": [{"port": 4318}]}],
    },
    "serviceMonitor": {"enabled": True, "labels": {"release": "prometheus"}},
    "prometheusRule": {"enabled": True, "runbooks": "https://repository.example/waymark/blob/main/"},
    "dashboards": {"enabled": True},
    "podAnnotations": {"example.com/team": "platform"},
    "podLabels": {"team": "platform"},
    "nodeSelector": {"kubernetes.io/os": "linux"},
    "tolerations": [{"key": "dedicated", "operator": "Exists"}],
    "priorityClassName": "important",
}
"""Every switch on, and every other kind of value given."""

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The same documents from either; dashboards are large."""


@dataclass(frozen=True)
class Release:
    """The objects of one release, hooks among them."""

    objects: tuple[dict[str, Any], ...]

    def of(self, kind: str) -> dict[str, dict[str, Any]]:
        """Component → object of the kind."""
        return {component_of(found): found for found in self.objects if found["kind"] == kind}

    def workloads(self) -> dict[str, dict[str, Any]]:
        """Component → what has a pod template; of a CronJob, the job that it makes."""
        made = [found | found.get("spec", {}).get("jobTemplate", {}) for found in self.objects]
        return {component_of(found): found for found in made if "template" in found.get("spec", {})}

    def pods(self) -> dict[str, dict[str, Any]]:
        """Component → the specification of its pods."""
        return {name: found["spec"]["template"]["spec"] for name, found in self.workloads().items()}

    def containers(self) -> dict[str, dict[str, Any]]:
        """Component → the one container of its pods."""
        found = {name: pod["containers"] for name, pod in self.pods().items()}
        assert all(len(containers) == 1 for containers in found.values())
        assert not any("initContainers" in pod for pod in self.pods().values())
        return {name: containers[0] for name, containers in found.items()}


def component_of(found: Mapping[str, Any]) -> str:
    """The component that an object belongs to."""
    return str(found["metadata"]["labels"]["app.kubernetes.io/component"])


def environment_of(container: Mapping[str, Any]) -> dict[str, Any]:
    """Variable → value, or where it comes from; each is said once."""
    entries = container.get("env", [])
    found = {entry["name"]: entry.get("value", entry.get("valueFrom")) for entry in entries}
    assert len(found) == len(entries), sorted(entry["name"] for entry in entries)
    return found


def refuse_unknown(values: Mapping[str, Any]) -> None:
    """Hold the values against the chart's schema. Raises helm_python.HelmValuesError."""
    with helm_python.Chart.load(CHART) as chart:
        chart.validate_schema(dict(values))


def released(values: Mapping[str, Any], name: str = "waymark", namespace: str = "production") -> Release:
    """Render a release."""
    texts = rendered_texts(values, name, namespace)
    return Release(tuple(_objects(text for path, text in texts.items() if path.endswith(".yaml"))))


@cache
def smallest() -> Release:
    """The release of the smallest values."""
    return released(SMALLEST)


@cache
def everything() -> Release:
    """The release with everything on."""
    return released(EVERYTHING)


def rendered_texts(values: Mapping[str, Any], name: str, namespace: str) -> dict[str, str]:
    """Template → text."""
    with helm_python.Chart.load(CHART) as chart:
        return chart.render(dict(values), name=name, namespace=namespace)


def _objects(texts: Iterator[str]) -> Iterator[dict[str, Any]]:
    for text in texts:
        yield from (document for document in yaml.load_all(text, _LOADER) if document is not None)
