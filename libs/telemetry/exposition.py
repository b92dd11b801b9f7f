"""Prometheus text: of this process, and of several processes gathered into one, told apart by a label."""

from __future__ import annotations

import re
from collections.abc import Mapping

from prometheus_client import CollectorRegistry, generate_latest

from libs.telemetry.metrics import REGISTRY

PROCESS_LABEL = "process"
_SAMPLE = re.compile(r"([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+.*)")


def render_metrics(registry: CollectorRegistry = REGISTRY) -> bytes:
    """Return this process's metrics in Prometheus text format."""
    return generate_latest(registry)


def merge_expositions(by_process: Mapping[str, bytes]) -> bytes:
    """Return one exposition out of several, every sample labelled with its process, every family described once."""
    comments: dict[str, list[str]] = {}
    samples: dict[str, list[str]] = {}
    for process, exposition in by_process.items():
        family = ""
        for line in exposition.decode().splitlines():
            if line.startswith("# "):
                family = line.split(" ", 3)[2]
                known = comments.setdefault(family, [])
                kind = line.split(" ", 3)[1]
                if not any(comment.split(" ", 3)[1] == kind for comment in known):
                    known.append(line)
            elif match := _SAMPLE.fullmatch(line):
                samples.setdefault(family, []).append(_labelled(match, process))
    lines = [line for family in comments for line in (*comments[family], *samples.get(family, ()))]
    return ("\n".join(lines) + "\n").encode()


def _labelled(match: re.Match[str], process: str) -> str:
    name, labels, value = match.groups()
    escaped = process.replace("\\", r"\\").replace('"', r"\"")
    own = f'{PROCESS_LABEL}="{escaped}"'
    return f"{name}{{{own + ',' + labels if labels else own}}} {value}"
