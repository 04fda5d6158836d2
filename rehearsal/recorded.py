"""An API server that holds objects as they were recorded, at the address of the cluster that they were recorded from.

It answers where that cluster can't be reached. Objects are written behind the API server into its etcd, so that each
keeps uid, generation and field managers, which no request could set; definitions go through the API like everybody's.
Nothing acts on them: there are no controllers, no operators and no webhooks.
"""

from __future__ import annotations

import base64
import http.client
import json
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import Any, TypeAlias
from urllib.parse import urlsplit

from rehearsal.cluster.controlplane import ControlPlane
from rehearsal.cluster.install import Install
from rehearsal.cluster.kube import Kube, KubeError
from rehearsal.openshift_install.certificates import Authority, signing_pair

Object: TypeAlias = Mapping[str, Any]

ESTABLISHED_SECONDS = 120.0  # each definition costs some tenths of a CPU second
_POLL_SECONDS = 0.05
_DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
_LOOPBACK = "127.0.0.1"
_DESCRIPTION = "application/com.github.proto-openapi.spec.v2@v1.0+protobuf"  # as client-go's discovery asks for it
_ADMINISTRATOR = ("ca.crt", "admin.crt", "admin.key")
# What pkg/registry/core of kube-apiserver keeps under another name than the plural.
_KEPT_AS = {"services": "services/specs", "endpoints": "services/endpoints", "nodes": "minions"}


@dataclass(frozen=True)
class Credentials:
    """PEM texts of an administrator: the server's authority, and a certificate with its key."""

    ca: str
    certificate: str
    key: str


class Recorded:
    """The running server; see :func:`serving`."""

    def __init__(self, kube: Kube, etcd: str, directory: Path) -> None:
        self._files = [directory / name for name in _ADMINISTRATOR]
        self.credentials = Credentials(*(file.read_text(encoding="ascii") for file in self._files))
        self._kube = kube
        self._etcd = etcd
        self._groups: set[str] = set()

    def define(self, definitions: Sequence[Object]) -> None:
        """Make these CustomResourceDefinitions and wait until their kinds are served.

        Raises KubeError, OSError, and TimeoutError after ESTABLISHED_SECONDS.
        """
        for definition in definitions:
            self._kube.request("POST", _DEFINITIONS, definition)
        self._groups |= {item["spec"]["group"] for item in definitions}
        wanted = {(item["spec"]["group"], item["spec"]["names"]["kind"]) for item in definitions}
        deadline = time.monotonic() + ESTABLISHED_SECONDS
        while missing := wanted - {(found.group, found.kind) for found in self._kube.resources(fresh=True)}:
            if time.monotonic() > deadline:
                raise TimeoutError(f"not served after {ESTABLISHED_SECONDS:.0f} s: {sorted(missing)}")
            time.sleep(_POLL_SECONDS)

    def write(self, objects: Iterable[Object]) -> int:
        """Put each object into etcd as it is, and the namespaces that they lie in; returns how many were written.

        Raises KubeError for an object of a kind that is not served, and OSError.
        """
        objects = list(objects)
        namespaces = {item["metadata"].get("namespace") for item in objects} - {None}
        namespaces -= {item["metadata"]["name"] for item in objects if item["kind"] == "Namespace"}
        url = urlsplit(self._etcd)
        connection = http.client.HTTPConnection(str(url.hostname), url.port, timeout=30)
        try:
            for item in (*map(_namespace, sorted(map(str, namespaces))), *objects):
                _put(connection, self._key(item), json.dumps(item))
        finally:
            connection.close()
        return len(objects)

    def describe(self) -> None:
        """Have the server put its description of all kinds together, which takes seconds of one core; returns at once.

        The Kubernetes plugin asks for it before anything else, and waits. Only time depends on how far it has come.
        """
        own = Kube.from_files(self._kube.server, *self._files)
        Thread(target=_described, args=(own,), daemon=True).start()

    def _key(self, item: Object) -> str:
        """Where the API server keeps an object: only of kinds that a definition brings the group is in the key."""
        resource = self._kube.resource_of(item["apiVersion"], item["kind"])
        parts = ["/registry", *([resource.group] if resource.group in self._groups else [])]
        parts.append(_KEPT_AS.get(resource.plural, resource.plural) if not resource.group else resource.plural)
        if resource.namespaced:
            parts.append(item["metadata"]["namespace"])
        return "/".join([*parts, item["metadata"]["name"]])


def _described(kube: Kube) -> None:
    with suppress(OSError, KubeError):
        kube.read("/openapi/v2", _DESCRIPTION)


def _namespace(name: str) -> Object:
    return {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {"name": name, "labels": {"kubernetes.io/metadata.name": name}},
        "spec": {"finalizers": ["kubernetes"]},
        "status": {"phase": "Active"},
    }


def _put(connection: http.client.HTTPConnection, key: str, value: str) -> None:
    """One key by etcd's JSON gateway."""
    body = {name: base64.b64encode(text.encode()).decode() for name, text in (("key", key), ("value", value))}
    connection.request("POST", "/v3/kv/put", json.dumps(body), {"Content-Type": "application/json"})
    response = connection.getresponse()
    said = response.read().decode(errors="replace")
    if response.status != 200:
        raise OSError(f"etcd did not take {key}: {response.status} {said[:200]}")


@contextmanager
def serving(directory: Path, address: str, names: Sequence[str] = ()) -> Iterator[Recorded]:
    """The server at https://`address`:6443, known by `names` (DNS) too; `directory`, which is made, is for its files.

    To be run inside an embedded host, for the address is put on its loopback interface.

    Raises StartError, NoInterfaceError or MissingBinaryError when it does not come up.
    """
    directory.mkdir(mode=0o700)
    _payload(directory, address, names)
    plane = ControlPlane(Install("review", directory, "", "", address, "", _LOOPBACK, (), 0.0))
    try:
        kube = plane.start(stopping=lambda: False)
        yield Recorded(kube, plane.etcd, directory)
    finally:
        plane.stop()


def _payload(directory: Path, address: str, names: Sequence[str]) -> None:
    """Write the PEM files that a control plane wants beside it."""
    servers, clients = Authority("server-ca"), Authority("client-ca")
    files = {"ca.crt": servers.pem, "client-ca.crt": clients.pem}
    files["sa.key"], files["sa.pub"] = signing_pair()
    files["apiserver.crt"], files["apiserver.key"] = servers.server("kube-apiserver", [address, *names])
    files["admin.crt"], files["admin.key"] = clients.client("system:admin", "system:masters")
    for name, content in files.items():
        file = directory / name
        file.touch(mode=0o600)
        file.write_bytes(content)
