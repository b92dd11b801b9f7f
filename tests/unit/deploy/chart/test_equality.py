"""The chart starts what compose starts: the same commands, settings, secrets, limits and routes."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from libs.contracts.paths import FRONT
from libs.service.private_files import CREDENTIALS_FILE
from tests.support.chart import EVERYTHING, SMALLEST, Release, environment_of, everything, released, smallest
from tests.support.compose import read_compose
from waymark.cluster_secrets import write_secrets
from waymark.edge import DOCKER, render_nginx
from waymark.kafka_users import PASSWORD_FILE
from waymark.services import SERVICES, STORING
from waymark.settings import read_settings

COMPOSED: dict[str, dict[str, Any]] = read_compose()["services"]
NAMES = [service.name for service in SERVICES]
OURS = [*NAMES, FRONT, "setup"]
OF_THE_PLACE = {
    "WAYMARK_DATABASE_URL",
    "WAYMARK_KAFKA_BOOTSTRAP_SERVERS",
    "WAYMARK_MEMBER",
    "WAYMARK_TRUSTED_PROXIES",
    "WAYMARK_SERVICE_URLS",
    "WAYMARK_GRAFANA_URL",
}
"""Variables whose values follow from where the containers are; each is held by a test of its own."""
OF_SETUP = {"WAYMARK_KAFKA_USERNAME", "WAYMARK_KAFKA_PASSWORD_FILE"}
"""In compose setup is on the broker's loopback, where nobody is asked; in a cluster it has a user."""


def composed_environment(name: str) -> dict[str, str]:
    found = COMPOSED[name]["environment"]
    return {variable: re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", value) for variable, value in found.items()}


def without(variables: dict[str, Any], left_out: set[str]) -> dict[str, Any]:
    return {name: value for name, value in variables.items() if name not in left_out}


def test_there_is_a_workload_for_each_of_composes_containers() -> None:
    ours = {name for name, container in COMPOSED.items() if container["image"] == "waymark:local"}
    assert set(smallest().workloads()) == ours - {"secrets"} | {"edge"}
    assert set(everything().workloads()) == {*smallest().workloads(), "commands", "backup"}


@pytest.mark.parametrize("name", OURS)
def test_commands_and_settings_are_composes(name: str) -> None:
    container = smallest().containers()[name]
    assert container["command"] == COMPOSED[name]["command"]
    left_out = OF_THE_PLACE | (OF_SETUP if name == "setup" else set())
    assert without(environment_of(container), left_out) == without(composed_environment(name), left_out)


def test_addresses_are_those_of_the_values() -> None:
    given = {name: environment_of(container) for name, container in smallest().containers().items()}
    for service in STORING:
        assert given[service.name]["WAYMARK_DATABASE_URL"] == "postgresql://database.example:5432/waymark"
    assert given["setup"]["WAYMARK_DATABASE_URL"] == "postgresql://waymark@database.example:5432/waymark"
    for name in ("setup", *(service.name for service in STORING)):
        assert given[name]["WAYMARK_KAFKA_BOOTSTRAP_SERVERS"] == "kafka-0.example:9092,kafka-1.example:9092"
        assert json.loads(given[name]["WAYMARK_TRUSTED_PROXIES"]) == json.loads(
            composed_environment(name)["WAYMARK_TRUSTED_PROXIES"]
        )
    services = smallest().of("Service")
    assert json.loads(given[FRONT]["WAYMARK_SERVICE_URLS"]) == {
        name: f"http://{services[name]['metadata']['name']}:{services[name]['spec']['ports'][0]['port']}"
        for name in NAMES
    }


def test_members_have_names_that_outlive_their_pods() -> None:
    for service in SERVICES:
        workload = smallest().workloads()[service.name]
        member = environment_of(smallest().containers()[service.name]).get("WAYMARK_MEMBER")
        if service.has_consumers or service.has_jobs:
            assert (workload["kind"], workload["spec"]["podManagementPolicy"]) == ("StatefulSet", "Parallel")
            assert member == {"fieldRef": {"fieldPath": "metadata.name"}}
        else:
            assert (workload["kind"], member) == ("Deployment", None)


def test_memory_is_bounded_as_in_compose() -> None:
    for name, container in smallest().containers().items():
        limit = COMPOSED[name]["mem_limit"]
        assert container["resources"]["limits"]["memory"] == limit.replace("m", "Mi").replace("g", "Gi"), name


def test_a_pod_has_more_time_to_stop_than_in_compose() -> None:
    for name in (*NAMES, FRONT):
        pod = smallest().pods()[name]
        pause_s = pod["containers"][0]["lifecycle"]["preStop"]["sleep"]["seconds"]
        assert pod["terminationGracePeriodSeconds"] - pause_s >= int(COMPOSED[name]["stop_grace_period"].rstrip("s"))


def test_the_edge_is_composes() -> None:
    assert smallest().containers()["edge"]["image"] == COMPOSED["edge"]["image"]
    text = smallest().of("ConfigMap")["edge"]["data"]["nginx.conf"]
    for name in (*NAMES, FRONT):
        text = text.replace(f"waymark-{name}.production.svc.cluster.local:", f"{name}:")
    text = text.replace("kube-dns.kube-system.svc.cluster.local", DOCKER.resolver)
    text = text.replace("worker_processes 2;", "worker_processes auto;")
    begin, end = text.index("    # Proxies in front"), text.index("    # More than this")
    text = (text[:begin] + text[end:]).replace("$client_scheme", "$scheme")
    assert text == render_nginx()


def test_only_proxies_that_are_named_say_who_a_client_is() -> None:
    for release, networks in ((smallest(), []), (everything(), ["10.1.0.0/16"])):
        text = release.of("ConfigMap")["edge"]["data"]["nginx.conf"]
        assert re.findall(r"set_real_ip_from (\S+);", text) == networks
        (block,) = re.findall(r"geo \$realip_remote_addr \$by_proxy {([^}]*)}", text)
        assert block.split() == ["default", "0;", *(word for network in networks for word in (network, "1;"))]
        assert '"1 https" https;' in text


def test_a_service_of_kubernetes_is_found_under_each_name_that_the_edge_asks() -> None:
    for release in (smallest(), everything()):
        text = release.of("ConfigMap")["edge"]["data"]["nginx.conf"]
        asked = set(re.findall(r"server ([a-z.-]+):(\d+) resolve;", text))
        served = {
            (f"{found['metadata']['name']}.production.svc.cluster.local", str(port["port"]))
            for name, found in release.of("Service").items()
            if name != "edge"
            for port in found["spec"]["ports"]
        }
        assert asked == served


def mounted(release: Release, name: str) -> dict[str, str]:
    """Place of a mounted Secret → its name."""
    pod = release.pods()[name]
    secrets = {volume["name"]: volume["secret"]["secretName"] for volume in pod["volumes"] if "secret" in volume}
    mounts = pod["containers"][0]["volumeMounts"]
    assert all(mount["readOnly"] for mount in mounts if mount["name"] in secrets)
    return {mount["mountPath"]: secrets[mount["name"]] for mount in mounts if mount["name"] in secrets}


def test_secrets_are_where_they_are_needed_and_nowhere_else() -> None:
    storing = [service.name for service in STORING]
    held = {name: mounted(smallest(), name) for name in smallest().pods()}
    assert held == {
        **{name: {"/secrets": f"waymark-{name}"} for name in storing},
        "setup": {f"/secrets/{name}": f"waymark-{name}" for name in ("setup", *storing)},
        "console": {},
        FRONT: {},
        "edge": {},
    }


def test_every_file_that_a_pod_is_told_of_is_in_the_folder_that_becomes_its_secret(tmp_path: Path) -> None:
    """`waymark secrets`, then a Secret of each folder; only the password of Kafka's administrator is put in by hand."""
    url = environment_of(smallest().containers()["setup"])["WAYMARK_DATABASE_URL"]
    write_secrets(read_settings(database_url=url, data_dir=tmp_path / "data"), tmp_path)
    (tmp_path / "setup" / PASSWORD_FILE).write_text("of the administrator", "ascii")
    for name, container in smallest().containers().items():
        places = mounted(smallest(), name)
        told = {key: value for key, value in environment_of(container).items() if key.endswith("_FILE")}
        for variable, path in told.items():
            place, _, file = path.rpartition("/")
            assert (tmp_path / places[place].removeprefix("waymark-") / file).is_file(), (name, variable)
        if name == "setup":
            assert set(told) == {
                "WAYMARK_DATABASE_LOGINS_FILE",
                "WAYMARK_KAFKA_PASSWORD_FILE",
                "WAYMARK_SECRET_KEY_FILE",
            }
            for service in STORING:
                assert (
                    tmp_path / places[f"/secrets/{service.name}"].removeprefix("waymark-") / PASSWORD_FILE
                ).is_file()


def test_authorities_are_files_that_are_mounted() -> None:
    for name in ("setup", "commands", *(service.name for service in STORING)):
        places = mounted(everything(), name)
        assert environment_of(everything().containers()[name])["WAYMARK_KAFKA_CA_FILE"] == "/authorities/kafka/ca.crt"
        assert places["/authorities/kafka"] == "kafka-authority"
        assert places["/authorities/database"] == "database-authority"
        volumes = {volume["name"]: volume for volume in everything().pods()[name]["volumes"]}
        assert volumes["database-authority"]["secret"]["items"] == [{"key": "root.crt", "path": "root.crt"}]
    calling = {
        name: (environment_of(container)["SSL_CERT_FILE"], mounted(everything(), name)["/authorities/outbound"])
        for name, container in everything().containers().items()
        if "SSL_CERT_FILE" in environment_of(container)
    }
    assert calling == dict.fromkeys(("monitoring", "workflows"), ("/authorities/outbound/ca.crt", "outbound-authority"))


def test_operators_commands_run_as_setup_does() -> None:
    commands, setup = (everything().containers()[name] for name in ("commands", "setup"))
    assert environment_of(commands) == environment_of(setup)
    assert commands["volumeMounts"] == setup["volumeMounts"]
    assert everything().pods()["commands"]["volumes"] == everything().pods()["setup"]["volumes"]
    # The claim is one node's: a second pod beside the first might wait for it for ever.
    assert everything().workloads()["commands"]["spec"]["strategy"] == {"type": "Recreate"}


def test_a_backup_is_taken_by_the_owner_with_nothing_but_the_owners_secrets() -> None:
    backup, setup = (everything().containers()[name] for name in ("backup", "setup"))
    assert backup["command"] == ["waymark", "backup", "/backups"]
    assert environment_of(backup) == without(environment_of(setup), {"WAYMARK_KAFKA_USERS_DIR"})
    own = mounted(everything(), "setup")
    kept = {place: secret for place, secret in own.items() if place == "/secrets/setup" or "authorities" in place}
    assert mounted(everything(), "backup") == kept
    (volume,) = (one for one in everything().pods()["backup"]["volumes"] if "persistentVolumeClaim" in one)
    assert volume == {"name": "backups", "persistentVolumeClaim": {"claimName": "backups"}}


def test_what_setup_leaves_lasts() -> None:
    container = smallest().containers()["setup"]
    (mount,) = (one for one in container["volumeMounts"] if one["name"] == "data")
    assert environment_of(container)["WAYMARK_DATA_DIR"] == mount["mountPath"], CREDENTIALS_FILE
    (claim,) = (one["persistentVolumeClaim"] for one in smallest().pods()["setup"]["volumes"] if one["name"] == "data")
    made = smallest().of("PersistentVolumeClaim")["setup"]
    assert claim["claimName"] == made["metadata"]["name"]
    annotations = made["metadata"]["annotations"]
    assert annotations["helm.sh/resource-policy"] == "keep"
    assert int(annotations["helm.sh/hook-weight"]) < 0, "before the job that mounts it"
    given = released({**EVERYTHING, "setup": {"data": {"existingClaim": "kept"}}})
    assert not given.of("PersistentVolumeClaim")
    assert {"name": "data", "persistentVolumeClaim": {"claimName": "kept"}} in given.pods()["setup"]["volumes"]


def test_a_broker_that_asks_nobody_is_told_no_user() -> None:
    release = released({**EVERYTHING, "kafka": {"bootstrapServers": "kafka:9092", "users": "none"}})
    for container in release.containers().values():
        assert not {name for name in environment_of(container) if re.search("KAFKA_(USER|PASSWORD|CA)", name)}


def test_users_that_are_there_are_not_made() -> None:
    release = released({**EVERYTHING, "kafka": {"bootstrapServers": "kafka:9092", "users": "given"}})
    given = environment_of(release.containers()["setup"])
    assert "WAYMARK_KAFKA_USERS_DIR" not in given
    assert given["WAYMARK_KAFKA_USERNAME"] == "waymark-setup"


def test_settings_of_one_service_go_before_those_of_all() -> None:
    given = {name: environment_of(one) for name, one in everything().containers().items() if name != "edge"}
    assert {name: one["WAYMARK_TOPIC_PREFIX"] for name, one in given.items()} == {
        **dict.fromkeys(given, "blue."),
        "queries": "green.",
    }
    values = {"settings": {"OTEL_A": "a"}, "services": {"queries": {"settings": {"OTEL_A": ""}}}}
    assert environment_of(released({**SMALLEST, **values}).containers()["queries"])["OTEL_A"] == ""
    assert given["monitoring"]["WAYMARK_OUTBOUND_ALLOW"] == "10.20.0.0/24:443"
    assert given["console"]["WAYMARK_GRAFANA_URL"] == "https://grafana.example"
