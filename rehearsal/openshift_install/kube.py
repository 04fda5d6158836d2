"""The few questions that wait-for asks the Kubernetes API, with the kubeconfig exactly as it is in the directory."""

from __future__ import annotations

import base64
import http.client
import json
import socket
import ssl
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml

from rehearsal.openshift_install.errors import InstallerError

_TIMEOUT_SECONDS = 5


class KubeError(Exception):
    """The API did not give the answer; the message says why."""


class Kube:
    """A client for one kubeconfig's current context."""

    def __init__(self, kubeconfig: Path) -> None:
        try:
            document = yaml.safe_load(kubeconfig.read_text())
            cluster, user = document["clusters"][0]["cluster"], document["users"][0]["user"]
            self._address = urlsplit(cluster["server"])
            self._name = cluster.get("tls-server-name") or self._address.hostname
            authority = base64.b64decode(cluster["certificate-authority-data"]).decode()
            self._context = ssl.create_default_context(cadata=authority)
            with tempfile.NamedTemporaryFile(prefix="rehearsal-") as pair:
                for key in ("client-certificate-data", "client-key-data"):
                    pair.write(base64.b64decode(user[key]) + b"\n")
                pair.flush()
                self._context.load_cert_chain(pair.name)
        except (OSError, ValueError, KeyError, TypeError, IndexError, yaml.YAMLError) as error:
            raise InstallerError(f"failed to load kubeconfig {kubeconfig}: {error!r}") from error

    def get(self, path: str) -> Any:
        """Return the parsed answer to GET `path`. Raises KubeError with the reason when there is none."""
        host, port = self._address.hostname or "", self._address.port or 443
        connection = http.client.HTTPConnection(host, port, timeout=_TIMEOUT_SECONDS)
        try:
            plain = socket.create_connection((host, port), timeout=_TIMEOUT_SECONDS)
            connection.sock = self._context.wrap_socket(plain, server_hostname=self._name)
            connection.request("GET", path, headers={"Accept": "application/json"})
            response = connection.getresponse()
            body = response.read()
        except (OSError, http.client.HTTPException) as error:
            raise KubeError(f"{self._address.netloc}: {error}") from error
        finally:
            connection.close()
        if response.status != 200:
            raise KubeError(f"{self._address.netloc}: {response.status} for {path}")
        try:
            return json.loads(body)
        except ValueError as error:
            raise KubeError(f"{self._address.netloc}: no JSON for {path}") from error

    def version(self) -> str:
        """Return the server's version, e.g. `v1.33.0`."""
        return str(self.get("/version")["gitVersion"])

    def bootstrap_complete(self) -> bool:
        """Say whether the node-side bootstrap has reported its end."""
        data = self.get("/api/v1/namespaces/kube-system/configmaps/bootstrap").get("data") or {}
        return bool(data.get("status") == "complete")

    def nodes(self) -> dict[str, bool]:
        """Return the registered nodes: name → Ready."""
        return {item["metadata"]["name"]: _ready(item) for item in self.get("/api/v1/nodes")["items"]}


def _ready(node: dict[str, Any]) -> bool:
    conditions = node.get("status", {}).get("conditions") or []
    return any(condition["type"] == "Ready" and condition["status"] == "True" for condition in conditions)
