"""`python -m services.catalog`: the API with its relay, and the starter sets of new tenants; `--only` runs one part."""

from __future__ import annotations

from libs.service.run import run
from services.catalog.service import SERVICE

if __name__ == "__main__":
    run(SERVICE)
