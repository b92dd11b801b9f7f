"""The values of the chart: each is described, and one that will not do is refused with its name."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import helm_python
import pytest
import yaml

from tests.support.chart import CHART, EVERYTHING, SMALLEST, environment_of, everything, refuse_unknown, released
from waymark.services import SERVICES

SCHEMA = json.loads((CHART / "values.schema.json").read_text(encoding="utf-8"))
VALUES = yaml.safe_load((CHART / "values.yaml").read_text(encoding="utf-8"))
BAD: list[tuple[str, dict[str, Any], str]] = [
    ("no database", {"database": {"url": ""}}, "/database/url"),
    ("a password in the URL", {"database": {"url": "postgresql://waymark:secret@db:5432/waymark"}}, "/database/url"),
    ("a password behind it", {"database": {"url": "postgresql://db/waymark?password=secret"}}, "/database/url"),
    ("an edge of no version", {"edge": {"image": {"tag": ""}}}, "/edge/image/tag"),
    ("no broker", {"kafka": {"bootstrapServers": ""}}, "/kafka/bootstrapServers"),
    ("a broker without a port", {"kafka": {"bootstrapServers": "kafka"}}, "/kafka/bootstrapServers"),
    ("unknown users", {"kafka": {"bootstrapServers": "kafka:9092", "users": "some"}}, "/kafka/users"),
    ("a misspelt value", {"replicaCount": 2}, "replicaCount"),
    ("a misspelt value of a service", {"services": {"queries": {"replica": 2}}}, "/services/queries"),
    ("no such service", {"services": {"query": {"replicas": 2}}}, "query"),
    ("a number in words", {"services": {"gateway": {"replicas": "two"}}}, "/services/gateway/replicas"),
    ("a secret of a service that has none", {"services": {"console": {"existingSecret": "x"}}}, "/services/console"),
    ("a secret among settings", {"settings": {"WAYMARK_SECRET_KEY": "x"}}, "WAYMARK_SECRET_KEY"),
    ("what the chart says itself", {"services": {"queries": {"settings": {"WAYMARK_MEMBER": "x"}}}}, "WAYMARK_MEMBER"),
    ("a number as a setting", {"settings": {"WAYMARK_PARTITIONS": 12}}, "/settings/WAYMARK_PARTITIONS"),
    ("an Ingress without a name", {"ingress": {"enabled": True}}, "/ingress/hosts"),
    ("backups without a place", {"backup": {"enabled": True}}, "/backup/existingClaim"),
    ("an address that is no network", {"edge": {"trustedProxies": ["10.0.0.1"]}}, "/edge/trustedProxies/0"),
    ("a label of the chart's", {"podLabels": {"app.kubernetes.io/component": "x"}}, "app.kubernetes.io/component"),
    ("a tag as a digest", {"image": {"digest": "1.0"}}, "/image/digest"),
    ("an amount that is none", {"resources": {"limits": {"memory": "768 MB"}}}, "/resources/limits/memory"),
]


@pytest.mark.parametrize(("values", "named"), [case[1:] for case in BAD], ids=[case[0] for case in BAD])
def test_what_will_not_do_is_refused_by_its_name(values: dict[str, Any], named: str) -> None:
    with pytest.raises(helm_python.HelmValuesError, match=re.escape(named)):
        refuse_unknown({**SMALLEST, **values})


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"autoscaling": {"enabled": True, "minReplicas": 7}}, "autoscaling.minReplicas"),
        ({"edge": {"service": {"port": 4317}}}, "edge.service.otlpGrpcPort"),
    ],
)
def test_values_that_contradict_each_other_are_refused_by_their_names(values: dict[str, Any], named: str) -> None:
    with pytest.raises(helm_python.HelmError, match=re.escape(named)):
        released({**SMALLEST, **values})


def test_what_will_do_is_taken() -> None:
    refuse_unknown(SMALLEST)
    refuse_unknown(EVERYTHING)
    with pytest.raises(helm_python.HelmValuesError) as refused:
        refuse_unknown({})
    assert set(re.findall(r"at '([^']+)'", str(refused.value))) == {"/database/url", "/kafka/bootstrapServers"}


def objects(schema: dict[str, Any], path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every schema of an object with its place."""
    if schema.get("type") == "object":
        yield path, schema
    for name, part in {**schema.get("properties", {}), **schema.get("definitions", {})}.items():
        yield from objects(part, f"{path}/{name}")


def test_no_object_takes_what_nobody_reads() -> None:
    for path, schema in objects(SCHEMA):
        if path not in {"/global", "/definitions/objects"}:
            assert "additionalProperties" in schema, path
            assert schema["additionalProperties"] is False or "properties" not in schema, path


def described(values: Any, schema: dict[str, Any], path: str = "") -> Iterator[str]:
    """The places of values that the schema does not describe."""
    if "$ref" in schema:
        schema = {**SCHEMA["definitions"][schema["$ref"].rpartition("/")[2]], **schema}
    if path and "description" not in schema:
        yield path
    for name, value in values.items() if isinstance(values, dict) and "properties" in schema else ():
        yield from described(value, schema["properties"][name], f"{path}/{name}")


def test_every_value_is_described() -> None:
    assert list(described(VALUES, SCHEMA)) == []
    known = {name for name in SCHEMA["properties"] if name != "global"}
    assert VALUES.keys() == known
    assert VALUES["services"].keys() == {service.name for service in SERVICES}


def test_settings_that_the_chart_says_are_exactly_those_that_are_refused() -> None:
    said = {name for container in everything().containers().values() for name in environment_of(container)}
    refused = set(SCHEMA["definitions"]["settings"]["propertyNames"]["not"]["enum"])
    assert refused == (said - EVERYTHING["settings"].keys() - {"SSL_CERT_FILE"}) | {"WAYMARK_SECRET_KEY"}


def test_the_values_hold_no_secret() -> None:
    names = [path for path, _ in walked(VALUES) if re.search(r"(?i)password|secret(?!s)|token", path)]
    assert names
    assert {dict(walked(VALUES))[path] for path in names} == {""}


def walked(values: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(values, dict):
        for name, value in values.items():
            yield from walked(value, f"{path}/{name}")
    else:
        yield path, values
