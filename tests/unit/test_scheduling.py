"""What one worker of a run gets whole."""

from __future__ import annotations

import pytest

from tests.support.scheduling import CONSOLE, MACHINE_ON_KAFKA, MACHINE_ON_POSTGRES, unit_of_work


@pytest.mark.parametrize("name", ["[{}]", "[api-{}]", "[{}-api]", "[api-{}-True]"])
@pytest.mark.parametrize("machine", [MACHINE_ON_POSTGRES, MACHINE_ON_KAFKA])
def test_a_machine_is_for_one_worker(machine: str, name: str) -> None:
    units = {unit_of_work(f"tests/e2e/{file}.py::test{name.format(machine)}") for file in ("test_a", "test_b")}
    assert units == {machine}


def test_the_console_is_for_one_worker() -> None:
    assert {unit_of_work(f"{CONSOLE}/{file}.py::test[/live]") for file in ("test_a", "test_b")} == {CONSOLE}


@pytest.mark.parametrize("test", ["", "[postgres]", "::test[kafka-1]", f"[not_a_{MACHINE_ON_KAFKA}]"])
def test_a_file_is_for_one_worker(test: str) -> None:
    assert unit_of_work(f"tests/contract/test_a.py::test{test}") == "tests/contract/test_a.py"
