"""Renders the edge proxy's configuration from the declared routes: `python -m waymark.edge > deploy/edge/nginx.conf`.

nginx chooses the service by method and undecoded path, as the single machine's front does, and passes the request on
as it came.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from dataclasses import dataclass

from libs.contracts.paths import FRONT, GATEWAY, HOME, ROUTES, SERVICES, Route

SERVICE_PORT = 8080
OTLP_GRPC_PORT = 4317
"""The port at which OpenTelemetry expects OTLP/gRPC."""
_BODY_LIMIT = "17m"
_REQUESTS_PER_S = 2_000
_LOGINS_PER_MINUTE = 30


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What nginx finds where it runs: who answers for names (`resolver`), and the host of each service (`host_of`).

    `proxies` has the lines about proxies in front of nginx, `scheme` the variable that tells how a client came to them,
    `workers` the number of its processes.
    """

    resolver: str
    host_of: Callable[[str], str] = str
    proxies: str = ""
    scheme: str = "$scheme"
    workers: str = "auto"


DOCKER = Surroundings(resolver="127.0.0.11")
"""Compose: Docker's own resolver, containers by their names."""

_TEMPLATE = """\
# Written by `python -m waymark.edge`; change libs/contracts/paths.py instead.
worker_processes {workers};
pid /tmp/nginx.pid;

events {{
    worker_connections 4096;
}}

http {{
    access_log off;
    server_tokens off;
    client_max_body_size {body_limit};
    client_body_timeout 30s;
    large_client_header_buffers 4 32k;

    # What nginx writes lies in /tmp: nothing else of its container can be written.
    client_body_temp_path /tmp/client_body;
    proxy_temp_path /tmp/proxy;
    fastcgi_temp_path /tmp/fastcgi;
    uwsgi_temp_path /tmp/uwsgi;
    scgi_temp_path /tmp/scgi;

    # A container that comes back has another address: names are looked up again.
    resolver {resolver} valid=10s ipv6=off;{proxies}

    # More than this from one address is a mistake or an attack; logins are guessed at one address, and seldom made.
    limit_req_status 429;
    limit_req_zone $binary_remote_addr zone=requests:10m rate={requests_per_s}r/s;
    limit_req_zone $login_address zone=logins:10m rate={logins_per_minute}r/m;

    # Decoded: an escape in the path would pass the limit, and spell the same route to the service.
    map "$request_method $uri" $login_address {{
        default "";
        "POST /api/v1/auth/login" $binary_remote_addr;
    }}

{upstreams}
    upstream otlp_grpc {{
        zone otlp_grpc 64k;
        server {otlp_grpc} resolve;
        keepalive 16;
    }}

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

        # By its path alone: nginx knows neither the name nor the port by which it was reached.
        absolute_redirect off;
        location = / {{
            return 302 {home};
        }}

        location / {{
            limit_req zone=requests burst={requests_per_s} nodelay;
            limit_req zone=logins burst={logins_per_minute} nodelay;
            error_page 421 = @unknown;
            error_page 429 = @limited;
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
            proxy_set_header X-Forwarded-Proto {scheme};
        }}

        location @limited {{
            default_type application/problem+json;
            add_header Retry-After 1 always;
            return 429 '{{"type":"about:blank","title":"Too Many Requests","status":429}}';
        }}

        location @unknown {{
            default_type application/problem+json;
            return 404 '{{"type":"about:blank","title":"Not Found","status":404}}';
        }}
    }}

    server {{
        listen {otlp_grpc_port};
        http2 on;

        location /opentelemetry.proto.collector. {{
            limit_req zone=requests burst={requests_per_s} nodelay;
            grpc_pass grpc://otlp_grpc;
            grpc_read_timeout 120s;
        }}
    }}
}}
"""


def render_nginx(place: Surroundings = DOCKER) -> str:
    """Render the configuration file for nginx that runs there."""
    upstreams = "\n".join(_upstream(service, place.host_of(service)) for service in (*SERVICES, FRONT))
    routes = "\n".join(f'        "{_pattern(route)}" {route.service};' for route in ROUTES)
    return _TEMPLATE.format(
        body_limit=_BODY_LIMIT,
        resolver=place.resolver,
        proxies=place.proxies,
        scheme=place.scheme,
        workers=place.workers,
        requests_per_s=_REQUESTS_PER_S,
        logins_per_minute=_LOGINS_PER_MINUTE,
        upstreams=upstreams,
        routes=routes,
        home=HOME,
        otlp_grpc=f"{place.host_of(GATEWAY)}:{OTLP_GRPC_PORT}",
        otlp_grpc_port=OTLP_GRPC_PORT,
    )


def _upstream(service: str, host: str) -> str:
    server = f"zone {service} 64k;\n        server {host}:{SERVICE_PORT} resolve;"
    return f"    upstream {service} {{\n        {server}\n        keepalive 64;\n    }}\n"


def _pattern(route: Route) -> str:
    method = route.method or "[A-Z]+"
    return f"~^{method} {re.escape(route.path)}{'$' if route.exact else '(/|$)'}"


if __name__ == "__main__":
    sys.stdout.write(render_nginx())
