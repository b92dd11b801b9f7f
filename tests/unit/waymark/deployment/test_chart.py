"""The derived files and lines of the Helm chart: one entry for each declared service."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import yaml

from tests.support.chart import CHART
from waymark.deployment.chart import render_chart
from waymark.services import SERVICES

NEW = replace(SERVICES[-1], name="reports")


def rendered(name: str, *more: object) -> str:
    found = render_chart(CHART, [*SERVICES, *more])  # type: ignore[list-item]
    return found[CHART / name]


def test_one_more_declared_service_is_one_more_workload() -> None:
    known, front = yaml.safe_load(rendered("files/containers.yaml"))[-2:]
    new, last = yaml.safe_load(rendered("files/containers.yaml", NEW))[-2:]
    assert (known["name"], new["name"], front, last) == (SERVICES[-1].name, "reports", last, front)
    assert str(new) == str(known).replace(known["name"], "reports")


def test_its_values_are_known_to_the_schema() -> None:
    values = yaml.safe_load(rendered("values.yaml", NEW))["services"]
    schema = json.loads(rendered("values.schema.json", NEW))["properties"]["services"]["properties"]
    assert values.keys() == schema.keys() == {"reports", *(service.name for service in SERVICES)}
    assert values["reports"] == values[SERVICES[-1].name]
    assert schema["console"] == {"$ref": "#/definitions/workload"}
    assert schema["reports"] == {"$ref": "#/definitions/service"}


def test_only_what_is_derived_changes() -> None:
    for path, text in render_chart(CHART, SERVICES).items():
        assert Path(path).read_text(encoding="utf-8") == text
