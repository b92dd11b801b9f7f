"""What only a container would show, read from the files: what each may, what each is given, what is kept."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from deploy.kafka import properties
from libs.service.process import GRACEFUL_TIMEOUT_S
from tests.support.compose import broker_variables, read_compose
from waymark.edge import render_nginx
from waymark.services import SERVICES, STORING

ROOT = Path(__file__).resolve().parents[3]
FILE = read_compose()
CONTAINERS: dict[str, dict[str, Any]] = FILE["services"]
NAMES = [service.name for service in SERVICES]
WITH_SECRETS = [service.name for service in STORING]
NGINX = render_nginx()
WRITABLE = {"kafka"}
"""Their image writes its configuration where its programs lie."""


@pytest.mark.parametrize("name", CONTAINERS)
def test_a_container_is_refused_what_it_does_not_need(name: str) -> None:
    container = CONTAINERS[name]
    assert container["cap_drop"] == ["ALL"]
    assert container["security_opt"] == ["no-new-privileges:true"]
    assert container.get("read_only", False) is (name not in WRITABLE)
    assert container["pids_limit"]
    assert not container.get("privileged")


def test_only_the_database_gets_rights_back_to_become_its_own_user() -> None:
    given = {name: container["cap_add"] for name, container in CONTAINERS.items() if "cap_add" in container}
    assert given == {"postgres": ["CHOWN", "DAC_OVERRIDE", "FOWNER", "SETGID", "SETUID"]}


@pytest.mark.parametrize("name", CONTAINERS)
def test_memory_and_logs_are_bounded(name: str) -> None:
    container = CONTAINERS[name]
    assert re.fullmatch(r"\d+[mg]", container["mem_limit"])
    assert container["logging"] == {"driver": "json-file", "options": {"max-size": "20m", "max-file": "5"}}


def test_services_begin_after_setup_and_have_time_to_stop() -> None:
    for name in (*NAMES, "front"):
        assert CONTAINERS[name]["depends_on"] == {"setup": {"condition": "service_completed_successfully"}}
        assert int(CONTAINERS[name]["stop_grace_period"].rstrip("s")) >= 2 * GRACEFUL_TIMEOUT_S


def test_health_is_asked_where_a_container_listens() -> None:
    asked = {
        name: re.findall(r"127\.0\.0\.1:(\d+)", str(container["healthcheck"]))
        for name, container in CONTAINERS.items()
        if "healthcheck" in container
    }
    listened = {"kafka": "9091", "prometheus": "9090", "alertmanager": "9093", "grafana": "3000"}
    assert asked == {
        **{name: [port] for name, port in listened.items()},
        "postgres": [],
        **{name: [CONTAINERS[name]["environment"]["WAYMARK_PORT"]] for name in (*NAMES, "front")},
    }


def test_images_are_of_an_exact_version() -> None:
    images = [container["image"] for container in CONTAINERS.values() if container["image"] != "waymark:local"]
    images += re.findall(r"^FROM (\S+)", (ROOT / "deploy/Dockerfile").read_text(encoding="utf-8"), re.MULTILINE)
    for image in images:
        assert re.search(r"@sha256:[0-9a-f]{64}$|:v?\d+\.\d+(\.\d+)?(-[\w.-]+)?$", image), image


def test_our_own_image_runs_as_nobody_of_note() -> None:
    text = (ROOT / "deploy/Dockerfile").read_text(encoding="utf-8")
    assert re.search(r"^USER waymark$", text, re.MULTILINE)
    folders = re.search(r"--mode 700 (setup postgres grafana [\w ]+)$", text, re.MULTILINE)
    assert folders
    assert folders[1].split() == ["setup", "postgres", "grafana", *WITH_SECRETS]


def test_our_own_image_is_made_with_the_consoles_build() -> None:
    text = (ROOT / "deploy/Dockerfile").read_text(encoding="utf-8")
    built, copied, installed = map(
        text.index,
        (
            "RUN npm ci --ignore-scripts\nCOPY services/console/web ./\nRUN npm run build\n",
            "COPY --from=web /web/dist services/console/web/dist\n",
            "--no-deps .\n",
        ),
    )
    assert built < copied < installed
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert {"services/console/web/node_modules", "services/console/web/dist"} <= set(ignored)


def volumes_of(name: str) -> dict[str, tuple[str, str]]:
    """The volumes of a container: where they are, and how."""
    found = {}
    for volume in CONTAINERS[name].get("volumes", []):
        source, place, *mode = volume.split(":")
        found[source] = (place, mode[0] if mode else "rw")
    return found


def test_secrets_are_where_they_are_needed_and_nowhere_else() -> None:
    secret = {name for name in FILE["volumes"] if name.startswith("secrets-")} | {"waymark-data"}
    held = {name: {source for source in volumes_of(name) if source in secret} for name in CONTAINERS}
    folders = {f"secrets-{name}" for name in WITH_SECRETS}
    assert held == {
        "secrets": secret,
        "kafka": set(),
        "postgres": {"secrets-postgres"},
        "setup": {"waymark-data", "secrets-setup", *folders},
        **{name: {f"secrets-{name}"} for name in WITH_SECRETS},
        "console": set(),
        "front": set(),
        "edge": set(),
        "prometheus": set(),
        "alertmanager": set(),
        "grafana": {"secrets-grafana"},
    }
    for name in ("postgres", "grafana", *WITH_SECRETS):
        assert volumes_of(name)[f"secrets-{name}"] == ("/secrets", "ro")


def test_there_is_no_default_password() -> None:
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    assert re.findall(r"\$\{\w*PASSWORD[^}]*\}", text) == ["${POSTGRES_PASSWORD:-}"]
    assert not re.search(r"://[^@/\s]+:[^@/\s]+@", text)


def test_members_have_names_that_outlive_their_containers() -> None:
    assert [CONTAINERS[name]["environment"]["WAYMARK_MEMBER"] for name in WITH_SECRETS] == WITH_SECRETS


def test_a_service_that_stores_nothing_is_told_nothing_of_log_and_database() -> None:
    told = CONTAINERS["console"]["environment"]
    assert told == {
        "WAYMARK_HOST": "0.0.0.0",
        "WAYMARK_PORT": "8080",
        "WAYMARK_GRAFANA_URL": "${WAYMARK_GRAFANA_URL:-http://localhost:3000}",
    }


def test_what_has_to_last_lies_on_volumes() -> None:
    environment = CONTAINERS["kafka"]["environment"]
    assert environment == broker_variables()
    assert volumes_of("kafka") == {"kafka-data": (environment["KAFKA_LOG_DIRS"], "rw")}
    assert volumes_of("postgres")["postgres-data"] == ("/var/lib/postgresql", "rw")
    assert {"kafka-data", "postgres-data", "waymark-data"} <= FILE["volumes"].keys()


def test_the_broker_asks_everybody_but_its_own_loopback_who_they_are() -> None:
    settings = properties.composed()
    listeners = dict(entry.split("://") for entry in settings["listeners"].split(","))
    protocols = dict(entry.split(":") for entry in settings["listener.security.protocol.map"].split(","))
    for name, address in listeners.items():
        assert protocols[name] == "SASL_PLAINTEXT" or address.startswith("127.0.0.1:"), name
    assert settings["authorizer.class.name"].endswith("StandardAuthorizer")
    assert settings["allow.everyone.if.no.acl.found"] == "false"
    assert settings["sasl.enabled.mechanisms"] == "SCRAM-SHA-512"
    for port in CONTAINERS["kafka"]["ports"]:
        assert port.startswith("127.0.0.1:")
    assert "OUTSIDE://" in settings["advertised.listeners"]


def test_variables_of_the_image_mean_the_settings() -> None:
    for name, variable in ((name, properties.variable(name)) for name in properties.composed()):
        read = variable.removeprefix("KAFKA_").lower().replace("_", ".").replace("...", "-").replace("..", "_")
        assert read == name


def test_only_setup_is_on_the_brokers_loopback() -> None:
    modes = {name: container["network_mode"] for name, container in CONTAINERS.items() if "network_mode" in container}
    assert modes == {"secrets": "none", "setup": "service:kafka"}
    assert CONTAINERS["setup"]["environment"]["WAYMARK_KAFKA_BOOTSTRAP_SERVERS"] == "127.0.0.1:9091"
    for name in WITH_SECRETS:
        assert CONTAINERS[name]["environment"]["WAYMARK_KAFKA_USERNAME"] == f"waymark-{name}"


def test_the_edge_passes_streams_on_as_they_come() -> None:
    assert "proxy_buffering off;" in NGINX
    assert "proxy_request_buffering off;" in NGINX
    assert not re.search(r"proxy_buffering on|proxy_cache |gzip on", NGINX)
    timeout_s = re.search(r"proxy_read_timeout (\d+)s;", NGINX)
    assert timeout_s
    assert int(timeout_s[1]) > 2 * 15, "a stream is pinged every 15 s"


def test_the_edge_looks_names_up_again() -> None:
    assert "resolver 127.0.0.11 valid=10s" in NGINX
    upstreams = re.findall(r"upstream (\w+) \{\n +zone \1 64k;\n +server \1:8080 resolve;", NGINX)
    assert upstreams == [*NAMES, "front"]


def test_the_edge_bounds_requests_and_logins_of_an_address() -> None:
    location = NGINX.split("location / {")[1].split("}")[0]
    assert re.findall(r"limit_req zone=(\w+) ", location) == ["requests", "logins"]
    assert "error_page 429 = @limited;" in location
    assert "limit_req_status 429;" in NGINX
    login = re.search(r"limit_req_zone \$login_address zone=logins:10m rate=(\d+)r/m;", NGINX)
    assert login
    assert int(login[1]) <= 60
    # By the decoded path: an escape spells the same route to the service.
    assert re.search(
        r'map "\$request_method \$uri" \$login_address \{\s+default "";\s+"POST /api/v1/auth/login" ', NGINX
    )


def test_the_edge_writes_in_its_tmp_alone() -> None:
    assert CONTAINERS["edge"]["user"] == "101:101"
    assert CONTAINERS["edge"]["tmpfs"] == ["/tmp"]
    assert re.findall(r"(?:pid|_temp_path) (\S+);", NGINX) == [
        "/tmp/nginx.pid",
        *(f"/tmp/{kind}" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")),
    ]


def test_grafana_asks_who_is_there_and_nobody_else_for_anything() -> None:
    told = CONTAINERS["grafana"]["environment"]
    assert told["GF_AUTH_ANONYMOUS_ENABLED"] == told["GF_USERS_ALLOW_SIGN_UP"] == "false"
    secret = {name: value for name, value in told.items() if "PASSWORD" in name or "SECRET_KEY" in name}
    assert secret == {
        "GF_SECURITY_ADMIN_PASSWORD__FILE": "/secrets/password",
        "GF_SECURITY_SECRET_KEY__FILE": "/secrets/encryption.key",
    }
    reports = ("REPORTING_ENABLED", "CHECK_FOR_UPDATES", "CHECK_FOR_PLUGIN_UPDATES", "FEEDBACK_LINKS_ENABLED")
    assert {told[f"GF_ANALYTICS_{name}"] for name in reports} == {"false"}
    assert told["GF_PLUGINS_PREINSTALL_DISABLED"] == told["GF_PLUGINS_PUBLIC_KEY_RETRIEVAL_DISABLED"] == "true"
    # The secrets are those of our image's user.
    uid = re.search(r"useradd --uid (\d+) ", (ROOT / "deploy/Dockerfile").read_text(encoding="utf-8"))
    assert uid
    assert CONTAINERS["grafana"]["user"] == f"{uid[1]}:{uid[1]}"


def test_what_watches_is_reached_from_the_host_alone() -> None:
    for name in ("prometheus", "alertmanager", "grafana"):
        (port,) = CONTAINERS[name]["ports"]
        assert port.startswith("127.0.0.1:"), name
