"""What a broker is asked before it is called ready; a script stands in for Java."""

from __future__ import annotations

import signal
import socket
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.kafka import __main__ as command
from deploy.kafka import jars
from deploy.kafka.broker import Broker, BrokerFailed, BrokerHindered, BrokerSettings, free_ports

DIES = """
import sys
print("[main] ERROR org.apache.kafka.server - Encountered fatal fault: Error starting LogManager", file=sys.stderr)
print("org.apache.kafka.common.errors.CorruptRecordException: Record size 0", file=sys.stderr)
print("\\tat org.apache.kafka.Somewhere(Somewhere.java:1)", file=sys.stderr)
sys.exit(1)
"""
SERVES = """
import socket, sys
with open(sys.argv[-1]) as file:
    settings = dict(line.strip().split("=", 1) for line in file)
port = int(settings["listeners"].split(",")[0].rsplit(":", 1)[1])
with socket.create_server(("127.0.0.1", port)) as server:
    while True:
        connection, _ = server.accept()
        connection.recv(100)
        connection.sendall(b"0123456789")
        connection.close()
"""


@pytest.fixture
def java(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The program that is run for Java; the test writes what it does."""
    program = tmp_path / "java"
    monkeypatch.setattr(jars, "java", lambda: str(program))
    monkeypatch.setattr(jars, "kafka_jars", lambda: tmp_path)
    monkeypatch.setattr(jars, "are_fetched", lambda: True)
    return program


def write(program: Path, code: str) -> None:
    program.write_text(f"#!{sys.executable}\n{code}")
    program.chmod(0o755)


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    port, controller_port = free_ports(2)
    broker = Broker(BrokerSettings(tmp_path / "kafka", port, controller_port))
    formatted = tmp_path / "kafka" / "log" / "meta.properties"
    formatted.parent.mkdir(parents=True)
    formatted.touch()
    yield broker
    broker.kill()


@pytest.fixture
def own_signals() -> Iterator[None]:
    """Give back the handlers that the command exchanges."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def answering(listener: socket.socket) -> None:
    """Answer every connection as another broker would, until the listener is closed."""
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        with connection:
            connection.recv(100)
            connection.sendall(b"0123456789")


def test_a_broker_that_answers_is_ready(java: Path, broker: Broker) -> None:
    write(java, SERVES)
    broker.start()
    assert broker.is_running()


def test_a_port_that_another_process_has_is_told_before_anything_starts(java: Path, broker: Broker) -> None:
    write(java, SERVES)
    with socket.create_server(("127.0.0.1", broker.settings.port)), pytest.raises(BrokerHindered, match="is taken"):
        broker.start()
    assert not broker.is_running()


def test_another_s_answer_is_not_taken_for_ours(java: Path, broker: Broker, monkeypatch: pytest.MonkeyPatch) -> None:
    write(java, DIES)
    monkeypatch.setattr(broker, "_refuse_taken_ports", lambda: None)  # it came after we looked
    with socket.create_server(("127.0.0.1", broker.settings.port)) as listener:
        threading.Thread(target=answering, args=(listener,), daemon=True).start()
        with pytest.raises(BrokerFailed, match="CorruptRecordException"):
            broker.start()


def test_the_last_error_of_this_run_is_shown(java: Path, broker: Broker) -> None:
    broker.log_file.write_text("[main] ERROR of an earlier run\n")
    write(java, DIES)
    with pytest.raises(BrokerFailed) as failed:
        broker.start()
    assert str(failed.value).splitlines()[1:] == [
        "[main] ERROR org.apache.kafka.server - Encountered fatal fault: Error starting LogManager",
        "org.apache.kafka.common.errors.CorruptRecordException: Record size 0",
    ]


def test_an_error_of_an_earlier_run_is_not_shown(java: Path, broker: Broker) -> None:
    broker.log_file.write_text("[main] ERROR of an earlier run\n")
    write(java, "print('nothing is wrong')")
    with pytest.raises(BrokerFailed) as failed:
        broker.start()
    assert str(failed.value).splitlines()[1:] == ["nothing is wrong"]


def test_no_second_broker_starts_on_the_data_of_one_that_runs(java: Path, broker: Broker) -> None:
    write(java, SERVES)
    broker.start()
    port, controller_port = free_ports(2)
    second = Broker(BrokerSettings(broker.settings.data_dir, port, controller_port))
    for begin in (second.spawn, second.remove_data):
        with pytest.raises(BrokerHindered, match="another Kafka runs on"):
            begin()
    broker.kill()
    second.start()
    second.kill()


def test_fresh_data_is_no_data(broker: Broker) -> None:
    broker.remove_data()
    assert not (broker.settings.data_dir / "log").exists()


@pytest.mark.usefixtures("own_signals")
def test_the_command_says_why_it_ended_and_how_to_begin_anew(
    java: Path, broker: Broker, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write(java, DIES)
    ports = ["--port", str(broker.settings.port), "--controller-port", str(broker.settings.controller_port)]
    monkeypatch.setattr(sys, "argv", ["kafka", *ports, "--data-dir", str(broker.settings.data_dir.parent)])
    assert command.main() == 1
    said = capsys.readouterr()
    assert "ready" not in said.out
    assert "CorruptRecordException" in said.err
    assert "FRESH=1" in said.err
