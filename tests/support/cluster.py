"""As much of Kubernetes' API as Helm asks of it: objects are kept and counted as ready at once, and nothing runs.

It answers on loopback, and tells in which order objects were made, changed and deleted.
"""

from __future__ import annotations

import itertools
import json
import queue
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlsplit
from uuid import uuid4

_KINDS = {
    "v1": ("ConfigMap", "PersistentVolumeClaim", "Pod", "Secret", "Service"),
    "apps/v1": ("Deployment", "ReplicaSet", "StatefulSet"),
    "autoscaling/v2": ("HorizontalPodAutoscaler",),
    "batch/v1": ("CronJob", "Job"),
    "networking.k8s.io/v1": ("Ingress", "NetworkPolicy"),
    "policy/v1": ("PodDisruptionBudget",),
}
NAMESPACE = "production"
"""The only one that there is."""
_NAMESPACED = re.compile(
    rf"/apis?/(?P<version>[^/]+(/v\d+)?)/namespaces/{NAMESPACE}/(?P<plural>\w+)(/(?P<name>[^/]+))?$"
)
_WATCHED_S = 60.0
_ALL_TOLD = {"resourceVersion": "1", "annotations": {"k8s.io/initial-events-end": "true"}}
"""Tells a client that it has been told of every object that was there."""


class Step(NamedTuple):
    """What was done to an object: `created`, `changed` or `deleted`."""

    done: str
    kind: str
    name: str


@dataclass
class Cluster:
    """The objects of one namespace by kind and name, and every step so far; of jobs, those in `failing` fail."""

    objects: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    steps: list[Step] = field(default_factory=list)
    failing: set[str] = field(default_factory=set)
    url: str = ""

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._versions = itertools.count(1)
        self._watching: list[tuple[str, queue.SimpleQueue[dict[str, Any]]]] = []

    @property
    def kubeconfig(self) -> str:
        """The configuration by which Helm finds it."""
        return json.dumps(
            {
                "apiVersion": "v1",
                "kind": "Config",
                "clusters": [{"name": "here", "cluster": {"server": self.url}}],
                "users": [{"name": "here", "user": {}}],
                "contexts": [{"name": "here", "context": {"cluster": "here", "user": "here"}}],
                "current-context": "here",
            }
        )

    def put(self, found: dict[str, Any]) -> dict[str, Any]:
        """Keep an object as it is now, in the state that it would reach."""
        with self._lock:
            kind, name = found["kind"], found["metadata"]["name"]
            former = self.objects.get((kind, name))
            uid = former["metadata"]["uid"] if former else str(uuid4())
            found["metadata"] |= {"uid": uid, "resourceVersion": str(next(self._versions)), "generation": 1}
            found["status"] = self._status(found)
            self.objects[kind, name] = found
            self._tell("changed" if former else "created", found)
        return found

    def delete(self, kind: str, name: str) -> bool:
        """Forget an object; False where there is none."""
        with self._lock:
            found = self.objects.pop((kind, name), None)
            if found is not None:
                self._tell("deleted", found)
        return found is not None

    def watch(self, kind: str) -> Iterator[dict[str, Any]]:
        """Yield what happens to objects of the kind from now on, for a while."""
        events: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        with self._lock:
            self._watching.append((kind, events))
            known = [found for (of, _), found in self.objects.items() if of == kind]
        yield from ({"type": "ADDED", "object": found} for found in known)
        yield {"type": "BOOKMARK", "object": {"apiVersion": _version_of(kind), "kind": kind, "metadata": _ALL_TOLD}}
        end = time.monotonic() + _WATCHED_S
        while time.monotonic() < end:
            yield events.get(timeout=_WATCHED_S)

    def _tell(self, done: str, found: dict[str, Any]) -> None:
        self.steps.append(Step(done, found["kind"], found["metadata"]["name"]))
        words = {"created": "ADDED", "changed": "MODIFIED", "deleted": "DELETED"}
        for kind, events in self._watching:
            if kind == found["kind"]:
                events.put({"type": words[done], "object": found})

    def _status(self, found: dict[str, Any]) -> dict[str, Any]:
        count = found.get("spec", {}).get("replicas", 1)
        match found["kind"]:
            case "Job":
                end = "Failed" if found["metadata"]["name"] in self.failing else "Complete"
                return {
                    "conditions": [{"type": end, "status": "True"}],
                    "failed" if end == "Failed" else "succeeded": 1,
                }
            case "Deployment" | "StatefulSet":
                counted = ("replicas", "readyReplicas", "updatedReplicas", "availableReplicas", "currentReplicas")
                conditions = [{"type": "Available", "status": "True"}]
                return {"observedGeneration": 1, "conditions": conditions, **dict.fromkeys(counted, count)}
            case "PodDisruptionBudget":
                return {"observedGeneration": 1, "conditions": [{"type": "DisruptionAllowed", "status": "True"}]}
        return {}


@contextmanager
def running_cluster() -> Iterator[Cluster]:
    """Serve a cluster without objects until the block ends."""
    cluster = Cluster()

    class Handler(_Handler):
        api = cluster

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    cluster.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield cluster
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    """One connection of Helm's; the names of methods are those that Python's server calls."""

    api: Cluster
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        path, query = self._asked()
        if (described := _described(path)) is not None:
            self._answer(described)
        elif (found := _NAMESPACED.match(path)) is None:
            self._refuse(404, "NotFound")
        elif found["name"]:
            self._answer_object(_kind_of(found["plural"]), found["name"])
        elif query.get("watch") in {"1", "true"}:
            self._stream(_kind_of(found["plural"]))
        else:
            self._list(_kind_of(found["plural"]), found["version"])

    def do_POST(self) -> None:
        sent = self._sent()
        if (sent["kind"], sent["metadata"]["name"]) in self.api.objects:
            self._refuse(409, "AlreadyExists")
        else:
            self._answer(self.api.put(sent), 201)

    def do_PATCH(self) -> None:
        """Take an object whole, as server-side apply sends it."""
        sent = self._sent()
        assert "apply-patch" in self.headers["Content-Type"], self.headers["Content-Type"]
        self._answer(self.api.put(sent))

    def do_DELETE(self) -> None:
        self._sent()
        found = _NAMESPACED.match(self._asked()[0])
        assert found is not None
        if self.api.delete(_kind_of(found["plural"]), found["name"]):
            self._answer({"kind": "Status", "apiVersion": "v1", "status": "Success"})
        else:
            self._refuse(404, "NotFound")

    def _asked(self) -> tuple[str, dict[str, str]]:
        parts = urlsplit(self.path)
        return parts.path.rstrip("/"), dict(parse_qsl(parts.query))

    def _sent(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or b"{}")
        return found

    def _answer_object(self, kind: str, name: str) -> None:
        if (known := self.api.objects.get((kind, name))) is None:
            self._refuse(404, "NotFound")
        else:
            self._answer(known)

    def _list(self, kind: str, version: str) -> None:
        items = [found for (of, _), found in list(self.api.objects.items()) if of == kind]
        self._answer(
            {"kind": f"{kind}List", "apiVersion": version, "metadata": {"resourceVersion": "1"}, "items": items}
        )

    def _stream(self, kind: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.flush()
        try:
            for event in self.api.watch(kind):
                self.wfile.write(json.dumps(event).encode() + b"\n")
                self.wfile.flush()
        except (OSError, queue.Empty):
            self.close_connection = True

    def _answer(self, content: dict[str, Any], status: int = 200) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _refuse(self, status: int, reason: str) -> None:
        self._answer(
            {"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": reason, "code": status}, status
        )


def _plural_of(kind: str) -> str:
    return (
        kind.lower().removesuffix("y") + "ies"
        if kind.endswith("y")
        else kind.lower() + ("es" if kind.endswith("s") else "s")
    )


def _kind_of(plural: str) -> str:
    return next(kind for kinds in _KINDS.values() for kind in kinds if _plural_of(kind) == plural)


def _version_of(kind: str) -> str:
    return next(version for version, kinds in _KINDS.items() if kind in kinds)


def _described(path: str) -> dict[str, Any] | None:
    """What the API says of itself at a path: its version, its kinds, and that it checks fields itself."""
    places = {("/apis/" if "/" in version else "/api/") + version: version for version in _KINDS}
    if path == "/version":
        return {"major": "1", "minor": "37", "gitVersion": "v1.37.0"}
    if path == "/api":
        return {"kind": "APIVersions", "versions": ["v1"]}
    if path == "/apis":
        return {"kind": "APIGroupList", "apiVersion": "v1", "groups": [_group(one) for one in _KINDS if "/" in one]}
    if path == "/openapi/v3":
        return {"paths": {place[1:]: {"serverRelativeURL": f"/openapi/v3{place}"} for place in places}}
    if path.removeprefix("/openapi/v3") in places and path.startswith("/openapi"):
        return _fields(path.removeprefix("/openapi/v3"), places[path.removeprefix("/openapi/v3")])
    return _resources(places[path]) if path in places else None


def _group(version: str) -> dict[str, Any]:
    entry = {"groupVersion": version, "version": version.partition("/")[2]}
    return {"name": version.partition("/")[0], "versions": [entry], "preferredVersion": entry}


def _resources(version: str) -> dict[str, Any]:
    verbs = ["create", "delete", "get", "list", "patch", "watch"]
    resources = [
        {"name": _plural_of(kind), "namespaced": True, "kind": kind, "verbs": verbs} for kind in _KINDS[version]
    ]
    return {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": version, "resources": resources}


def _fields(place: str, version: str) -> dict[str, Any]:
    group, _, number = version.rpartition("/")
    parameters = [{"name": "fieldValidation", "in": "query", "schema": {"type": "string"}}]
    paths = {
        f"{place}/namespaces/{{namespace}}/{_plural_of(kind)}/{{name}}": {
            "patch": {
                "x-kubernetes-group-version-kind": {"group": group, "version": number, "kind": kind},
                "parameters": parameters,
                "responses": {},
            }
        }
        for kind in _KINDS[version]
    }
    return {"openapi": "3.0.0", "info": {"title": "Kubernetes", "version": "1.37"}, "paths": paths}
