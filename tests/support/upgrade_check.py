"""`make upgrade-check FROM=<commit>`: an upgrade from an older commit of this repository with data, and the way back.

That commit's own `waymark up` fills a new data directory; the present version goes on with it and has to tell again
what was told before. Then the older one starts on the same data, or on a copy. No test runs it, since it takes minutes.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from deploy.kafka.broker import free_ports
from tests.support.everything import Access, Answers, differences, log_in, losses, read_everything, totals
from tests.support.storm import Sender, check_everything
from tests.support.waiting import eventually

ROOT = Path(__file__).resolve().parents[2]
_READY_S = 180.0
_SETTLED_S = 240.0
_SHOWN = 20
_MORE = 500


class CheckFailed(Exception):
    """The upgrade, or the way back, is not as it is documented."""


class NotStarted(Exception):
    """`waymark up` ended before it was ready; the message is its last lines."""


@dataclass(frozen=True, slots=True)
class Version:
    """A tree with an environment, whose `waymark` works on a data directory."""

    name: str
    tree: Path
    data_dir: Path
    kafka: str | None

    @property
    def credentials(self) -> Mapping[str, str]:
        found: dict[str, str] = json.loads((self.data_dir / "credentials.json").read_bytes())
        return found

    def run(self, *arguments: str) -> None:
        """Run a command of this version. Raises CheckFailed."""
        done = subprocess.run(
            self._command(*arguments),
            env=self._environment(),
            cwd=self.tree,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise CheckFailed(f"{self.name}: waymark {' '.join(arguments)}: {done.stderr[-2000:]}")

    def has(self, command: str, *, group: str = "") -> bool:
        """Return whether this version has the command, at the top or in a group."""
        asked = subprocess.run(
            self._command(*group.split(), "--help"),
            env=self._environment(),
            cwd=self.tree,
            capture_output=True,
            text=True,
            check=True,
        )
        return re.search(rf"^\W*{command}\s", asked.stdout, re.MULTILINE) is not None

    @asynccontextmanager
    async def up(self) -> AsyncIterator[str]:
        """Run it, ready, and yield its URL; stopped cleanly afterwards. Raises NotStarted."""
        (port,) = free_ports(1)
        url, log = f"http://127.0.0.1:{port}", self.data_dir.with_name(f"{self.name}.log")
        with log.open("wb") as output:
            process = await asyncio.create_subprocess_exec(
                *self._command("up", "--port", str(port)),
                env=self._environment(),
                cwd=self.tree,
                stdout=output,
                stderr=output,
            )
        try:
            began_s = time.monotonic()
            async with httpx.AsyncClient(base_url=url) as client:
                await eventually(lambda: _is_ready_or_ended(client, process), timeout_s=_READY_S, interval_s=0.2)
            if process.returncode is not None:
                raise NotStarted(_last_words(log))
            _say(f"{self.name} is ready after {time.monotonic() - began_s:.1f} s")
            yield url
        finally:
            if process.returncode is None:
                process.send_signal(signal.SIGTERM)
            await process.wait()

    def _command(self, *arguments: str) -> list[str]:
        return [str(self.tree / ".venv/bin/waymark"), *arguments]

    def _environment(self) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("WAYMARK_", "PYTHON"))}
        log = {"WAYMARK_KAFKA_BOOTSTRAP_SERVERS": self.kafka} if self.kafka else {}
        return inherited | log | {"WAYMARK_DATA_DIR": str(self.data_dir), "WAYMARK_OTLP_GRPC_PORT": "0"}


def main() -> None:
    """Run the check and print what was seen; exit with 1 when something is not as it was."""
    parser = argparse.ArgumentParser(prog="make upgrade-check", description=__doc__)
    parser.add_argument("commit", help="the older commit, tag or branch of this repository")
    parser.add_argument("--visits", type=int, default=1_000, help="how large the day of traffic is")
    parser.add_argument("--kafka", help="bootstrap servers of a broker without topics of Waymark, for the log")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="waymark-upgrade-") as folder:
        Path(folder).chmod(0o711)  # started from root, the database's own user has to pass
        tree, data_dir = Path(folder) / "older", Path(folder) / "data"
        _clone(given.commit, tree)
        older, present = (Version(*one, data_dir, given.kafka) for one in (("older", tree), ("present", ROOT)))
        try:
            asyncio.run(_check(older, present, given.visits))
        except (CheckFailed, NotStarted) as error:
            sys.exit(f"upgrade-check: {error}")
    _say("everything is as it was")


def _copy(data_dir: Path, to: Path) -> None:
    """Copy a data directory as it is, owners too: started from root, the database belongs to a user of its own."""
    subprocess.run(["cp", "-a", str(data_dir), str(to)], check=True)


def _clone(commit: str, tree: Path) -> None:
    for command in (
        ["git", "clone", "--quiet", str(ROOT), str(tree)],
        ["git", "-C", str(tree), "checkout", "--quiet", commit],
        ["make", "-C", str(tree), ".venv/.run"],
    ):
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    _say(f"made an environment of {commit}")


async def _check(older: Version, present: Version, visits: int) -> None:
    async with older.up() as url:
        older.run("demo", "--url", url, "--visits", str(visits))
        older.run("import", "git", str(older.tree), "--url", url)
        access = await log_in(url, older.credentials)
        before = await _settled(url, access)
        _say(f"older has {_words(before)}")
        if older.has("backup"):
            older.run("backup", str(older.data_dir.with_name("before.backup")))
    before_dir = older.data_dir.with_name("before")
    await asyncio.to_thread(_copy, older.data_dir, before_dir)
    async with present.up() as url:
        # Tokens of a login last for minutes, and a login is an event that the one before does not have.
        after = await _once_told_again(url, access, before)
        _say(f"present has {_words(after)}")
        await _record_more(url, access, after)
        later = await read_everything(url, access, again=before)
        present.run("doctor", "--url", url)
        present.run("backup", str(older.data_dir.with_name("after.backup")))
    await _back(older, access, before, later, before_dir)


async def _back(older: Version, access: Access, before: Answers, later: Answers, before_dir: Path) -> None:
    """Start the older version on the same data, else on what was copied before the upgrade."""
    try:
        async with older.up() as url:
            await _once_told_again(url, access, {path: later[path] for path in before})
            _say("older starts on the present version's data and tells the same")
            return
    except NotStarted as error:
        _say(f"older does not start on the present version's data:\n{error}")
    shutil.rmtree(older.data_dir)
    before_dir.rename(older.data_dir)
    if older.kafka is not None:
        if not older.has("adopt", group="log"):
            _say("older has no `waymark log adopt`: with Kafka there is no way back to it")
            return
        older.run("log", "adopt")
    async with older.up() as url:
        await _once_told_again(url, access, before)
        _say("older starts on the data from before the upgrade and tells the same")


async def _record_more(url: str, access: Access, answers: Answers) -> None:
    """Record more; numbers go on above those that are there, none twice and none left out."""
    there = {row["interactionId"]: row["interactionNumber"] for row in answers["/api/interactions"]}
    async with httpx.AsyncClient(base_url=url, headers=access.by_key, timeout=30.0) as client:
        sender = Sender(client, acknowledged=there)
        await sender.run(len(there) + _MORE)
        await check_everything(client, sender.acknowledged)
    _say(f"recorded up to number {max(sender.acknowledged.values()):,} without a gap")


async def _settled(url: str, access: Access) -> Answers:
    """Return everything once it stays as it is."""
    seen = [await read_everything(url, access)]

    async def stays() -> bool:
        seen.append(await read_everything(url, access))
        return not differences(seen[-2], seen[-1]) and not differences(seen[-1], seen[-2])

    await eventually(stays, timeout_s=_SETTLED_S, interval_s=1.0)
    return seen[-1]


async def _once_told_again(url: str, access: Access, before: Answers) -> Answers:
    """Return everything once it has what there was before: read models of another version are filled anew.

    Raises CheckFailed with what is missing, or other than it was.
    """
    deadline = time.monotonic() + _SETTLED_S
    while True:
        found = await read_everything(url, access, again=before)
        wrong = losses(before, found)
        if not wrong:
            return found
        if time.monotonic() > deadline:
            more = [f"and {len(wrong) - _SHOWN} more"] if len(wrong) > _SHOWN else []
            raise CheckFailed("\n".join(["not as it was:", *(one[:400] for one in wrong[:_SHOWN]), *more]))
        await asyncio.sleep(1.0)


async def _is_ready_or_ended(client: httpx.AsyncClient, process: asyncio.subprocess.Process) -> bool:
    try:
        return process.returncode is not None or (await client.get("/readyz")).is_success
    except httpx.TransportError:
        return False


def _last_words(log: Path) -> str:
    lines = log.read_text(encoding="utf-8").splitlines()
    began = next((at for at, line in enumerate(lines) if line.startswith("waymark: ")), -_SHOWN)
    return "\n".join(line for line in lines[began:] if "LOG:" not in line)


def _words(answers: Answers) -> str:
    return ", ".join(f"{count:,} {path.rpartition('/')[2]}" for path, count in totals(answers).items() if count)


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
