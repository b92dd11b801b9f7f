"""The derived lines of `docker-compose.yml`: one container for each declared service, which the edge waits for."""

from __future__ import annotations

from dataclasses import replace

import pytest
import yaml

from tests.support.compose import COMPOSE_FILE, broker_variables
from waymark.deployment.compose import render_compose
from waymark.services import SERVICES

TEXT = COMPOSE_FILE.read_text(encoding="utf-8")
BROKER = broker_variables()


def test_one_more_declared_service_is_one_more_container() -> None:
    known = SERVICES[-1].name
    document = yaml.safe_load(render_compose(TEXT, [*SERVICES, replace(SERVICES[-1], name="metrics")], BROKER))
    rendered = document["services"]
    assert rendered["metrics"]["command"] == ["python", "-m", "services.metrics"]
    assert str(rendered["metrics"]) == str(rendered[known]).replace(known, "metrics")
    assert rendered["edge"]["depends_on"]["metrics"] == rendered["edge"]["depends_on"][known]
    assert "secrets-metrics" in document["volumes"]
    assert "secrets-metrics:/secrets/metrics" in rendered["secrets"]["volumes"]


def test_a_service_that_encrypts_is_given_the_secret() -> None:
    rendered = yaml.safe_load(render_compose(TEXT, SERVICES, BROKER))["services"]
    given = {name for name, entry in rendered.items() if "WAYMARK_SECRET_KEY_FILE" in entry.get("environment", {})}
    assert given == {"setup", "accounts", "monitoring", "workflows"}


def test_a_service_that_calls_out_is_told_where_it_may() -> None:
    rendered = yaml.safe_load(render_compose(TEXT, SERVICES, BROKER))["services"]
    allow = {name: entry.get("environment", {}).get("WAYMARK_OUTBOUND_ALLOW") for name, entry in rendered.items()}
    told = "${WAYMARK_OUTBOUND_ALLOW:-}"
    assert {name: value for name, value in allow.items() if value} == {"monitoring": told, "workflows": told}


def test_only_the_derived_lines_change() -> None:
    assert render_compose(TEXT, SERVICES, BROKER) == TEXT
    without = render_compose(TEXT, [], BROKER)
    assert set(without.splitlines()) < set(TEXT.splitlines())
    assert "  postgres:\n" in without
    assert "  accounts:\n" not in without


def test_a_file_that_lost_its_marks_is_refused() -> None:
    with pytest.raises(ValueError, match="derived lines"):
        render_compose(TEXT.replace("# written: dependencies", "#"), SERVICES, BROKER)
