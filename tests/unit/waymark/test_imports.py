"""An import that is run again sends what is not through, on this server, and nothing else."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.git_repository import make_awkward_repository, make_wide_repository
from tests.support.importing import RecordingServer, ShownProgress, target_of
from waymark.errors import CommandFailed
from waymark.imports.batches import ServerRefused
from waymark.imports.report import ImportReport
from waymark.imports.run import import_cloudevents, import_git, import_jsonl


def is_bad(record: dict[str, Any]) -> bool:
    return "bad" in record


@pytest.fixture
def server() -> RecordingServer:
    found = RecordingServer()
    found.rejects = is_bad
    return found


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "lines.jsonl"


async def import_lines(
    file: Path, server: RecordingServer, *, from_start: bool = False, progress: ShownProgress | None = None
) -> ImportReport:
    target = target_of(server, file.parent / "data", from_start=from_start)
    return await import_jsonl(file, target, progress or ShownProgress())


def numbers(server: RecordingServer) -> list[int]:
    return sorted(record["n"] for record in server.records.values())


async def test_rejected_lines_are_sent_again_and_the_others_are_not(file: Path, server: RecordingServer) -> None:
    lines = [json.dumps({"n": n}) for n in range(6)]
    file.write_text(
        "\n".join([*lines[:2], '{"n":', '{"n":2,"bad":1}', *lines[3:4], '{"n":4,"bad":1}', lines[5]]) + "\n"
    )
    first = await import_lines(file, server)
    assert (first.accepted, first.rejected) == (4, 3)
    second = await import_lines(file, server)
    assert (second.read, second.accepted, second.rejected) == (3, 0, 3)
    file.write_text("\n".join([*lines[:2], '{"n": 20, "mended": "longer than before"}', *lines[2:]]) + "\n")
    third = await import_lines(file, server)
    assert (third.read, third.accepted, third.rejected) == (3, 3, 0)
    assert numbers(server) == [0, 1, 2, 3, 4, 5, 20]
    assert (await import_lines(file, server)).read == 0
    assert (await import_lines(file, server, from_start=True)).repeated == 7


@pytest.mark.parametrize("mended", [[], ['{"n":7}'], ['{"n":7}', '{"n":8}'], ["", '{"n":7}', ""]])
async def test_a_rejected_line_may_be_taken_out_or_become_several(
    file: Path, server: RecordingServer, mended: list[str]
) -> None:
    before, after = [json.dumps({"n": n}) for n in range(3)], [json.dumps({"n": n}) for n in range(3, 6)]
    file.write_text("\n".join([*before, '{"n":7}{"n":8}', *after]) + "\n")
    await import_lines(file, server)
    file.write_text("\n".join([*before, *mended, *after, '{"n":9}']) + "\n")
    await import_lines(file, server)
    assert numbers(server) == [*range(6), *(json.loads(line)["n"] for line in mended if line), 9]


async def test_a_file_replaced_by_another_with_the_same_first_line_is_read_from_its_start(
    file: Path, server: RecordingServer
) -> None:
    file.write_text('{"n":0}\n{"n":1}\n')
    await import_lines(file, server)
    file.write_text('{"n":0}\n{"n":2}\n{"n":3}\n')
    await import_lines(file, server)
    assert numbers(server) == [0, 1, 2, 3]


@settings(max_examples=60)
@given(
    lines=st.lists(st.sampled_from(['{"n":%d}', '  {"n":%d}', '{"n":%d,"bad":1}', "", "é%d", '{"n":%d,"x":"é"}\r'])),
    cuts=st.lists(st.integers(0, 400), max_size=4),
    ends=st.booleans(),
)
async def test_a_file_that_is_being_written_loses_nothing_and_doubles_nothing(
    lines: list[str], cuts: list[int], ends: bool
) -> None:
    text = "\n".join(line % number if "%d" in line else line for number, line in enumerate(lines)).encode()
    text += b"\n" if ends else b""
    server = RecordingServer()
    server.rejects = is_bad
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "lines.jsonl"
        for cut in [*sorted(min(cut, len(text)) for cut in cuts), len(text)]:
            file.write_bytes(text[:cut])
            await import_lines(file, server)
        assert numbers(server) == [n for n, line in enumerate(lines) if "{" in line and "bad" not in line]
        known = set(server.records)
        await import_lines(file, server, from_start=True)
        assert set(server.records) == known


async def test_a_checkpoint_of_another_server_is_not_trusted(file: Path, server: RecordingServer) -> None:
    file.write_text("".join(f'{{"n":{n}}}\n' for n in range(5)))
    await import_lines(file, server)
    empty = RecordingServer()
    await import_lines(file, empty)
    assert numbers(empty) == list(range(5))


@pytest.mark.parametrize("text", ["", "{", "[]", '{"place": 1}', '{"place": {}, "firstId": null}'])
async def test_a_checkpoint_that_cannot_be_read_is_none(file: Path, server: RecordingServer, text: str) -> None:
    file.write_text('{"n":0}\n')
    await import_lines(file, server)
    [checkpoint] = (file.parent / "data" / "imports").glob("*.json")
    checkpoint.write_text(text)
    assert (await import_lines(file, server)).repeated == 1


async def test_a_data_directory_that_cannot_be_written_is_told_before_anything_is_sent(
    file: Path, server: RecordingServer
) -> None:
    file.write_text('{"n":0}\n')
    (file.parent / "data").write_text("a file")
    with pytest.raises(CommandFailed, match="--data-dir"):
        await import_lines(file, server)
    assert server.received == []


async def test_a_commit_cut_in_two_is_through_with_its_last_change(tmp_path: Path, server: RecordingServer) -> None:
    repository = make_wide_repository(tmp_path / "wide", files=2_500)
    server.stops_at = 1
    with pytest.raises(ServerRefused):
        await import_git(repository, "wide", target_of(server, tmp_path), ShownProgress())
    assert 0 < len(server.records) < 2_500
    server.stops_at = None
    await import_git(repository, "wide", target_of(server, tmp_path), ShownProgress())
    assert len(server.records) == 2_502


async def test_a_history_goes_to_a_second_server_too(tmp_path: Path, server: RecordingServer) -> None:
    repository = make_awkward_repository(tmp_path / "awkward")
    empty = RecordingServer()
    for each in (server, empty, empty):
        await import_git(repository, "awkward", target_of(each, tmp_path), ShownProgress())
    assert empty.records == server.records
    assert len(empty.received) == len(empty.records)


async def test_what_a_server_rejected_of_a_history_is_sent_again(tmp_path: Path, server: RecordingServer) -> None:
    repository = make_awkward_repository(tmp_path / "awkward")
    server.rejects = lambda record: record["action"] == "RENAMED"
    first = await import_git(repository, "awkward", target_of(server, tmp_path), ShownProgress())
    assert first.rejected == 1
    server.rejects = lambda _: False
    second = await import_git(repository, "awkward", target_of(server, tmp_path), ShownProgress())
    assert (second.rejected, second.recorded) == (0, 1)
    assert (await import_git(repository, "awkward", target_of(server, tmp_path), ShownProgress())).read == 0


async def test_the_bar_begins_where_the_import_goes_on(tmp_path: Path, server: RecordingServer) -> None:
    repository = make_wide_repository(tmp_path / "wide", files=3_000)
    server.stops_at = 3
    with pytest.raises(ServerRefused):
        await import_git(repository, "wide", target_of(server, tmp_path), ShownProgress())
    server.stops_at = None
    progress = ShownProgress()
    await import_git(repository, "wide", target_of(server, tmp_path), progress)
    assert (progress.places[0], progress.recorded[0]) == (1, 0)
    assert progress.places[-1] == progress.expected == 3
    assert progress.places == sorted(progress.places)


async def test_the_bar_of_a_file_begins_where_the_import_goes_on(file: Path, server: RecordingServer) -> None:
    file.write_text("".join(f'{{"n":{n}}}\n' for n in range(5)))
    await import_lines(file, server)
    size = file.stat().st_size
    with file.open("a") as lines:
        lines.write('{"n":5}\n')
    progress = ShownProgress()
    await import_lines(file, server, progress=progress)
    assert progress.places == [size, file.stat().st_size]


async def import_array(file: Path, server: RecordingServer) -> ImportReport:
    return await import_cloudevents(file, target_of(server, file.parent / "data"), ShownProgress())


def array_of(*events: str) -> str:
    return "[" + ",\n".join(events) + "]"


def cloud_event(number: int, **more: int) -> str:
    return json.dumps({"specversion": "1.0", "id": f"e{number}", "n": number, **more})


async def test_a_rejected_element_of_an_array_is_sent_again(tmp_path: Path, server: RecordingServer) -> None:
    file = tmp_path / "events.json"
    file.write_text(array_of(cloud_event(0), cloud_event(1, bad=1), cloud_event(2)))
    assert (await import_array(file, server)).rejected == 1
    file.write_text(array_of(cloud_event(0), cloud_event(1, mended=123456789), cloud_event(2)))
    assert (await import_array(file, server)).rejected == 0
    assert numbers(server) == [0, 1, 2]
    assert (await import_array(file, server)).read == 0


async def test_an_array_that_is_being_written_loses_nothing(tmp_path: Path, server: RecordingServer) -> None:
    file = tmp_path / "events.json"
    text = array_of(*(cloud_event(n) for n in range(4)))
    for cut in range(1, len(text) + 1, 7):
        file.write_text(text[:cut])
        await import_array(file, server)
    file.write_text(text)
    await import_array(file, server)
    assert numbers(server) == [0, 1, 2, 3]
