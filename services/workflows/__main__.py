"""`python -m services.workflows`: API, relay, projection, executor, matcher; `--only` runs one part."""

from __future__ import annotations

from libs.service.run import run
from services.workflows.service import SERVICE

if __name__ == "__main__":
    run(SERVICE)
