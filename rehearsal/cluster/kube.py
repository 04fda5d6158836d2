"""A small Kubernetes API client, for the daemon and for the shell's kubectl.

Only what these two need: JSON requests over one kept TLS connection, server-side apply, discovery. ``requests`` cannot
verify a certificate against another name than the one it dials, which ``tls-server-name`` asks for.
"""

from __future__ import annotations

import base64
import http.client
import json
import os
import socket
import ssl
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import yaml

FIELD_MANAGER = "rehearsal"
TIMEOUT = 30.0  # seconds for one request
DISCOVERY = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"


class KubeError(Exception):
    """The API server refused a request; ``status`` is the HTTP status, the message is the server's own."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True)
class Resource:
    """One kind as discovery lists it."""

    group: str
    version: str
    plural: str
    singular: str
    kind: str
    namespaced: bool
    short_names: tuple[str, ...]

    @property
    def api_version(self) -> str:
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def full_name(self) -> str:
        """ "nodes", "netconfigs.network.openstack.org"."""
        return f"{self.plural}.{self.group}" if self.group else self.plural

    def path(self, namespace: str | None = None, name: str | None = None) -> str:
        """The REST path of an object or list; ``namespace`` None of a namespaced kind means all namespaces."""
        parts = ["/apis" if self.group else "/api", self.api_version]
        if self.namespaced and namespace:
            parts += ["namespaces", quote(namespace, safe="")]
        parts.append(self.plural)
        if name:
            parts.append(quote(name, safe=""))
        return "/".join(parts)


class Kube:
    """One API server. Not thread-safe. Raises KubeError for refusals and OSError where nothing answers."""

    def __init__(self, server: str, context: ssl.SSLContext, tls_server_name: str | None = None) -> None:
        url = urlsplit(server)
        if not url.hostname:
            raise ValueError(f"not a server URL: {server}")
        self.server = server
        self._connection = _Connection(url.hostname, url.port or 443, context, tls_server_name)
        self._discovered: list[Resource] | None = None

    @classmethod
    def from_files(cls, server: str, ca: Path, cert: Path, key: Path) -> Kube:
        """Access with a client certificate from PEM files."""
        context = ssl.create_default_context(cafile=str(ca))
        context.load_cert_chain(cert, key)
        return cls(server, context)

    @classmethod
    def from_kubeconfig(cls, path: Path, named: str | None = None) -> Kube:
        """Access as a context of a kubeconfig with embedded data, by default the current one. Raises OSError, KeyError,
        ValueError."""
        config = yaml.safe_load(path.read_text())
        context = _named(config["contexts"], named or config["current-context"])["context"]
        cluster = _named(config["clusters"], context["cluster"])["cluster"]
        user = _named(config["users"], context["user"])["user"]
        tls = ssl.create_default_context(cadata=base64.b64decode(cluster["certificate-authority-data"]).decode())
        descriptor, name = tempfile.mkstemp(prefix="rehearsal-")  # ssl reads key pairs from files only
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(base64.b64decode(user["client-certificate-data"]) + b"\n")
                file.write(base64.b64decode(user["client-key-data"]))
            tls.load_cert_chain(name)
        finally:
            Path(name).unlink()
        return cls(cluster["server"], tls, cluster.get("tls-server-name"))

    def request(
        self,
        method: str,
        path: str,
        body: object = None,
        content: str = "application/json",
        accept: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> Any:
        """Send one request, return the parsed JSON (or the text, where the server sends text)."""
        headers = {"Accept": accept or "application/json", "Content-Type": content, **(headers or {})}
        payload = None if body is None else json.dumps(body).encode()
        try:
            response = self._send(method, path, payload, headers)
            text = response.read().decode()
        except (http.client.HTTPException, OSError) as error:
            self._connection.close()
            if isinstance(error, OSError):
                raise
            raise OSError(f"broken HTTP answer from {self.server}: {error}") from error
        is_json = response.headers.get_content_type() == "application/json"
        parsed = json.loads(text) if is_json else text
        if response.status >= 400:
            message = parsed.get("message", text) if isinstance(parsed, dict) else text.strip()
            raise KubeError(response.status, message)
        return parsed

    def read(self, path: str, accept: str) -> bytes:
        """What a GET answers, as it comes; raises KubeError without the server's words, and OSError."""
        try:
            response = self._send("GET", path, None, {"Accept": accept})
            body = response.read()
        except http.client.HTTPException as error:
            self._connection.close()
            raise OSError(f"broken HTTP answer from {self.server}: {error}") from error
        if response.status >= 400:
            raise KubeError(response.status, f"GET {path}: {response.status} {response.reason}")
        return body

    def _send(
        self, method: str, path: str, payload: bytes | None, headers: Mapping[str, str]
    ) -> http.client.HTTPResponse:
        """Send and take the head of the answer; on a new connection when the server has closed the kept one."""
        kept = self._connection.sock is not None
        try:
            self._connection.request(method, path, payload, headers)
            return self._connection.getresponse()
        except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError):
            self._connection.close()
            if not kept or method == "POST":  # anything else may be sent twice
                raise
        self._connection.request(method, path, payload, headers)
        return self._connection.getresponse()

    def apply(self, obj: Mapping[str, Any], subresource: str = "", manager: str = FIELD_MANAGER) -> Any:
        """Server-side apply of one object, optionally of its ``status`` subresource."""
        metadata = obj["metadata"]
        resource = self.resource_of(str(obj["apiVersion"]), str(obj["kind"]))
        namespace = metadata.get("namespace", "default") if resource.namespaced else None
        path = resource.path(namespace, metadata["name"]) + (f"/{subresource}" if subresource else "")
        query = f"?fieldManager={manager}&force=true"
        return self.request("PATCH", path + query, obj, "application/apply-patch+yaml")

    def resource_of(self, api_version: str, kind: str) -> Resource:
        """The resource of a kind; asks discovery again once, for kinds that came later. Raises KubeError."""
        for fresh in (False, True):
            for resource in self.resources(fresh):
                if (resource.api_version, resource.kind) == (api_version, kind):
                    return resource
        raise KubeError(404, f"the server has no kind {kind} in {api_version}")

    def resources(self, fresh: bool = False) -> list[Resource]:
        """Every kind that the server serves, preferred versions first; kept until ``fresh`` is asked for."""
        if self._discovered is None or fresh:
            self._discovered = [
                found
                for root in ("/api", "/apis")
                for group in self.request("GET", root, accept=DISCOVERY)["items"]
                for version in group["versions"]
                for found in _resources(group.get("metadata", {}).get("name", ""), version)
            ]
        return self._discovered


class _Connection(http.client.HTTPSConnection):
    """HTTPS that verifies ``name`` while dialling ``host``."""

    def __init__(self, host: str, port: int, context: ssl.SSLContext, name: str | None) -> None:
        super().__init__(host, port, context=context, timeout=TIMEOUT)
        self._tls, self._name = context, name or host

    def connect(self) -> None:
        plain = socket.create_connection((self.host, self.port), self.timeout)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock = self._tls.wrap_socket(plain, server_hostname=self._name)


def _resources(group: str, version: Mapping[str, Any]) -> list[Resource]:
    return [
        Resource(
            group,
            version["version"],
            entry["resource"],
            entry.get("singularResource", ""),
            entry.get("responseKind", {}).get("kind", ""),
            entry["scope"] == "Namespaced",
            tuple(entry.get("shortNames", ())),
        )
        for entry in version.get("resources", ())
    ]


def _named(entries: list[dict[str, Any]], name: str) -> dict[str, Any]:
    for entry in entries:
        if entry["name"] == name:
            return entry
    raise KeyError(f"the kubeconfig has no entry {name}")
