"""Who may reach whom in a cluster: what compose's containers ask of each other, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import pytest

from libs.contracts.paths import FRONT, GATEWAY
from tests.support.chart import EVERYTHING, Release, everything, released
from waymark.edge import OTLP_GRPC_PORT, SERVICE_PORT, render_nginx
from waymark.services import SERVICES, STORING

NAMES = [service.name for service in SERVICES]
CALLING_OUT = {service.name for service in SERVICES if "outbound_allow" in service.settings.model_fields}
OF_THE_OWNER = ("setup", "commands", "backup")
PRIVATE = {"10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16"}
Link = tuple[str, str, int]


def policies(release: Release) -> dict[str, dict[str, Any]]:
    return {name: found["spec"] for name, found in release.of("NetworkPolicy").items()}


def chosen(peers: Iterable[Mapping[str, Any]], release: Release) -> set[str]:
    """The components whose pods are among the peers."""
    found = set()
    for peer in peers:
        labels = peer.get("podSelector", {}).get("matchLabels")
        for component, workload in release.workloads().items():
            pods = workload["spec"]["template"]["metadata"]["labels"]
            if labels and labels.items() <= pods.items() and "namespaceSelector" not in peer:
                found.add(component)
    return found


def links(release: Release, direction: str) -> set[Link]:
    """From, to and port of whatever one side's rules let through."""
    found: set[Link] = set()
    for component, spec in policies(release).items():
        for rule in spec[direction]:
            others = chosen(rule.get("from" if direction == "ingress" else "to", []), release)
            for port in rule.get("ports", []):
                pairs = ((other, component) if direction == "ingress" else (component, other) for other in others)
                found |= {(*pair, port["port"]) for pair in pairs}
    return found


def composed_links() -> set[Link]:
    """What the edge of compose leads to, and what the front asks."""
    led = re.findall(r"server (\w+):(\d+) resolve;", render_nginx())
    return {("edge", name, int(port)) for name, port in led} | {(FRONT, name, SERVICE_PORT) for name in NAMES}


@pytest.mark.parametrize("direction", ["ingress", "egress"])
def test_pods_reach_each_other_as_composes_containers_do(direction: str) -> None:
    assert ("edge", GATEWAY, OTLP_GRPC_PORT) in composed_links()
    assert links(everything(), direction) == composed_links()


def test_every_pod_has_a_policy_for_both_directions() -> None:
    assert policies(everything()).keys() == everything().workloads().keys()
    for spec in policies(everything()).values():
        assert spec["policyTypes"] == ["Ingress", "Egress"]


def destinations(spec: Mapping[str, Any], release: Release) -> set[str]:
    """In words, where a component's rules let it go beside the other components."""
    names = {53: "names", 5432: "database", 9092: "kafka", 4318: "collector"}
    found = set()
    for rule in spec["egress"]:
        if "to" not in rule:
            found |= {names[port["port"]] for port in rule["ports"]}
        elif not chosen(rule["to"], release):
            blocks = {peer["ipBlock"]["cidr"]: set(peer["ipBlock"].get("except", [])) for peer in rule["to"]}
            found.add("allowed" if "10.20.0.0/24" in blocks else "public")
            assert blocks in ({"10.20.0.0/24": set()}, {"0.0.0.0/0": PRIVATE, "2000::/3": set()})
    return found


def test_only_what_calls_out_leaves_the_cluster() -> None:
    backends = {"names", "database", "kafka", "collector"}
    expected = {service.name: backends for service in STORING} | dict.fromkeys(OF_THE_OWNER, backends)
    expected |= {name: backends | {"public", "allowed"} for name in CALLING_OUT}
    expected |= {"console": {"collector"}, FRONT: {"names", "collector"}, "edge": {"names"}}
    assert {name: destinations(spec, everything()) for name, spec in policies(everything()).items()} == expected
    assert sorted(CALLING_OUT) == ["monitoring", "workflows"]


def test_nobody_reaches_setup_and_only_clients_the_edge() -> None:
    found = policies(everything())
    assert [found[name]["ingress"] for name in OF_THE_OWNER] == [[], [], []]
    web = [{"namespaceSelector": {"matchLabels": {"team": "web"}}}]
    assert found["edge"]["ingress"] == [{"ports": [{"port": 8080}, {"port": 4317}], "from": web}]
    scrapers = [name for name, spec in found.items() if "observability" in str(spec["ingress"])]
    assert sorted(scrapers) == sorted([*NAMES, FRONT])


def test_peers_of_the_values_are_the_only_ones() -> None:
    places = {
        "database": {"peers": [{"ipBlock": {"cidr": "192.0.2.1/32"}}], "ports": [6432]},
        "kafka": {"peers": [{"namespaceSelector": {"matchLabels": {"team": "kafka"}}}], "ports": [9093, 9094]},
        "dns": {"peers": [{"namespaceSelector": {}}], "ports": [5353]},
    }
    release = released({**EVERYTHING, "networkPolicy": {"enabled": True, **places}})
    rules = policies(release)["queries"]["egress"]
    assert [rule["to"] for rule in rules] == [places[name]["peers"] for name in ("dns", "database", "kafka")]
    assert [[port["port"] for port in rule["ports"]] for rule in rules] == [[5353, 5353], [6432], [9093, 9094]]


def test_ports_are_those_of_the_addresses_unless_they_are_said() -> None:
    places = {
        "database": {"url": "postgresql://one.example:6432,[2001:db8::1]/waymark?sslmode=require"},
        "kafka": {"bootstrapServers": "kafka-0.example:9093,kafka-1.example:9093"},
    }
    rules = policies(released({**EVERYTHING, **places}))["queries"]["egress"]
    assert [[port["port"] for port in rule["ports"]] for rule in rules[1:3]] == [[6432, 5432], [9093]]


def test_setup_has_its_policy_before_it_runs() -> None:
    policy = everything().of("NetworkPolicy")["setup"]["metadata"]["annotations"]
    job = everything().of("Job")["setup"]["metadata"]["annotations"]
    assert int(policy["helm.sh/hook-weight"]) < int(job["helm.sh/hook-weight"])
