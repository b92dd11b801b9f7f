"""With only the packages that the package requires, the client works and the command line says what to install."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from importlib.metadata import distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[3]
RECORDS = """
import asyncio, json, threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from waymark.client import AsyncClient, Client

class Api(BaseHTTPRequestHandler):
    def do_POST(self):
        sent = json.loads(self.rfile.read(int(self.headers["content-length"])))
        ids = {name: "x" for name in ("interactionId", "resourceTypeId", "actionId", "originId", "uowId")}
        made = {**ids, "interactionNumber": 1, "createdDate": "2026-01-15T10:30:00Z", **sent}
        body = json.dumps(made).encode()
        self.send_response(201)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_): ...

server = ThreadingHTTPServer(("127.0.0.1", 0), Api)
threading.Thread(target=server.serve_forever, daemon=True).start()
url = f"http://127.0.0.1:{server.server_port}"

async def main():
    async with AsyncClient(url, "key") as client:
        print((await client.record("b", "ORDER", "CREATE", "API")).resource_id)

with Client(url, "key") as client:
    print(client.record("a", "ORDER", "CREATE", "API").resource_id)
asyncio.run(main())
"""
COMMAND = "import runpy, sys; sys.argv = ['waymark', 'up']; runpy.run_module('waymark', run_name='__main__')"


def dependencies(requirements: list[str]) -> set[str]:
    """The distributions that these requirements bring, and theirs."""
    found: set[str] = set()
    for requirement in map(Requirement, requirements):
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
            found |= {requirement.name, *dependencies(distribution(requirement.name).requires or [])}
    return found


@pytest.fixture
def site_packages(tmp_path: Path) -> Path:
    """A folder of packages that holds the package `waymark` and what it requires."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    for name in dependencies(project["dependencies"]):
        installed = distribution(name)
        for top in {file.parts[0] for file in installed.files or ()} - {"..", "__pycache__"}:
            (tmp_path / top).symlink_to(Path(str(installed.locate_file(top))))
    (tmp_path / "waymark").symlink_to(ROOT / "waymark")
    return tmp_path


def run(site_packages: Path, code: str) -> subprocess.CompletedProcess[str]:
    """Run code that finds the standard library and these packages alone."""
    found = f"import sys; sys.path.append({str(site_packages)!r})\n"
    return subprocess.run([sys.executable, "-I", "-S", "-c", found + code], capture_output=True, text=True, check=False)


def test_both_clients_record(site_packages: Path) -> None:
    done = run(site_packages, RECORDS)
    assert (done.stdout.split(), done.stderr) == (["a", "b"], "")


def test_the_command_line_says_what_to_install(site_packages: Path) -> None:
    done = run(site_packages, COMMAND)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.count("\n") == 1
    assert "pip install '.[server]'" in done.stderr


def test_the_script_is_the_module_that_says_so() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["scripts"] == {"waymark": "waymark.__main__:main"}
