"""A server that is not there is told at once, by its address; one that has answered is waited for."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest
from typer.testing import CliRunner

from deploy.kafka.broker import free_ports
from tests.support.scripted_api import ManualTime
from tests.support.waiting import eventually_sync
from waymark import cli, connection
from waymark.client import ConnectionFailed, Retries
from waymark.client.address import Address
from waymark.client.retries import Pause, Request, StepResult
from waymark.connection import SLOW_S, Connection, ServerAway

PROMISED_S = 2.0
START_S = 0.5
"""What the process itself takes before and after."""
COMMANDS = [
    ["emit", "ORDER:1", "CREATE"],
    ["tail"],
    ["events", "emit", "order.shipped", "ORDER:1"],
    ["events", "tail"],
    ["events", "tail", "--no-follow"],
    ["keys", "list"],
    ["keys", "create", "label"],
    ["keys", "revoke", "id"],
    ["import", "jsonl", "{file}"],
    ["import", "cloudevents", "{file}"],
    ["import", "git", "."],
    ["demo"],
]


@pytest.fixture
def nobody() -> str:
    """An address at which nothing listens."""
    return f"http://127.0.0.1:{free_ports(1)[0]}"


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_names_the_server_that_is_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, nobody: str, command: list[str]
) -> None:
    monkeypatch.setattr(connection, "_AWAY_S", 0.0)
    (tmp_path / "credentials.json").write_text(json.dumps({"url": nobody, "apiKey": "k"}))
    file = tmp_path / "lines.jsonl"
    file.write_text("{}\n")
    words = [word.format(file=file) for word in command]
    result = CliRunner().invoke(cli.app, [*words, "--data-dir", str(tmp_path)])
    assert isinstance(result.exception, ServerAway)
    assert str(result.exception).startswith(nobody)
    assert "--url" in str(result.exception)


def waited_s(clock: ManualTime, retries: Retries, takes_s: float) -> float:
    """Return how long a request is tried where every connection fails, each after at most `takes_s`."""
    steps = retries.tries(Request("GET", "/"))
    began_s = clock.now
    reply: StepResult = None
    with suppress(ConnectionFailed):
        while True:
            step = steps.send(reply)
            if isinstance(step, Pause):
                clock.pause(step.seconds)
                reply = None
            else:
                clock.now += min(takes_s, step.connect_timeout_s)
                reply = httpx.ConnectError("refused")
    return clock.now - began_s


@pytest.mark.parametrize("takes_s", [0.0, 0.3, 60.0])
def test_a_server_that_never_answered_is_given_up_within_the_time_promised(
    monkeypatch: pytest.MonkeyPatch, takes_s: float
) -> None:
    clock = ManualTime()
    monkeypatch.setattr(connection, "time", SimpleNamespace(monotonic=clock))
    retries = replace(Connection(Address("http://server", "k")).retries(), clock=clock)
    assert waited_s(clock, retries, takes_s) < PROMISED_S - START_S


def test_a_server_that_has_answered_is_waited_for_through_a_restart(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    clock = ManualTime()
    monkeypatch.setattr(connection, "time", SimpleNamespace(monotonic=clock))
    connected = Connection(Address("http://server", "k"))
    connected.answered()
    assert waited_s(clock, replace(connected.retries(), clock=clock), 0.0) > 5.0
    assert capsys.readouterr().err.count("waiting for the server at http://server: ") == 1


def test_a_server_that_takes_long_is_said_to_be_waited_for(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(connection, "SLOW_S", 0.01)
    with Connection(Address("http://server", "k")).blocking():
        eventually_sync(lambda: "waiting for the server at http://server" in capsys.readouterr().err)
    assert SLOW_S < PROMISED_S


async def test_an_import_does_not_wait_for_a_server_that_is_not_there_to_begin_with(nobody: str) -> None:
    with pytest.raises(ServerAway, match=nobody):
        async with Connection(Address(nobody, "k")).importing():
            pytest.fail("nobody is there")
