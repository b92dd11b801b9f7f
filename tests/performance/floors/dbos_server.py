"""Workflows of DBOS behind FastAPI, as its documentation has them: each step is checkpointed in PostgreSQL.

Endpoints, workflows and steps are plain functions, as in its guide for FastAPI: a process that runs coroutines instead
answered as many requests. `WAYMARK_BENCH_EXECUTOR` names the process, which takes up what it left when it starts again.
"""

from __future__ import annotations

import os

from dbos import DBOS, DBOSConfig
from fastapi import FastAPI

from tests.performance.floors.serving import EXECUTOR_VARIABLE, serve, settings

app = FastAPI()


@DBOS.step()
def add_one(number: int) -> int:
    """A step that does next to nothing."""
    return number + 1


@DBOS.workflow()
def in_a_row(steps: int) -> int:
    """Take as many steps, each after the one before."""
    number = 0
    for _ in range(steps):
        number = add_one(number)
    return number


@DBOS.workflow()
def pausing(pause_s: float) -> int:
    """Take a step, wait, take another."""
    number = add_one(0)
    DBOS.sleep(pause_s)
    return add_one(number)


@app.post("/run/{steps}")
def run(steps: int) -> dict[str, int]:
    """Run a workflow and wait for its end."""
    return {"output": in_a_row(steps)}


@app.post("/pausing/{pause_s}")
def start(pause_s: float) -> dict[str, str]:
    """Start a workflow that waits."""
    return {"workflowId": DBOS.start_workflow(pausing, pause_s).workflow_id}


@app.get("/ended")
def ended() -> dict[str, int]:
    """Count the workflows that waited and have ended."""
    return {"count": len(DBOS.list_workflows(name=pausing.__qualname__, status="SUCCESS", load_output=False))}


@app.get("/readyz")
def readyz() -> dict[str, str]:
    """Answer once it is launched."""
    return {"status": "ok"}


if __name__ == "__main__":
    DBOS(
        config=DBOSConfig(
            name="bench",
            system_database_url=settings().database_url,
            executor_id=os.environ[EXECUTOR_VARIABLE],
            application_version="1",
            log_level="ERROR",
        )
    )
    DBOS.launch()
    serve(app)
