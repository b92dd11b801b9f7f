"""Where the single machine serves OTLP/gRPC: as told, else where OpenTelemetry expects it, if that is free."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from importlib.machinery import ModuleSpec

import pytest

from waymark import machine
from waymark.errors import CommandFailed
from waymark.settings import MachineSettings


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that somebody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


@pytest.fixture
def free() -> int:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


def port_of(setting: int | None) -> int:
    return machine.otlp_grpc_port(MachineSettings(otlp_grpc_port=setting))


def test_the_setting_goes_first(free: int) -> None:
    assert (port_of(free), port_of(0)) == (free, 0)


def test_a_port_that_was_asked_for_and_is_taken_ends_the_start(taken: int) -> None:
    with pytest.raises(CommandFailed, match=str(taken)):
        port_of(taken)


def test_the_usual_port_is_used_if_it_is_free(
    free: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(machine, "OTLP_GRPC_PORT", free)
    assert (port_of(None), capsys.readouterr().out) == (free, "")


def test_it_is_said_when_the_usual_port_is_taken(
    taken: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(machine, "OTLP_GRPC_PORT", taken)
    assert port_of(None) == 0
    assert "OTLP/gRPC is off" in capsys.readouterr().out


def test_without_grpcio_there_is_none(free: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_grpc(name: str) -> ModuleSpec | None:
        assert name == "grpc"
        return None

    monkeypatch.setattr(machine, "OTLP_GRPC_PORT", free)
    monkeypatch.setattr(machine, "find_spec", no_grpc)
    assert port_of(None) == 0
