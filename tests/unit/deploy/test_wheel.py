"""The wheel holds what services read at run time: of the console's pages the build, and nothing that it was made of."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
WEB = "services/console/web"
LIST = """
import json
from setuptools import Distribution
distribution = Distribution({"script_name": "setup.py"})
distribution.parse_config_files(["pyproject.toml"])
command = distribution.get_command_obj("build_py")
command.build_lib = "."
command.ensure_finalized()
print(json.dumps(sorted(command.get_outputs(include_bytecode=False))))
"""
FILES = {
    "services/__init__.py": "",
    "services/console/__init__.py": "",
    "services/console/migrations/0001_begin.py": "",
    f"{WEB}/package.json": "{}",
    f"{WEB}/src/main.ts": "",
    f"{WEB}/node_modules/react/package.json": "{}",
    f"{WEB}/dist/index.html": "",
    f"{WEB}/dist/.vite/manifest.json": "{}",
    f"{WEB}/dist/assets/index-x1.js": "",
    f"{WEB}/dist/assets/index-x1.js.br": "",
}


def test_of_the_console_it_holds_the_build_alone(tmp_path: Path) -> None:
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, tmp_path)
    for name, content in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    listed = subprocess.run([sys.executable, "-c", LIST], cwd=tmp_path, capture_output=True, text=True, check=True)
    names = {name.removeprefix("./") for name in json.loads(listed.stdout.splitlines()[-1])}
    assert names == {
        *("services/__init__.py", "services/console/__init__.py", "services/console/migrations/0001_begin.py"),
        *(f"{WEB}/dist/{name}" for name in ("index.html", "assets/index-x1.js", "assets/index-x1.js.br")),
    }
