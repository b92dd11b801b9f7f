"""Renders the edge proxy's configuration from the declared routes: `python -m waymark.edge > deploy/edge/nginx.conf`.

nginx chooses the service by method and undecoded path, as the single machine's front does, and passes the request on
as it came.
"""

from __future__ import annotations

import json
import re
import sys

from libs.contracts.paths import ROUTES, SERVICES, Route, service_for
from waymark.index import index

SERVICE_PORT = 8080
_HEALTH = "/healthz"
_BODY_LIMIT = "17m"

_TEMPLATE = """\
# Written by `python -m waymark.edge`; change libs/contracts/paths.py instead.
worker_processes auto;

events {{
    worker_connections 4096;
}}

http {{
    access_log off;
    server_tokens off;
    client_max_body_size {body_limit};
    client_body_timeout 30s;
    large_client_header_buffers 4 32k;

{upstreams}
    map $request_uri $undecoded_path {{
        "~^(?<path>[^?]*)" $path;
    }}

    map "$request_method $undecoded_path" $service {{
        default "";
{routes}
    }}

    server {{
        listen 8080;

        location = /healthz {{
            default_type application/json;
            return 200 '{{"status":"ok"}}';
        }}

        location = / {{
            default_type application/json;
            return 200 '{index}';
        }}

        location / {{
            error_page 421 = @unknown;
            if ($service = "") {{
                return 421;
            }}
            proxy_pass http://$service;
            proxy_http_version 1.1;
            proxy_request_buffering off;
            proxy_buffering off;
            proxy_read_timeout 120s;
            proxy_next_upstream off;
            proxy_set_header Connection "";
            proxy_set_header Host $http_host;
            proxy_set_header X-Forwarded-For $remote_addr;
            proxy_set_header X-Forwarded-Proto $scheme;
        }}

        location @unknown {{
            default_type application/problem+json;
            return 404 '{{"type":"about:blank","title":"Not Found","status":404}}';
        }}
    }}
}}
"""


def render_nginx() -> str:
    """Render the configuration file."""
    upstreams = "\n".join(_upstream(service) for service in SERVICES)
    routes = "\n".join(f'        "{_pattern(route)}" {route.service};' for route in ROUTES)
    return _TEMPLATE.format(body_limit=_BODY_LIMIT, upstreams=upstreams, routes=routes, index=_index())


def _index() -> str:
    """Return what `GET /` answers here: the paths that some service or the edge itself answers."""
    return json.dumps(index(lambda path: path == _HEALTH or service_for("GET", path) is not None))


def _upstream(service: str) -> str:
    return f"    upstream {service} {{\n        server {service}:{SERVICE_PORT};\n        keepalive 64;\n    }}\n"


def _pattern(route: Route) -> str:
    method = route.method or "[A-Z]+"
    return f"~^{method} {re.escape(route.path)}{'$' if route.exact else '(/|$)'}"


if __name__ == "__main__":
    sys.stdout.write(render_nginx())
