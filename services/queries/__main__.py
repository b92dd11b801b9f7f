"""`python -m services.queries`: the API and the projections of interactions and events; `--only` runs one part."""

from __future__ import annotations

from libs.service.run import run
from services.queries.service import SERVICE

if __name__ == "__main__":
    run(SERVICE)
