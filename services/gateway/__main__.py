"""`python -m services.gateway`: the gateway alone on its address."""

from __future__ import annotations

from libs.service.run import run
from services.gateway.service import SERVICE

if __name__ == "__main__":
    run(SERVICE)
