"""The derived lines of `docker-compose.yml`: one container for each declared service, which the edge waits for."""

from __future__ import annotations

from dataclasses import replace

import pytest
import yaml

from tests.support.compose import COMPOSE_FILE
from waymark.compose import render_compose
from waymark.services import SERVICES

TEXT = COMPOSE_FILE.read_text(encoding="utf-8")


def test_one_more_declared_service_is_one_more_container() -> None:
    known = SERVICES[-1].name
    rendered = yaml.safe_load(render_compose(TEXT, [*SERVICES, replace(SERVICES[-1], name="metrics")]))["services"]
    assert rendered["metrics"]["command"] == ["python", "-m", "services.metrics"]
    assert rendered["metrics"] == rendered[known] | {"command": rendered["metrics"]["command"]}
    assert rendered["edge"]["depends_on"]["metrics"] == rendered["edge"]["depends_on"][known]


def test_a_service_that_encrypts_is_given_the_secret() -> None:
    rendered = yaml.safe_load(render_compose(TEXT, SERVICES))["services"]
    given = {name for name, entry in rendered.items() if "WAYMARK_SECRET_KEY_FILE" in entry.get("environment", {})}
    assert given == {"accounts"}


def test_only_the_derived_lines_change() -> None:
    assert render_compose(TEXT, SERVICES) == TEXT
    without = render_compose(TEXT, [])
    assert set(without.splitlines()) < set(TEXT.splitlines())
    assert "  postgres:\n" in without
    assert "  accounts:\n" not in without


def test_a_file_that_lost_its_marks_is_refused() -> None:
    with pytest.raises(ValueError, match="derived lines"):
        render_compose(TEXT.replace("# written: dependencies", "#"), SERVICES)
