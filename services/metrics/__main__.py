"""`python -m services.metrics`: the API with its relay, its projection and its jobs; `--only` runs one part."""

from __future__ import annotations

from libs.service.run import run
from services.metrics.service import SERVICE

if __name__ == "__main__":
    run(SERVICE)
