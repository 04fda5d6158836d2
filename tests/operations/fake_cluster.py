"""An HTTPS API server in this process that keeps what is written to it, and lets a test play the controllers."""

from __future__ import annotations

import io
import itertools
import json
import ssl
import threading
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from operations.__main__ import STEPS
from operations.cluster import Cluster
from operations.document import Keys
from readiness import spec
from tests.readiness.fake_api import NAME, pair

Object = dict[str, Any]
NAMESPACE = "openstack"
JOBS = f"/apis/batch/v1/namespaces/{NAMESPACE}/jobs"
PODS = f"/api/v1/namespaces/{NAMESPACE}/pods"
DEPLOYMENTS = f"/apis/dataplane.openstack.org/v1beta1/namespaces/{NAMESPACE}/openstackdataplanedeployments"


class FakeCluster:
    """``objects`` by path. ``controllers`` run after every request, so that the world goes on while a step waits.

    ``trouble[method, path]`` holds answers that come first: (status, message), "drop" (no answer), or "lost" (done, but
    no answer). ``writes`` has every request that changed something, as (method, name of the object).
    """

    def __init__(self, directory: Path) -> None:
        self.objects: dict[str, Object] = {}
        self.controllers: list[Callable[[FakeCluster], None]] = []
        self.trouble: dict[tuple[str, str], list[Any]] = defaultdict(list)
        self.writes: list[tuple[str, str]] = []
        self.requests = 0
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()
        self.certificate, key = pair("kube-apiserver", [NAME])
        (directory / "server.pem").write_text(self.certificate + key)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(directory / "server.pem")
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    @property
    def api(self) -> Object:
        """What a document says of it."""
        url = f"https://127.0.0.1:{self._server.server_address[1]}"
        return spec.api(url, self.certificate, token="t0ken", tls_server_name=NAME)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def add(self, collection: str, name: str, **parts: Any) -> Object:
        """An object that is there already."""
        number = next(self._numbers)
        made: Object = {**parts, "metadata": {"name": name, "generation": 1, "uid": f"uid-{number}"}}
        made["metadata"] |= {"creationTimestamp": f"2030-01-01T00:00:{number:02}Z", "resourceVersion": f"{number}"}
        made["metadata"] |= parts.get("metadata", {})
        self.objects[f"{collection}/{name}"] = made
        return made

    def names(self, collection: str) -> list[str]:
        """The objects of a collection, oldest first."""
        return [path.rpartition("/")[2] for path in self.objects if path.rpartition("/")[0] == collection]

    def answer(self, method: str, target: str, content_type: str, body: Any) -> Any:
        """(status, JSON), or None for no answer."""
        url = urlsplit(target)
        with self._lock:
            self.requests += 1
            turns = self.trouble[method, url.path]
            forced = turns.pop(0) if turns else None
            if isinstance(forced, tuple):
                return forced[0], {"kind": "Status", "message": forced[1]}
            if forced == "drop":
                return None
            done = self._do(method, url.path, parse_qs(url.query), content_type, body)
            for controller in self.controllers:
                controller(self)
            return None if forced == "lost" else done

    def _do(self, method: str, path: str, query: dict[str, list[str]], content_type: str, body: Any) -> Any:
        if method == "GET":
            return self._get(path, query)
        if method == "POST":
            return self._post(path, content_type, body)
        if method == "PATCH":
            return self._patch(path, query, content_type, body)
        if path not in self.objects:
            return 404, {"message": "not found"}
        assert body["propagationPolicy"] == "Background"
        return self._end(method, path, body)

    def _end(self, method: str, path: str, options: Object) -> Any:
        """Delete or evict: an object with finalizers only begins to go; a pod's end is its node's to say."""
        if path not in self.objects:
            return 404, {"message": "not found"}
        metadata = self.objects[path]["metadata"]
        if options.get("preconditions", {}).get("uid", metadata["uid"]) != metadata["uid"]:
            return 409, {"message": "the UID in the precondition does not match the UID in record"}
        if options.get("dryRun"):
            return 201, {"kind": "Status", "status": "Success"}
        self.writes.append((method, path.rpartition("/")[2]))
        if metadata.get("finalizers") or method == "EVICT":
            metadata.setdefault("deletionTimestamp", "2030-01-02T00:00:00Z")
        else:
            self.objects.pop(path)
        return 200, {"kind": "Status", "status": "Success"}

    def _get(self, path: str, query: dict[str, list[str]]) -> Any:
        if path in self.objects:
            return 200, self.objects[path]
        if path == "/api/v1/pods":
            return 200, {"kind": "List", "items": [pod for pod in self.pods() if _selected(pod, query)]}
        members = [obj for its, obj in self.objects.items() if its.rpartition("/")[0] == path]
        for wanted in query.get("labelSelector", []):
            key, _, value = wanted.partition("=")
            members = [obj for obj in members if obj["metadata"].get("labels", {}).get(key) == value]
        known = members or path.rpartition("/")[2] in ("jobs", "pods", "installplans", "openstackdataplanedeployments")
        return (200, {"kind": "List", "items": members}) if known else (404, {"message": "not found"})

    def pods(self) -> list[Object]:
        """Those of all namespaces."""
        return [obj for path, obj in self.objects.items() if path.rpartition("/")[0].endswith("/pods")]

    def _post(self, path: str, content_type: str, body: Any) -> Any:
        name = body["metadata"]["name"]
        if content_type != "application/json":
            return 415, {"message": f"POST of {content_type}"}
        if path.endswith(f"/pods/{name}/eviction"):
            assert (body["apiVersion"], body["kind"]) == ("policy/v1", "Eviction")
            return self._end("EVICT", path.rpartition("/")[0], body["deleteOptions"])
        if f"{path}/{name}" in self.objects:
            return 409, {"message": f"{name} already exists"}
        self.writes.append(("POST", name))
        return 201, self.add(path, name, **body)

    def _patch(self, path: str, query: dict[str, list[str]], content_type: str, body: Any) -> Any:
        path = path.removesuffix("/approval") if "/certificatesigningrequests/" in path else path
        collection, _, name = path.rpartition("/")
        if not query.get("fieldManager"):
            return 400, {"message": "fieldManager is missing"}
        if content_type == "application/apply-patch+yaml":
            self.writes.append(("APPLY", name))
            return 200, self.add(collection, name, **body)
        if content_type != "application/merge-patch+json":
            return 415, {"message": f"PATCH of {content_type}"}
        if path not in self.objects:
            return 404, {"message": "not found"}
        known = self.objects[path]["metadata"]
        if any(body.get("metadata", {}).get(key, known[key]) != known[key] for key in ("uid", "resourceVersion")):
            return 409, {"message": "the object has been modified"}
        self.writes.append(("PATCH", name))
        _merge(self.objects[path], body)
        known["generation"] += 1
        known["resourceVersion"] = f"{next(self._numbers)}"
        return 200, self.objects[path]


def _merge(target: Object, change: Mapping[str, Any]) -> None:
    for key, value in change.items():
        if isinstance(value, Mapping):
            _merge(target.setdefault(key, {}), value)
        elif value is None:
            target.pop(key, None)
        else:
            target[key] = value


def _selected(pod: Object, query: Mapping[str, list[str]]) -> bool:
    """Whether a pod is on the node that a field selector names."""
    wanted = [text.partition("spec.nodeName=")[2] for text in query.get("fieldSelector", [])]
    return all(pod["spec"].get("nodeName") == node for node in wanted)


def _handler(cluster: FakeCluster) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def _any(self) -> None:
            data = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            body = json.loads(data) if data else None
            answer = cluster.answer(self.command, self.path, self.headers.get("Content-Type") or "", body)
            if answer is None:
                self.close_connection = True
                return
            status, said = answer
            reply = json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(reply)))
            self.end_headers()
            self.wfile.write(reply)

        do_GET = do_POST = do_PATCH = do_DELETE = _any

        def log_message(self, *_: object) -> None:
            pass

    return Handler


@dataclass
class Step:
    """A step in this process, without long pauses; ``progress`` has the lines of the last run, however it ended."""

    cluster: FakeCluster
    progress: list[str] = field(default_factory=list)

    def __call__(self, step: str, timeout: float = 30, **document: Any) -> Object:
        stream = io.StringIO()
        try:
            cluster = Cluster(self.cluster.api, timeout, stream, first_pause=0.01)
            return STEPS[step](Keys(f"step {step}", document), cluster)
        finally:
            self.progress = stream.getvalue().splitlines()


def condition(type: str, status: str = "True", reason: str = "", message: str = "") -> Object:
    """A condition."""
    return {"type": type, "status": status, "reason": reason, "message": message}


def conditions(*said: Object) -> Object:
    """A status with conditions."""
    return {"conditions": list(said)}


DEPLOYED = {"deployed": True, **conditions(condition("Ready"), condition("DeploymentReady"))}
GIVEN_UP = conditions(
    condition("Ready", "False", "BackoffLimitExceeded", "bootstrap failed"),
    condition("DeploymentReady", "False", "BackoffLimitExceeded", "bootstrap failed"),
)
COMPLETE = conditions(condition("Complete"))
FAILED = conditions(condition("Failed", "True", "BackoffLimitExceeded", "Job has reached the specified backoff limit"))


def ends(collection: str, name: str, status: Mapping[str, Any]) -> Callable[[FakeCluster], None]:
    """A controller that gives an object this status as soon as it is there without one."""

    def controller(cluster: FakeCluster) -> None:
        obj = cluster.objects.get(f"{collection}/{name}")
        if obj is not None:
            obj.setdefault("status", dict(status))

    return controller
