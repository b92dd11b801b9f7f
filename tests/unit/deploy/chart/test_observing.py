"""What the chart hands to Prometheus' operator and Grafana is what compose gives to Prometheus and Grafana."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from libs.contracts.paths import FRONT
from tests.support.chart import EVERYTHING, everything, released, smallest
from tests.support.prometheus import CONFIG_FILE
from waymark.services import SERVICES

ROOT = Path(__file__).resolve().parents[4]
CONFIG: dict[str, Any] = yaml.safe_load(CONFIG_FILE.read_text(encoding="utf-8"))
RULES = sorted((ROOT / "deploy/prometheus/rules").glob("*.yml"))
DASHBOARDS = sorted((ROOT / "deploy/grafana/dashboards").glob("*.json"))


def test_observing_is_switched_on_by_those_who_can() -> None:
    kinds = {found["kind"] for found in smallest().objects}
    assert not kinds & {"ServiceMonitor", "PrometheusRule"}
    assert set(smallest().of("ConfigMap")) == {"edge"}


def test_each_service_and_the_front_are_scraped_and_the_edge_is_not() -> None:
    spec = everything().of("ServiceMonitor")["monitor"]["spec"]
    (expression,) = spec["selector"]["matchExpressions"]
    assert expression["operator"] == "NotIn"
    scraped = {
        name
        for name, service in everything().of("Service").items()
        if spec["selector"]["matchLabels"].items() <= service["metadata"]["labels"].items()
        and service["metadata"]["labels"][expression["key"]] not in expression["values"]
    }
    assert scraped == {*(service.name for service in SERVICES), FRONT}
    assert spec["endpoints"][0]["port"] in {port["name"] for port in everything().of("Service")[FRONT]["spec"]["ports"]}
    assert everything().of("ServiceMonitor")["monitor"]["metadata"]["labels"]["release"] == "prometheus"


def test_targets_have_the_labels_that_rules_and_dashboards_read() -> None:
    (scrape,) = (one for one in CONFIG["scrape_configs"] if one["job_name"] == "waymark")
    (endpoint,) = everything().of("ServiceMonitor")["monitor"]["spec"]["endpoints"]
    assert endpoint["path"] == "/metrics"
    assert endpoint["interval"] == CONFIG["global"]["scrape_interval"]
    assert endpoint["scrapeTimeout"] == CONFIG["global"]["scrape_timeout"]
    pod = everything().workloads()["queries"]["spec"]["template"]["metadata"]["labels"]
    found = {f"__meta_kubernetes_pod_label_{re.sub('[^a-zA-Z0-9]', '_', key)}": value for key, value in pod.items()}
    # What Prometheus' operator puts there by itself.
    labels = {"job": "waymark-queries", "service": "waymark-queries", "pod": "waymark-queries-0"}
    for step in endpoint["relabelings"]:
        if step["action"] == "labeldrop":
            labels = {name: value for name, value in labels.items() if not re.fullmatch(step["regex"], name)}
        else:
            (source,) = step.get("sourceLabels", [None])
            labels[step["targetLabel"]] = found[source] if source else step["replacement"]
    (of_compose,) = (one["labels"] for one in scrape["static_configs"] if one["labels"]["component"] == "queries")
    assert labels == {"job": scrape["job_name"], "pod": "waymark-queries-0", **of_compose}


@pytest.mark.parametrize("runbooks", ["", "https://repository.example/waymark/"])
def test_rules_are_those_of_prometheus_with_their_runbooks_where_they_are_read(runbooks: str) -> None:
    release = released({**EVERYTHING, "prometheusRule": {"enabled": True, "runbooks": runbooks}})
    groups = [group for path in RULES for group in yaml.safe_load(path.read_text(encoding="utf-8"))["groups"]]
    assert sum("alert" in rule for group in groups for rule in group["rules"]) > 10
    for group in groups:
        for rule in group["rules"]:
            if "runbook_url" in rule.get("annotations", {}):
                rule["annotations"]["runbook_url"] = runbooks + rule["annotations"]["runbook_url"]
    assert release.of("PrometheusRule")["rules"]["spec"]["groups"] == groups


def test_dashboards_are_those_of_grafana() -> None:
    found = [one for one in everything().objects if one["metadata"]["labels"].get("grafana_dashboard") == "1"]
    assert {name: text for one in found for name, text in one["data"].items()} == {
        path.name: path.read_text(encoding="utf-8") for path in DASHBOARDS
    }
    assert len(found) == len(DASHBOARDS) >= 6
    assert {one["kind"] for one in found} == {"ConfigMap"}
