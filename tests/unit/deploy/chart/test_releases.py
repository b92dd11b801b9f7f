"""The order of a release's steps, by Helm itself at an API that keeps what it is given and runs nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import helm_python
import pytest

from tests.support.chart import CHART, SMALLEST
from tests.support.cluster import NAMESPACE, Cluster, Step, running_cluster

VALUES = {**SMALLEST, "networkPolicy": {"enabled": True}}
CLAIM = ("PersistentVolumeClaim", "waymark-data")
SETUP = ("Job", "waymark-setup")
WORKLOADS = {"StatefulSet", "Deployment"}


class Helm:
    """Helm at a cluster: each action returns its steps."""

    def __init__(self, cluster: Cluster, config: helm_python.Config) -> None:
        self.cluster = cluster
        self._config = config

    def install(self) -> list[Step]:
        return self._steps(lambda: self._config.install(CHART, "waymark", VALUES, timeout=20))

    def upgrade(self, values: Mapping[str, Any]) -> list[Step]:
        given = {**VALUES, **values}
        return self._steps(lambda: self._config.upgrade(CHART, "waymark", given, wait="watcher", timeout=20))

    def rollback(self) -> list[Step]:
        return self._steps(lambda: self._config.rollback("waymark", timeout=20))

    def uninstall(self) -> list[Step]:
        return self._steps(lambda: self._config.uninstall("waymark", timeout=20))

    def _steps(self, act: Any) -> list[Step]:
        before = len(self.cluster.steps)
        act()
        return self.cluster.steps[before:]


@pytest.fixture
def helm() -> Iterator[Helm]:
    with (
        running_cluster() as cluster,
        helm_python.Config(
            kubeconfig_content=cluster.kubeconfig,
            namespace=NAMESPACE,
            storage_driver="memory",
            qps=10_000,
            burst_limit=10_000,
        ) as config,
    ):
        yield Helm(cluster, config)


def kinds(steps: list[Step]) -> list[str]:
    """The kinds of the steps' objects, deletions left out, without repetitions of neighbours."""
    found: list[str] = []
    for step in steps:
        if step.done != "deleted" and found[-1:] != [step.kind]:
            found.append(step.kind)
    return found


def test_setup_ends_before_anything_else_is_there(helm: Helm) -> None:
    steps = helm.install()
    assert kinds(steps)[:3] == ["PersistentVolumeClaim", "NetworkPolicy", "Job"]
    assert steps.index(Step("created", *SETUP)) == 2
    assert {step.kind for step in steps[3:]} >= WORKLOADS


def test_an_upgrade_runs_setup_before_the_new_pods_and_after_them_and_a_rollback_does_not(helm: Helm) -> None:
    helm.install()
    claim = helm.cluster.objects[CLAIM]["metadata"]["uid"]
    steps = helm.upgrade({"services": {"queries": {"replicas": 3}}})
    runs = [number for number, step in enumerate(steps) if step == Step("created", *SETUP)]
    policies = [number for number, step in enumerate(steps) if step == Step("created", "NetworkPolicy", SETUP[1])]
    changed = [number for number, step in enumerate(steps) if step.kind in WORKLOADS]
    assert len(runs) == 2
    assert runs[0] < min(changed)
    assert max(changed) < runs[1]
    assert [first < then for first, then in zip(policies, runs, strict=True)] == [True, True]
    assert ("NetworkPolicy", SETUP[1]) not in helm.cluster.objects, "it would outlive its switch"
    assert helm.cluster.objects["StatefulSet", "waymark-queries"]["spec"]["replicas"] == 3
    assert "Job" not in kinds(helm.rollback())
    assert helm.cluster.objects["StatefulSet", "waymark-queries"]["spec"]["replicas"] == 1
    assert helm.cluster.objects[CLAIM]["metadata"]["uid"] == claim


def test_a_setup_that_fails_leaves_the_former_version_running(helm: Helm) -> None:
    helm.install()
    helm.cluster.failing.add(SETUP[1])
    with pytest.raises(helm_python.HelmReleaseError, match="waymark-setup"):
        helm.upgrade({"services": {"queries": {"replicas": 3}}})
    assert helm.cluster.objects["StatefulSet", "waymark-queries"]["spec"]["replicas"] == 1


def test_the_claim_outlives_the_release_and_the_next_one_takes_it(helm: Helm) -> None:
    helm.install()
    claim = helm.cluster.objects[CLAIM]["metadata"]["uid"]
    helm.uninstall()
    assert set(helm.cluster.objects) == {CLAIM, SETUP}
    helm.install()
    assert helm.cluster.objects[CLAIM]["metadata"]["uid"] == claim
