"""`make check`: the files derived from code are what the code says now; `--write` brings them up to date.

A changed snapshot in a diff is how a reviewer sees that the API, the edge's routing or the set of containers has
changed. The blocking half of the Python client is rendered from the asynchronous one.
"""

from __future__ import annotations

import sys
from pathlib import Path

import orjson

from deploy.grafana.writing import dashboard_files
from libs.contracts.asyncapi import asyncapi_document
from tests.support.blocking_client import render_blocking_client
from tests.support.compose import COMPOSE_FILE, broker_variables
from tests.support.prometheus import CONFIG_FILE
from waymark.deployment.chart import render_chart
from waymark.deployment.compose import render_compose
from waymark.deployment.prometheus import render_prometheus
from waymark.edge import render_nginx
from waymark.front import create_front, merge_openapi
from waymark.services import SERVICES, apps

ROOT = Path(__file__).resolve().parents[2]
CHART = ROOT / "deploy/kubernetes/waymark"


def snapshots() -> dict[Path, bytes]:
    """Path → content of every derived file."""
    documents = [app.openapi() for app in apps().values()]
    front = create_front({}).openapi()
    merged = orjson.dumps(merge_openapi(front, documents), option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS)
    topics = orjson.dumps(asyncapi_document(), option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS)
    return {
        ROOT / "docs/asyncapi.json": topics + b"\n",
        ROOT / "docs/openapi.json": merged + b"\n",
        ROOT / "deploy/edge/nginx.conf": render_nginx().encode(),
        COMPOSE_FILE: render_compose(COMPOSE_FILE.read_text(encoding="utf-8"), SERVICES, broker_variables()).encode(),
        CONFIG_FILE: render_prometheus(CONFIG_FILE.read_text(encoding="utf-8"), SERVICES).encode(),
        **{path: text.encode() for path, text in render_chart(CHART, SERVICES).items()},
        **{ROOT / "deploy/grafana/dashboards" / name: content for name, content in dashboard_files().items()},
        **render_blocking_client(ROOT),
    }


def main() -> None:
    """Compare, or write; exit code 1 names the files that differ."""
    write = "--write" in sys.argv
    stale = [path for path, content in snapshots().items() if not path.exists() or path.read_bytes() != content]
    for path in stale:
        if write:
            path.write_bytes(snapshots()[path])
        sys.stderr.write(f"{path.relative_to(ROOT)} {'written' if write else 'differs from the code'}\n")
    if stale and not write:
        sys.exit("run `python -m tests.support.snapshots --write` and look at the difference")


if __name__ == "__main__":
    main()
