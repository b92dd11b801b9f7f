"""What each pod may, when it counts as ready, how it goes, and that whatever names it finds it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from libs.contracts.paths import FRONT, GATEWAY
from libs.httpkit.health import CHECK_TIMEOUT_S
from libs.service.process import GRACEFUL_TIMEOUT_S
from tests.support.chart import EVERYTHING, SMALLEST, Release, everything, released, smallest
from waymark.services import SERVICES, STORING

SERVING = [*(service.name for service in SERVICES), FRONT, "edge"]
UIDS = {"edge": 101}
"""nginx's own user; all others are the user of our image."""
OURS = 10001
WRITABLE = {"setup": ["/data"], "commands": ["/data"], "backup": ["/backups"]}


@pytest.mark.parametrize("name", everything().pods())
def test_a_pod_is_refused_what_it_does_not_need(name: str) -> None:
    pod = everything().pods()[name]
    uid = UIDS.get(name, OURS)
    assert pod["securityContext"] == {
        "runAsNonRoot": True,
        "runAsUser": uid,
        "runAsGroup": uid,
        "fsGroup": uid,
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    assert pod["automountServiceAccountToken"] is False
    assert pod["enableServiceLinks"] is False
    assert not {"hostNetwork", "hostPID", "hostIPC"} & pod.keys()
    (container,) = pod["containers"]
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    volumes = {volume["name"]: volume for volume in pod["volumes"]}
    assert not any("hostPath" in volume for volume in volumes.values())
    writable = {mount["mountPath"] for mount in container["volumeMounts"] if not mount.get("readOnly")}
    assert writable == {"/tmp", *WRITABLE.get(name, ())}
    assert volumes["tmp"] == {"name": "tmp", "emptyDir": {"sizeLimit": "256Mi"}}
    for volume in volumes.values():
        if volume["name"].startswith("secrets"):
            assert volume["secret"]["defaultMode"] == 0o440


def test_the_user_is_the_images() -> None:
    text = (Path(__file__).resolve().parents[4] / "deploy/Dockerfile").read_text(encoding="utf-8")
    assert f"groupadd --gid {OURS} waymark" in text
    assert f"useradd --uid {OURS} --gid waymark" in text


@pytest.mark.parametrize("name", everything().pods())
def test_a_pod_says_what_it_needs(name: str) -> None:
    resources = everything().containers()[name]["resources"]
    assert resources["requests"].keys() >= {"cpu"}
    assert resources["limits"].keys() == {"memory"}


@pytest.mark.parametrize("name", SERVING)
def test_a_pod_counts_once_it_is_ready_and_then_for_as_long_as_it_answers(name: str) -> None:
    """Were it to count by `/readyz`, a database away would leave the edge nobody to lead a request to."""
    container = smallest().containers()[name]
    ports = {port["name"]: port["containerPort"] for port in container["ports"]}
    paths = {kind: container[f"{kind}Probe"]["httpGet"]["path"] for kind in ("startup", "liveness", "readiness")}
    # The front says which service is not ready, and the edge leads there: neither waits for a service.
    started = "/healthz" if name in {FRONT, "edge"} else "/readyz"
    assert paths == {"startup": started, "liveness": "/healthz", "readiness": "/healthz"}
    assert all(container[f"{kind}Probe"]["httpGet"]["port"] in ports for kind in paths)
    startup = container["startupProbe"]
    assert startup["periodSeconds"] * startup["failureThreshold"] >= 24 * 3600, "read models are filled meanwhile"
    assert startup["timeoutSeconds"] > CHECK_TIMEOUT_S


@pytest.mark.parametrize("name", SERVING)
def test_a_pod_goes_after_nobody_asks_it(name: str) -> None:
    pause_s = smallest().containers()[name]["lifecycle"]["preStop"]["sleep"]["seconds"]
    assert pause_s >= 10
    assert smallest().pods()[name]["terminationGracePeriodSeconds"] >= pause_s + 2 * GRACEFUL_TIMEOUT_S


def selected(selector: Mapping[str, str], release: Release) -> set[str]:
    """The components whose pods have these labels."""
    found = set()
    for component, workload in release.workloads().items():
        labels = workload["spec"]["template"]["metadata"]["labels"]
        if selector.items() <= labels.items():
            found.add(component)
    return found


def selectors(release: Release) -> Iterator[tuple[str, dict[str, str]]]:
    """Every selector of pods of one component, with the component it is for."""
    for found in release.objects:
        component, spec = found["metadata"]["labels"]["app.kubernetes.io/component"], found.get("spec", {})
        if found["kind"] in {"Deployment", "StatefulSet", "PodDisruptionBudget"}:
            yield component, spec["selector"]["matchLabels"]
        elif found["kind"] == "Service":
            yield component, spec["selector"]
        elif found["kind"] == "NetworkPolicy":
            yield component, spec["podSelector"]["matchLabels"]
    for component, pod in release.pods().items():
        for spread in pod.get("topologySpreadConstraints", []):
            yield component, spread["labelSelector"]["matchLabels"]


@pytest.mark.parametrize("release", [smallest(), everything()], ids=["smallest", "everything"])
def test_whatever_selects_pods_finds_its_own(release: Release) -> None:
    found = [(component, selected(labels, release)) for component, labels in selectors(release)]
    assert len(found) > 30
    assert [one for one in found if one[1] != {one[0]}] == []


def test_ports_of_services_are_ports_of_pods() -> None:
    for name, service in everything().of("Service").items():
        ports = {port["name"] for port in everything().containers()[name]["ports"]}
        assert {port["targetPort"] for port in service["spec"]["ports"]} == ports


def test_whatever_is_mounted_is_of_the_chart_or_the_operators() -> None:
    """Secrets are the operator's, as docs/kubernetes.md says; all else the chart makes."""
    made = {(found["kind"], found["metadata"]["name"]) for found in everything().objects}
    assert not [kind for kind, _ in made if kind == "Secret"]
    theirs = {"kafka-authority", "database-authority", "outbound-authority", "of-queries", "waymark-setup"}
    theirs |= {f"waymark-{service.name}" for service in STORING if service.name != "queries"}
    for pod in everything().pods().values():
        for volume in pod["volumes"]:
            if "secret" in volume:
                assert volume["secret"]["secretName"] in theirs
            elif "configMap" in volume:
                assert ("ConfigMap", volume["configMap"]["name"]) in made
            elif "persistentVolumeClaim" in volume:
                claim = volume["persistentVolumeClaim"]["claimName"]
                assert ("PersistentVolumeClaim", claim) in made or claim == "backups"


def test_what_has_more_than_one_pod_keeps_the_others() -> None:
    assert set(smallest().of("PodDisruptionBudget")) == {GATEWAY, "edge"}
    assert set(everything().of("PodDisruptionBudget")) == {GATEWAY, "edge", FRONT, "queries"}
    for found in everything().of("PodDisruptionBudget").values():
        assert found["spec"]["maxUnavailable"] == 1
    off = released({**SMALLEST, "podDisruptionBudgets": {"enabled": False}})
    assert not off.of("PodDisruptionBudget")


def test_an_update_takes_no_pod_away_before_another_is_there() -> None:
    found = [one["spec"] for one in everything().workloads().values() if one["kind"] == "Deployment"]
    strategies = [spec["strategy"] for spec in found if spec["strategy"]["type"] != "Recreate"]
    assert strategies == [{"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}}] * 3


def test_one_backup_is_taken_at_a_time_at_the_hour_that_is_said() -> None:
    spec = everything().of("CronJob")["backup"]["spec"]
    assert (spec["concurrencyPolicy"], spec["timeZone"]) == ("Forbid", "Etc/UTC")


def test_the_ingress_leads_to_the_edge_for_each_name() -> None:
    found = everything().of("Ingress")["edge"]["spec"]
    edge = everything().of("Service")["edge"]
    (rule,) = found["rules"]
    assert (rule["host"], found["ingressClassName"]) == ("waymark.example", "internal")
    assert found["tls"] == [{"secretName": "certificate", "hosts": ["waymark.example"]}]
    (path,) = rule["http"]["paths"]
    assert (path["path"], path["pathType"]) == ("/", "Prefix")
    assert path["backend"] == {"service": {"name": edge["metadata"]["name"], "port": {"name": "http"}}}
    assert "http" in {port["name"] for port in edge["spec"]["ports"]}


def test_the_edge_is_reached_as_the_values_say() -> None:
    inside, outside = (release.of("Service")["edge"]["spec"] for release in (smallest(), everything()))
    assert (inside["type"], "externalTrafficPolicy" in inside) == ("ClusterIP", False)
    assert (outside["type"], outside["externalTrafficPolicy"]) == ("LoadBalancer", "Local")
    assert outside["loadBalancerSourceRanges"] == ["198.51.100.0/24"]
    assert {port["name"]: port["port"] for port in inside["ports"]} == {"http": 80, "otlp-grpc": 4317}


def test_a_door_whose_number_follows_its_work_is_given_none() -> None:
    assert smallest().workloads()[GATEWAY]["spec"]["replicas"] == 2
    door = everything().workloads()[GATEWAY]
    assert "replicas" not in door["spec"]
    autoscaler = everything().of("HorizontalPodAutoscaler")[GATEWAY]["spec"]
    assert (autoscaler["minReplicas"], autoscaler["maxReplicas"]) == (2, 6)
    assert autoscaler["behavior"]["scaleDown"]["stabilizationWindowSeconds"] >= 300, "traffic comes and goes"
    target = autoscaler["scaleTargetRef"]
    assert target == {"apiVersion": door["apiVersion"], "kind": door["kind"], "name": door["metadata"]["name"]}


def test_a_pod_of_the_edge_goes_with_its_configuration() -> None:
    def annotations(values: Mapping[str, Any]) -> dict[str, str]:
        edge = released(values).workloads()["edge"]
        return dict(edge["spec"]["template"]["metadata"]["annotations"])

    other = {**EVERYTHING, "edge": {"resolver": "10.96.0.10"}}
    assert annotations(EVERYTHING)["checksum/nginx.conf"] != annotations(other)["checksum/nginx.conf"]
    assert annotations(other)["example.com/team"] == "platform"


def test_setup_runs_before_each_version_and_once_after() -> None:
    job = smallest().of("Job")["setup"]
    assert job["metadata"]["annotations"] == {
        "helm.sh/hook": "pre-install,pre-upgrade,post-upgrade",
        "helm.sh/hook-weight": "0",
        "helm.sh/hook-delete-policy": "before-hook-creation",
    }
