"""The alerts as files: what they name is there, each has a runbook and tests, and Prometheus' own tools pass them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from libs.contracts.paths import FRONT
from libs.telemetry.exposition import merge_expositions, render_metrics
from libs.telemetry.metrics import REGISTRY
from tests.support.compose import read_compose
from tests.support.prometheus import ALERTMANAGER_FILE, CONFIG_FILE, FOLDER, amtool, promtool
from tests.support.promql import TARGET_LABELS, declared_series, series_of
from waymark.services import SERVICES

ROOT = Path(__file__).resolve().parents[3]
RULE_FILES = sorted((FOLDER / "rules").glob("*.yml"))
TEST_FILES = sorted((FOLDER / "tests").glob("*.yml"))
RUNBOOKS = "docs/operations.md"


def _rules() -> Iterator[dict[str, Any]]:
    for file in RULE_FILES:
        for group in yaml.safe_load(file.read_text(encoding="utf-8"))["groups"]:
            yield from group["rules"]


RECORDED = [rule for rule in _rules() if "record" in rule]
ALERTS = [rule for rule in _rules() if "alert" in rule]
NAMES = sorted({rule["alert"] for rule in ALERTS})


@pytest.mark.parametrize("rule", ALERTS, ids=lambda rule: f"{rule['alert']}-{rule['labels']['severity']}")
def test_an_alert_says_what_a_person_needs(rule: dict[str, Any]) -> None:
    assert re.fullmatch(r"Waymark[A-Z]\w+", rule["alert"])
    assert rule["labels"]["severity"] in {"page", "ticket"}
    assert rule["for"]
    assert rule["annotations"].keys() == {"summary", "description", "runbook_url"}
    assert rule["annotations"]["runbook_url"] == f"{RUNBOOKS}#{rule['alert'].lower()}"
    assert len(rule["annotations"]["summary"]) <= 100
    assert rule["annotations"]["description"].endswith(".")
    told = set(re.findall(r"\$labels\.(\w+)", " ".join(rule["annotations"].values())))
    assert not told & rule["labels"].keys(), "annotations have the labels of the series alone"


def test_every_alert_has_its_runbook_and_every_runbook_its_alert() -> None:
    text = (ROOT / RUNBOOKS).read_text(encoding="utf-8")
    assert sorted(re.findall(r"^### (Waymark\w+)$", text, re.MULTILINE)) == NAMES


def test_every_alert_fires_in_a_test_and_stays_quiet_in_another() -> None:
    fires: set[str] = set()
    quiet: set[str] = set()
    for file in TEST_FILES:
        for group in yaml.safe_load(file.read_text(encoding="utf-8"))["tests"]:
            for one in group["promql_expr_test"]:
                (name,) = re.findall(r'alertname="(\w+)"', one["expr"])
                (fires if one.get("exp_samples") else quiet).add(name)
    assert sorted(fires) == sorted(quiet) == NAMES


def test_what_an_expression_names_is_declared() -> None:
    recorded = {rule["record"] for rule in RECORDED}
    known = declared_series() | recorded
    unknown = {name for rule in _rules() for name in series_of(rule["expr"]) - known}
    assert unknown == set()
    assert all(re.fullmatch(r"[a-z]+:[a-z_]+:[a-z_0-9]+", name) for name in recorded)


def test_no_metric_has_a_label_of_the_target() -> None:
    labelled = {name: set(getattr(metric, "_labelnames", ())) for name, metric in _metrics()}
    assert {name: labels & TARGET_LABELS for name, labels in labelled.items() if labels & TARGET_LABELS} == {}
    assert labelled["waymark_job_failures"] == {"name"}


def _metrics() -> Iterator[tuple[str, object]]:
    """The declared metrics, by name: only prometheus_client's own attributes tell the labels of one without series."""
    for metric in REGISTRY._collector_to_names:
        if (name := getattr(metric, "_name", None)) is not None:
            yield name, metric


def test_the_tools_of_prometheus_pass_configuration_rules_and_their_tests() -> None:
    for arguments in (
        ("check", "config", str(CONFIG_FILE)),
        ("check", "rules", *map(str, RULE_FILES)),
        ("test", "rules", *map(str, TEST_FILES)),
    ):
        said = promtool(*arguments)
        assert said.returncode == 0, said.stdout + said.stderr
    of_two = merge_expositions({"api": render_metrics(), "projections": render_metrics()})
    said = promtool("check", "metrics", given=of_two.decode())
    assert (said.returncode, said.stderr) == (0, ""), said.stderr


def test_every_container_of_ours_is_a_target_and_the_edge_is_none() -> None:
    (job,) = yaml.safe_load(CONFIG_FILE.read_text(encoding="utf-8"))["scrape_configs"]
    assert job["job_name"] == "waymark"
    found = {one["labels"]["component"]: one["targets"] for one in job["static_configs"]}
    assert found == {name: [f"{name}:8080"] for name in (*(service.name for service in SERVICES), FRONT)}
    assert found.keys() < read_compose()["services"].keys()


@pytest.fixture(scope="module")
def alertmanager_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The configuration for Debian's amtool, 0.25, which takes a receiver's address from no file yet."""
    text = ALERTMANAGER_FILE.read_text(encoding="utf-8")
    assert re.findall(r"- (\w+): (\S+)", text.partition("receivers:")[2].partition("inhibit_rules:")[0])[1::2] == [
        ("url_file", "/etc/alertmanager/receivers/page.url"),
        ("url_file", "/etc/alertmanager/receivers/ticket.url"),
    ]
    file = tmp_path_factory.mktemp("alertmanager") / "alertmanager.yml"
    file.write_text(re.sub(r"url_file: \S+", "url: http://127.0.0.1:9", text), encoding="utf-8")
    return file


@pytest.mark.parametrize("severity", ["page", "ticket"])
def test_a_severity_has_its_receiver(severity: str, alertmanager_file: Path) -> None:
    checked = amtool("check-config", str(alertmanager_file))
    assert checked.returncode == 0, checked.stdout + checked.stderr
    routed = amtool("config", "routes", "test", f"--config.file={alertmanager_file}", f"severity={severity}")
    assert routed.stdout.strip() == severity


def test_what_silences_and_is_silenced_is_an_alert_of_ours() -> None:
    text = ALERTMANAGER_FILE.read_text(encoding="utf-8")
    named = {name for group in re.findall(r'alertname=~?"([\w|]+)"', text) for name in group.split("|")}
    assert named <= set(NAMES)
    assert {"WaymarkDown", "WaymarkDoorUnavailable"} <= named


def test_a_receivers_address_is_never_committed() -> None:
    assert (ALERTMANAGER_FILE.parent / "receivers/.gitignore").read_text().splitlines() == ["*", "!.gitignore"]
    assert not re.search(r"https?://", ALERTMANAGER_FILE.read_text(encoding="utf-8"))
