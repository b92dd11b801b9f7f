"""The command line as the script `waymark` and as `python -m waymark`; where only the client is installed, says so."""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.util import find_spec


def main() -> None:
    """Run the command line, which needs the package's extra `server`."""
    if find_spec("typer") is None:
        sys.exit("waymark: only the Python client is installed; its source tree has the rest: pip install '.[server]'")
    import_module("waymark.cli").main()


if __name__ == "__main__":
    main()
