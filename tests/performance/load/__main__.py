"""`python -m tests.performance.load '<plan as JSON>'`: one measurement; its figures go to standard output as JSON."""

from __future__ import annotations

import gc
import sys

import msgspec
import uvloop

from tests.performance.load.loops import closed_loop, open_loop
from tests.performance.load.plan import LoadFigures, LoadPlan
from tests.performance.load.requests import request_source


async def _measure(plan: LoadPlan) -> LoadFigures:
    loop = closed_loop if plan.rate_per_s is None else open_loop
    return await loop(plan, request_source(plan))


if __name__ == "__main__":
    asked = msgspec.json.decode(sys.argv[1], type=LoadPlan)
    gc.disable()  # a pause of the generator would be counted as the server's
    sys.stdout.write(msgspec.json.encode(uvloop.run(_measure(asked))).decode())
