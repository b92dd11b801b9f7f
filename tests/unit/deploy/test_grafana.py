"""The dashboards, read as Grafana reads them: complete, without overlaps, of metrics that there are, of nobody else.

Whether Grafana draws them is not shown here; that Prometheus answers them is, in tests/e2e/test_prometheus.py.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import combinations, product
from math import prod
from pathlib import Path
from typing import Any, Final, cast

import pytest
import yaml
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models.dashboard import Dashboard, Panel
from grafana_foundation_sdk.models.prometheus import Dataquery

from deploy.grafana.dashboard import CONSOLE_ADDRESS
from deploy.grafana.panels import ROW_WIDTH, PanelLimits
from deploy.grafana.writing import DASHBOARDS
from tests.support.compose import read_compose
from tests.support.dashboards import FILES, FOLDER, asked_of, choices_of, panels_of, read_dashboard
from tests.support.prometheus import CONFIG_FILE, promtool
from tests.support.prometheus import FOLDER as PROMETHEUS_FOLDER
from tests.support.promql import declared_series, series_of

UIDS: Final = {
    "door": "waymark-door",
    "interactions": "waymark-interactions",
    "log": "waymark-log",
    "processes": "waymark-processes",
    "projections": "waymark-projections",
    "workflows": "waymark-workflows",
}
"""Part of addresses that people have kept: they stay as they are."""
UNKNOWN_TO_THE_TYPES: Final = {
    # Of Prometheus' annotations, which the types leave to each data source.
    *(f".annotations.list.{member}" for member in ("step", "titleFormat", "useValueForTime")),
    # What Grafana itself writes of a variable that is asked for.
    ".templating.list.definition",
    # Younger than the types, which are those of Grafana 10.1.
    ".panels.options.wideLayout",
}
UNITS: Final = {"bytes", "cpm", "cps", "ops", "percentunit", "recps", "reqps", "s", "short"}
TIMES: Final = {"__rate_interval": "1m", "__range": "1h"}
"""What Grafana puts in of itself."""
_COMPARED: Final = re.compile(r"(?:>=?|<) ([\d.]+(?: \* [\d.]+)*)")
RULES: Final[list[dict[str, Any]]] = [
    rule
    for path in sorted((PROMETHEUS_FOLDER / "rules").glob("*.yml"))
    for group in yaml.safe_load(path.read_text(encoding="utf-8"))["groups"]
    for rule in group["rules"]
]
each_file = pytest.mark.parametrize("name", FILES)


@pytest.fixture(scope="module", autouse=True)
def _plugins() -> None:
    register_default_plugins()


@each_file
def test_grafanas_own_types_read_it(name: str) -> None:
    document = read_dashboard(name)
    read = Dashboard.from_json(document)
    assert read.uid == UIDS[name]
    panels = [panel for panel in read.panels or () if isinstance(panel, Panel)]
    queries = [cast("Dataquery", target).expr for panel in panels for target in panel.targets or ()]
    assert queries == [one.expression for one in asked_of(document)]
    assert {panel.type_val for panel in panels} == {panel["type"] for panel in panels_of(document)}
    assert {panel.datasource.uid for panel in panels if panel.datasource} == {"${datasource}"}


@each_file
def test_no_member_is_misspelt(name: str) -> None:
    """Grafana's types keep what they know: whatever is written and not kept is none of theirs."""
    document = read_dashboard(name)
    kept = json.loads(json.dumps(Dashboard.from_json(document), cls=JSONEncoder))
    assert set(_lost(document, kept)) <= UNKNOWN_TO_THE_TYPES


def test_a_falling_value_gets_worse_below_its_limits() -> None:
    falling, rising = PanelLimits(5, 2, falling=True), PanelLimits(2, 5)
    assert [(step["color"], step["value"]) for step in falling.steps()] == [("red", None), ("yellow", 2), ("green", 5)]
    assert [(step["color"], step["value"]) for step in rising.steps()] == [("green", None), ("yellow", 2), ("red", 5)]


def _lost(written: Any, kept: Any, at: str = "") -> Iterator[str]:
    """Yield the places of members and values that are written and not kept."""
    match written, kept:
        case dict(), dict():
            for key, value in written.items():
                yield from _lost(value, kept[key], f"{at}.{key}") if key in kept else [f"{at}.{key}"]
        case list(), list() if len(written) == len(kept):
            for one, other in zip(written, kept, strict=True):
                yield from _lost(one, other, at)
        case _:
            if written != kept:
                yield at


def test_each_has_the_address_that_people_kept() -> None:
    assert {name: read_dashboard(name)["uid"] for name in FILES} == UIDS
    titles = [read_dashboard(name)["title"] for name in FILES]
    assert len(set(titles)) == len(titles)


@each_file
def test_panels_fill_the_grid_without_overlaps(name: str) -> None:
    places = [panel["gridPos"] for panel in read_dashboard(name)["panels"]]
    cells = [_cells(place) for place in places]
    for one, other in combinations(cells, 2):
        assert not one & other
    bottom = max(place["y"] + place["h"] for place in places)
    assert set().union(*cells) == set(product(range(ROW_WIDTH), range(bottom)))
    ids = [panel["id"] for panel in read_dashboard(name)["panels"]]
    assert len(set(ids)) == len(ids)


@each_file
def test_every_panel_says_what_it_shows_and_in_which_unit(name: str) -> None:
    for panel in panels_of(read_dashboard(name)):
        assert panel["title"]
        assert panel["description"].endswith("."), panel["title"]
        assert panel["fieldConfig"]["defaults"]["unit"] in UNITS, panel["title"]
        assert panel["targets"]
        for target in panel["targets"]:
            assert target["legendFormat"] or panel["type"] == "table", panel["title"]


@each_file
def test_every_metric_is_declared(name: str) -> None:
    known = declared_series() | {rule["record"] for rule in RULES if "record" in rule}
    for asked in asked_of(read_dashboard(name)):
        named = series_of(asked.expression)
        assert named, asked
        assert named <= known, (asked.panel, named - known)


def test_red_begins_where_the_alert_does() -> None:
    panels = [panel for one in DASHBOARDS.values() for row in one.rows for panel in row.panels]
    tied = [panel for panel in panels if panel.limits.alert is not None]
    assert len(tied) > len(FILES)
    for panel in tied:
        expressions = [rule["expr"] for rule in RULES if rule.get("alert") == panel.limits.alert]
        compared = [prod(map(float, text.split(" * "))) for expr in expressions for text in _COMPARED.findall(expr)]
        assert pytest.approx(panel.limits.act) in compared, panel.title


def test_every_expression_can_be_parsed(tmp_path: Path) -> None:
    rules = [
        {"record": f"panel:{name}:{at}", "expr": asked.filled_in(choices_of(document) | TIMES)}
        for name, document in ((name, read_dashboard(name)) for name in FILES)
        for at, asked in enumerate(asked_of(document))
    ]
    file = tmp_path / "rules.yml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": rules}]}), "utf-8")
    checked = promtool("check", "rules", str(file))
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert f"SUCCESS: {len(rules)} rules found" in checked.stdout


@each_file
def test_every_choice_is_asked_for(name: str) -> None:
    document = read_dashboard(name)
    asked = " ".join(one.expression for one in asked_of(document))
    for choice in choices_of(document):
        assert f'=~"${choice}"' in asked
    first = document["templating"]["list"][0]
    assert (first["name"], first["type"], first["query"]) == ("datasource", "datasource", "prometheus")


@each_file
def test_nothing_comes_from_elsewhere(name: str) -> None:
    text = FILES[name].read_text(encoding="utf-8")
    assert set(re.findall(r"https?://[^\s\"]*", text)) == {CONSOLE_ADDRESS}
    document = read_dashboard(name)
    links = [document["links"], *(panel["fieldConfig"]["defaults"].get("links", []) for panel in panels_of(document))]
    addresses = {link["url"] for found in links for link in found if link["url"]}
    assert addresses
    assert all(address.startswith("${console}/console/") for address in addresses)
    assert "__inputs" not in document


def test_grafana_is_given_the_files_and_the_prometheus_beside_it() -> None:
    container = read_compose()["services"]["grafana"]
    places = dict(volume.split(":")[:2] for volume in container["volumes"])
    read_only = {volume.split(":")[1] for volume in container["volumes"] if volume.endswith(":ro")}
    assert places["./deploy/grafana/dashboards"] in read_only
    (provider,) = _provisioned("dashboards")["providers"]
    assert provider["options"]["path"] == places["./deploy/grafana/dashboards"]
    home = Path(container["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"])
    assert str(home.parent) == provider["options"]["path"]
    assert home.stem in FILES
    (source,) = _provisioned("datasources")["datasources"]
    assert source["url"] == "http://prometheus:9090"
    assert source["jsonData"]["timeInterval"] == yaml.safe_load(CONFIG_FILE.read_text())["global"]["scrape_interval"]
    for kind in ("dashboards", "datasources"):
        assert places[f"./deploy/grafana/provisioning/{kind}"] == f"/etc/grafana/provisioning/{kind}"


def _provisioned(kind: str) -> dict[str, Any]:
    (path,) = (FOLDER / "provisioning" / kind).iterdir()
    document: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return document


def _cells(place: dict[str, int]) -> set[tuple[int, int]]:
    columns, rows = range(place["x"], place["x"] + place["w"]), range(place["y"], place["y"] + place["h"])
    return {(x, y) for x in columns for y in rows}
