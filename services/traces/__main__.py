"""`python -m services.traces`: the API and the traces' projection; `--only` runs one part."""

from __future__ import annotations

from libs.service.run import run
from services.traces.service import SERVICE

if __name__ == "__main__":
    run(SERVICE)
