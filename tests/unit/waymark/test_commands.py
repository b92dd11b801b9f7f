"""The command line itself: what its help says, and what it answers without a server."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from deploy.kafka.broker import free_ports
from waymark.commands.doctor import doctor
from waymark.commands.machine import setup, up
from waymark.settings import MachineSettings


def run(command: object, *arguments: str) -> tuple[int, str]:
    app = typer.Typer()
    app.command()(command)  # type: ignore[type-var]
    result = CliRunner().invoke(app, arguments, env={"COLUMNS": "400", "NO_COLOR": "1"})
    return result.exit_code, result.stdout


@pytest.fixture(autouse=True)
def own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("WAYMARK_URL", "WAYMARK_DATABASE_URL", "WAYMARK_KAFKA_BOOTSTRAP_SERVERS", "WAYMARK_DATA_DIR"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize("command", [up, setup, doctor])
def test_help_shows_what_a_setting_is_by_default(command: object) -> None:
    _, text = run(command, "--help")
    for name, field in MachineSettings.model_fields.items():
        flag = {"kafka_bootstrap_servers": "kafka"}.get(name, name.replace("_", "-"))
        if found := re.search(rf"--{flag} .*", text):
            default = field.default if field.default is not None else "the "
            assert f"Default: WAYMARK_{name.upper()}, else {default}" in found[0]


def findings(*arguments: str) -> tuple[int, dict[str, tuple[bool, str]]]:
    code, text = run(doctor, "--json", *arguments)
    return code, {one["what"]: (one["good"], one["words"]) for one in json.loads(text)}


def test_before_the_first_start_no_server_is_expected(tmp_path: Path) -> None:
    code, found = findings("--data-dir", str(tmp_path))
    assert (code, found["server"][0]) == (0, True)


@pytest.mark.parametrize("said_by", ["flag", "environment", "credentials"])
def test_a_server_that_is_expected_and_does_not_answer_is_bad(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said_by: str
) -> None:
    url = f"http://127.0.0.1:{free_ports(1)[0]}"
    flags = ["--url", url] if said_by == "flag" else []
    if said_by == "environment":
        monkeypatch.setenv("WAYMARK_URL", url)
    if said_by == "credentials":
        (tmp_path / "credentials.json").write_text(json.dumps({"url": url, "apiKey": "k"}))
        (tmp_path / "credentials.json").chmod(0o600)
    code, found = findings("--data-dir", str(tmp_path), *flags)
    assert (code, found["server"][0]) == (1, False)
    assert url in found["server"][1]


def test_the_database_and_the_log_named_by_flags_are_looked_at(tmp_path: Path) -> None:
    (port,) = free_ports(1)
    code, found = findings(
        *("--data-dir", str(tmp_path)),
        *("--database-url", f"postgresql://nobody@127.0.0.1:{port}/none"),
        *("--kafka", f"127.0.0.1:{port}"),
    )
    assert code == 1
    assert (found["database"][0], found["log"][0]) == (False, False)
    assert f"127.0.0.1:{port}" in found["log"][1]
