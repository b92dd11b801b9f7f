"""Every value of the chart is read: each, given as nothing else is, stands in what is rendered."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from tests.support.chart import CHART, released

VALUES = yaml.safe_load((CHART / "values.yaml").read_text(encoding="utf-8"))
UNLIKE: Mapping[str, Any] = {
    "image": {"repository": "of.example/ours", "digest": "sha256:" + "a1" * 32, "pullPolicy": "Always"},
    "imagePullSecrets": ["of-pulling"],
    "fullnameOverride": "unlike",
    "database": {
        "url": "postgresql://of-database:5431/unlike",
        "owner": "of-owner",
        "ca": {"existingSecret": "of-database-authority", "key": "of-database.crt"},
    },
    "kafka": {
        "bootstrapServers": "of-kafka:9091",
        "users": "given",
        "setupUser": "of-setup",
        "ca": {"existingSecret": "of-kafka-authority", "key": "of-kafka.crt"},
    },
    "secrets": {"prefix": "of-prefix"},
    "settings": {"WAYMARK_OF_ALL": "of all"},
    "trustedProxies": ["10.11.0.0/16"],
    "outboundAllow": "10.12.0.0/16",
    "outboundCa": {"existingSecret": "of-outbound-authority", "key": "of-outbound.crt"},
    "grafanaUrl": "https://of-grafana.example",
    "resources": {"requests": {"cpu": "101m", "memory": "102Mi"}, "limits": {"memory": "103Mi"}},
    "services": {
        "queries": {
            "replicas": 71,
            "resources": {"limits": {"memory": "104Mi"}},
            "settings": {"WAYMARK_OF_QUERIES": "of queries"},
            "existingSecret": "of-queries",
        },
    },
    "front": {
        "replicas": 72,
        "resources": {"limits": {"memory": "105Mi"}},
        "settings": {"WAYMARK_OF_FRONT": "of front"},
    },
    "edge": {
        "replicas": 73,
        "image": {
            "repository": "of.example/nginx",
            "tag": "",
            "digest": "sha256:" + "b2" * 32,
            "pullPolicy": "Never",
        },
        "resources": {"requests": {"cpu": "106m", "memory": "107Mi"}, "limits": {"memory": "108Mi"}},
        "workers": 37,
        "resolver": "10.13.0.1",
        "clusterDomain": "of.domain",
        "trustedProxies": ["10.14.0.0/16"],
        "service": {
            "type": "LoadBalancer",
            "port": 8181,
            "otlpGrpcPort": 4321,
            "annotations": {"of.example/service": "of the edge"},
            "externalTrafficPolicy": "Cluster",
            "loadBalancerSourceRanges": ["10.15.0.0/16"],
        },
    },
    "ingress": {
        "enabled": True,
        "className": "of-class",
        "annotations": {"of.example/ingress": "of ingress"},
        "hosts": ["of-ingress.example"],
        "tlsSecret": "of-certificate",
    },
    "setup": {
        "resources": {"limits": {"memory": "109Mi"}},
        "data": {"existingClaim": "", "storageClass": "of-storage", "size": "11Gi"},
    },
    "commands": {"enabled": True, "resources": {"limits": {"memory": "111Mi"}}},
    "backup": {
        "enabled": True,
        "schedule": "16 3 * * *",
        "existingClaim": "of-backups",
        "resources": {"limits": {"memory": "112Mi"}},
    },
    "autoscaling": {"enabled": True, "minReplicas": 17, "maxReplicas": 19, "cpu": "613m"},
    "podDisruptionBudgets": {"enabled": True},
    "networkPolicy": {
        "enabled": True,
        "clients": [{"ipBlock": {"cidr": "10.21.0.0/16"}}],
        "scrapers": [{"ipBlock": {"cidr": "10.22.0.0/16"}}],
        "database": {"peers": [{"ipBlock": {"cidr": "10.23.0.0/16"}}], "ports": [5433]},
        "kafka": {"peers": [{"ipBlock": {"cidr": "10.24.0.0/16"}}], "ports": [9097]},
        "dns": {"peers": [{"ipBlock": {"cidr": "10.25.0.0/16"}}], "ports": [5353]},
        "outbound": [{"ipBlock": {"cidr": "10.26.0.0/16"}}],
        "egress": [{"ports": [{"port": 4318}]}],
    },
    "serviceMonitor": {"enabled": True, "labels": {"of": "monitor"}, "interval": "21s"},
    "prometheusRule": {"enabled": True, "labels": {"of": "rules"}, "runbooks": "https://of-runbooks.example/"},
    "dashboards": {
        "enabled": True,
        "labels": {"grafana_dashboard": "unlike"},
        "annotations": {"of.example/dashboards": "of dashboards"},
    },
    "podAnnotations": {"of.example/pods": "of pods"},
    "podLabels": {"of": "pods"},
    "nodeSelector": {"of.example/nodes": "of-nodes"},
    "tolerations": [{"key": "of-tolerations"}],
    "priorityClassName": "of-priority",
}
HIDDEN = {"/image/tag"}
"""Hidden by the digest."""


def given(values: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Each text and number with its path, but for words that choose among a few."""
    if isinstance(values, Mapping):
        for name, value in values.items():
            yield from given(value, f"{path}/{name}")
    elif isinstance(values, list):
        for value in values:
            yield from given(value, path)
    elif not isinstance(values, bool) and path not in {"/kafka/users"}:
        yield path, values


def places(values: Any, path: str = "") -> Iterator[str]:
    """The paths of all values, of mappings too."""
    yield path
    for name, value in values.items() if isinstance(values, Mapping) else ():
        yield from places(value, f"{path}/{name}")


def test_every_value_is_given_here() -> None:
    of_one_service = {**VALUES, "services": {"queries": VALUES["services"]["queries"]}}
    assert set(places(of_one_service)) - set(places(UNLIKE)) - HIDDEN == set()


def test_what_is_given_stands_in_what_is_rendered() -> None:
    text = json.dumps(released(UNLIKE).objects)
    unread = [path for path, value in given(UNLIKE) if not re.search(rf"\b{re.escape(str(value))}", text)]
    assert unread == []


def test_what_is_said_of_all_pods_is_said_of_each() -> None:
    release = released(UNLIKE)
    for name, pod in release.pods().items():
        assert pod["imagePullSecrets"] == [{"name": "of-pulling"}], name
        assert pod["nodeSelector"] == UNLIKE["nodeSelector"], name
        assert pod["tolerations"] == UNLIKE["tolerations"], name
        assert pod["priorityClassName"] == "of-priority", name
        image = UNLIKE["edge"]["image"] if name == "edge" else UNLIKE["image"]
        (container,) = pod["containers"]
        assert container["image"] == f"{image['repository']}@{image['digest']}", name
        assert container["imagePullPolicy"] == image["pullPolicy"], name
        described = release.workloads()[name]["spec"]["template"]["metadata"]
        assert described["labels"]["of"] == described["annotations"]["of.example/pods"].removeprefix("of "), name
