"""Begins a process: reads flags and settings, then loads the parts that the process runs."""

from __future__ import annotations

import argparse
import gc
import sys
from pathlib import Path
from typing import Any

from libs.lazy import lazy_imports
from libs.service.service import Service

with lazy_imports():
    from libs.service import app, process, settings
    from libs.telemetry import logs, tracing

API, PROJECTIONS, JOBS = "api", "projections", "jobs"
"""The parts of a service that may run apart."""


def run(service: Service[Any]) -> None:
    """Run the service as `python -m services.<name>`: flags, settings, then its parts until stopped."""
    only = _selected_part(service)
    start(service.name)
    try:
        sys.exit(_run(service, only))
    except settings.SettingsInvalid as error:
        sys.exit(f"{service.name}: {error}")


def _run(service: Service[Any], only: str | None) -> int:
    found = settings.settings_of(service.settings)
    api = app.create_service_app(service, found) if only in (None, API) else None
    consumers = service.consumers(found) if only in (None, PROJECTIONS) else ()
    jobs = service.jobs(found) if only in (None, JOBS) else ()
    return process.run_process(service.name, api, process.listen(found), consumers, jobs, settings=found)


def start(name: str, *, log_file: Path | None = None) -> None:
    """Set up the process's logs and traces, before anything else is loaded; `log_file` as in `configure_logs`."""
    # What is loaded from here on is no garbage; `run_process` lets the collector look again.
    gc.disable()
    logs.configure_logs(name, log_file=log_file)
    tracing.setup_tracing(name)


def _selected_part(service: Service[Any]) -> str | None:
    parser = argparse.ArgumentParser(prog=f"python -m services.{service.name}", description=service.description)
    declared = ((PROJECTIONS, service.has_consumers), (JOBS, service.has_jobs))
    if parts := [part for part, is_declared in declared if is_declared]:
        parser.add_argument("--only", choices=(API, *parts), help="Run one part; all by default.")
    only: str | None = getattr(parser.parse_args(), "only", None)
    return only
