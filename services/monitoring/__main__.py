"""`python -m services.monitoring`: the API with its relay, and its consumers; `--only` runs one part."""

from __future__ import annotations

from libs.service.run import run
from services.monitoring.service import SERVICE

if __name__ == "__main__":
    run(SERVICE)
