"""`python -m services.console`: the console's files over HTTP."""

from __future__ import annotations

from libs.service.run import run
from services.console.service import SERVICE

if __name__ == "__main__":
    run(SERVICE)
