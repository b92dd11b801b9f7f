"""What a process loads before it does anything: the parts that it runs, and no library of another's."""

from __future__ import annotations

import json
import re
import subprocess
import sys

import pytest
import typer

from waymark import cli

LOADED = """
import json, sys
loaded = [
    name
    for name, module in sys.modules.items()
    if not type(module).__name__.startswith("_Lazy")
    and not (name.startswith("services") and hasattr(module, "__path__"))
]
sys.stdout.write("\\n" + json.dumps(loaded))
"""
ENVIRONMENT = {
    "WAYMARK_SECRET_KEY": "a secret of the tests alone",
    "WAYMARK_WORKERS": "projections=http://127.0.0.1:9",
    "WAYMARK_DATABASE_URL": "postgresql://127.0.0.1:9/none",
}
MIGRATING = {"alembic", "mako", "sqlalchemy"}
SENDING_TRACES = {"opentelemetry.exporter", "opentelemetry.sdk", "requests"}
COMMAND_LINE = {"rich", "typer"}
HTTP_API = {"fastapi", "jwt", "limits", "pydantic"}


def loaded_by(code: str) -> set[str]:
    """Return the modules that a fresh interpreter has executed after `code`; of services, without their packages."""
    done = subprocess.run(
        [sys.executable, "-c", code + LOADED], env=ENVIRONMENT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout.splitlines()[-1]))


def commands(app: typer.Typer, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """Return the words of every command, of groups and of theirs."""
    names = [(*path, command.name or "") for command in app.registered_commands]
    for group in app.registered_groups:
        assert group.name is not None
        assert group.typer_instance is not None
        names += [(*path, group.name), *commands(group.typer_instance, (*path, group.name))]
    return names


def test_help_loads_nothing_that_a_command_needs() -> None:
    lines = [[], *commands(cli.app)]
    assert len(lines) > 20
    code = f"""
import sys
from waymark.cli import main
for line in {lines}:
    sys.argv = ["waymark", *line, "--help"]
    try:
        main()
    except SystemExit as ended:
        assert not ended.code, line
"""
    needed = {"asyncpg", "cryptography", "httpx", "msgspec", "pydantic_settings", "structlog", "waymark.client"}
    loaded = loaded_by(code)
    assert not loaded & (needed | MIGRATING | SENDING_TRACES | {"rich"} | HTTP_API - {"pydantic"})
    assert not {name for name in loaded if name.startswith("services")}


def test_a_command_for_a_server_loads_no_composition() -> None:
    loaded = loaded_by("""
import sys
sys.argv = ["waymark", "emit", "ORDER:1", "CREATE", "--url", "http://127.0.0.1:9", "--api-key", "k", "--data", "no"]
from waymark.cli import main
try:
    main()
except SystemExit:
    pass
from waymark import client
client.Client
""")
    assert "waymark.client" in loaded
    assert not loaded & (
        MIGRATING | SENDING_TRACES | HTTP_API - {"pydantic"} | {"asyncpg", "rich.console", "structlog"}
    )


@pytest.mark.parametrize("program", ["child", "service"])
def test_consumers_load_no_api(program: str) -> None:
    consumers = {
        "child": "from waymark import child\nassert child.services.consumers()",
        "service": "from services.queries.service import SERVICE\nassert SERVICE.consumers(SERVICE.settings())",
    }
    loaded = loaded_by(f"""
from libs.service import run
run.start("test")
{consumers[program]}
run.process.run_process
""")
    needless = MIGRATING | SENDING_TRACES | COMMAND_LINE | {"aiokafka", "httpx", "jwt", "limits", "libs.service.app"}
    assert not loaded & needless
    assert not {name for name in loaded if re.fullmatch(r"services\..*\.(api(\.\w+)?|schemas|app)", name)}


def test_an_api_loads_neither_migrations_nor_the_command_line() -> None:
    loaded = loaded_by("""
from libs.service import run
from waymark import child
run.start("test")
child.compose()
""")
    assert {"fastapi", "services.traces.api", "services.gateway.door"} <= loaded
    assert not loaded & (MIGRATING | SENDING_TRACES | COMMAND_LINE | {"aiokafka", "services.traces.projection"})


@pytest.mark.parametrize(
    ("variable", "value", "module"),
    [
        ("WAYMARK_KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:9", "aiokafka"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9", "opentelemetry.sdk"),
    ],
)
def test_what_a_setting_asks_for_is_loaded(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, module: str
) -> None:
    monkeypatch.setitem(ENVIRONMENT, variable, value)
    code = """
import asyncio
from libs.eventlog.open import open_log
from libs.service import run
from libs.service.settings import ServiceSettings
run.start("test")
asyncio.run(open_log(ServiceSettings()))
"""
    assert module in loaded_by(code)
