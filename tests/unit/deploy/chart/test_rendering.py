"""Helm takes the chart with whatever values its schema allows, and Kubernetes knows every field of what comes of it."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any
from unittest import mock

import helm_python
import kubernetes_validate.utils
import pytest
import yaml

from tests.support.chart import CHART, EVERYTHING, SMALLEST, Release, released, rendered_texts

ROOT = Path(__file__).resolve().parents[4]
KUBERNETES = "1.37"
OF_OTHERS = {"ServiceMonitor", "PrometheusRule"}
"""Kinds that Prometheus' operator brings; `test_observing.py` holds their shape."""
RELEASES: Mapping[str, tuple[Mapping[str, Any], str]] = {
    "smallest": (SMALLEST, "waymark"),
    "everything": (EVERYTHING, "waymark-blue"),
    "a name that begins with a digit and has a dot": (SMALLEST, "2.prod"),
    "names that YAML takes for numbers": (
        {
            **EVERYTHING,
            "imagePullSecrets": ["1"],
            "secrets": {"prefix": "2"},
            "kafka": {**SMALLEST["kafka"], "ca": {"existingSecret": "3"}},
            "services": {"queries": {"existingSecret": "4"}},
            "ingress": {"enabled": True, "className": "5", "hosts": ["6"], "tlsSecret": "7"},
            "setup": {"data": {"storageClass": "8"}},
            "backup": {"enabled": True, "existingClaim": "9"},
            "priorityClassName": "10",
            "fullnameOverride": "null",
        },
        "11",
    ),
    "the longest name": (EVERYTHING, "a" * 46 + "-b.c-de"),
    "a broker that asks nobody": ({**SMALLEST, "kafka": {**SMALLEST["kafka"], "users": "none"}}, "waymark"),
    "three of each": (
        {
            **SMALLEST,
            "services": {name: {"replicas": 3} for name in ("accounts", "console", "gateway")},
            "fullnameOverride": "w",
            "setup": {"data": {"existingClaim": "kept"}},
            "edge": {"service": {"type": "NodePort", "externalTrafficPolicy": "Cluster"}},
        },
        "waymark",
    ),
}


@pytest.fixture(scope="module", autouse=True)
def schemas_read_once() -> Iterator[None]:
    """The library reads its files for each object; they are large."""
    read_once = cache(kubernetes_validate.utils.schema_contents)
    with mock.patch.object(kubernetes_validate.utils, "schema_contents", read_once):
        yield


@pytest.fixture(params=RELEASES, scope="module")
def release(request: pytest.FixtureRequest) -> Release:
    values, name = RELEASES[request.param]
    return released(values, name)


@pytest.mark.parametrize("case", RELEASES)
def test_helm_finds_nothing_to_say(case: str) -> None:
    values, _ = RELEASES[case]
    report = helm_python.lint(CHART, dict(values), strict=True, kube_version=f"v{KUBERNETES}.0")
    said = [message["error"] for message in report["messages"]]
    assert (said, report["errors"]) == (["icon is recommended"], [])


def test_kubernetes_knows_every_field(release: Release) -> None:
    for found in release.objects:
        if found["kind"] not in OF_OTHERS:
            assert kubernetes_validate.validate(found, KUBERNETES, strict=True) == KUBERNETES


def test_names_are_those_that_kubernetes_takes(release: Release) -> None:
    seen = set()
    for found in release.objects:
        name = found["metadata"]["name"]
        # A StatefulSet's name is the beginning of labels, with 11 characters of its revision behind it.
        longest = 52 if found["kind"] == "StatefulSet" else 63
        assert re.fullmatch(r"[a-z]([-a-z0-9]*[a-z0-9])?", name), name
        assert len(name) <= longest, name
        assert (found["kind"], name) not in seen
        seen.add((found["kind"], name))
        assert found["metadata"]["namespace"] == "production"
        for value in found["metadata"]["labels"].values():
            assert len(value) <= 63


def test_long_names_of_releases_stay_apart() -> None:
    one, other = (released(SMALLEST, "a" * 45 + end) for end in ("-one", "-other"))
    assert not {found["metadata"]["name"] for found in one.objects} & {
        found["metadata"]["name"] for found in other.objects
    }


def test_the_notes_name_what_is_there() -> None:
    for values, address in ((SMALLEST, "claim waymark-data"), (EVERYTHING, "deployment/waymark-commands")):
        (notes,) = (
            text for path, text in rendered_texts(values, "waymark", "apps").items() if path.endswith("NOTES.txt")
        )
        assert address in notes
        assert "service/waymark-edge 8080:80" in notes


def test_the_chart_is_of_this_version() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text(encoding="utf-8"))
    assert chart["appVersion"] == project["version"]
    assert chart["description"] == project["description"]


def test_a_packed_chart_is_whole(tmp_path: Path) -> None:
    archive = helm_python.package(CHART, destination=tmp_path)
    with helm_python.Chart.load(archive) as chart:
        packed = chart.render(dict(EVERYTHING), name="waymark", namespace="production")
    assert packed == rendered_texts(EVERYTHING, "waymark", "production")
