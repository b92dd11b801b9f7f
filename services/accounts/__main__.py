"""`python -m services.accounts`: the API with its relay, and the reactors over key uses; `--only` runs one part."""

from __future__ import annotations

from libs.service.run import run
from services.accounts.service import SERVICE

if __name__ == "__main__":
    run(SERVICE)
