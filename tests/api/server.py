"""A real API server that holds upstream's definitions, and what it says to objects that are only tried on it.

etcd and kube-apiserver are the rehearsal's own, without its installation around them: no nodes, no controllers.
"""

from __future__ import annotations

import itertools
import os
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from rehearsal.cluster import address
from rehearsal.cluster.controlplane import ControlPlane
from rehearsal.cluster.install import Install
from rehearsal.cluster.kube import Kube, KubeError
from tests.cluster.fake_machines import PATIENCE, Authority, private_pem
from tests.manifests.crd_schema import documents

Object = Mapping[str, Any]

_NUMBERS = itertools.count(1)
_DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
_EXISTS = 409


@dataclass(frozen=True)
class Definitions:
    """A set of custom resource definitions; those in later directories win."""

    name: str
    directories: tuple[Path, ...]


class Server:
    """A client of the running server, which gets each definition when an object first needs it: all would take long."""

    def __init__(self, kube: Kube, definitions: Definitions) -> None:
        self._kube = kube
        self._definitions = {
            (document["spec"]["group"], document["spec"]["names"]["kind"]): document
            for document in documents(*definitions.directories).values()
        }
        self._namespaces: set[str] = set()

    def dry_run(self, objects: Iterable[Object]) -> list[str]:
        """What the server says against making each of the objects; nothing of them stays.

        Namespaces that they lie in are made for it and do stay.
        """
        objects = list(objects)
        self._define({(item["apiVersion"].partition("/")[0], item["kind"]) for item in objects})
        return [complaint for item in objects for complaint in self._complaints(item)]

    def _define(self, kinds: set[tuple[str, str]]) -> None:
        new = kinds & self._definitions.keys()
        if not new:
            return
        for kind in new:
            self._kube.request("POST", _DEFINITIONS, self._definitions.pop(kind))
        deadline = time.monotonic() + PATIENCE
        while missing := new - {(found.group, found.kind) for found in self._kube.resources(fresh=True)}:
            assert time.monotonic() < deadline, f"not served after {PATIENCE:.0f} s: {sorted(missing)}"
            time.sleep(0.05)

    def _complaints(self, item: Object) -> Iterator[str]:
        metadata = item["metadata"]
        try:
            self._ensure(metadata.get("namespace"))
            resource = self._kube.resource_of(item["apiVersion"], item["kind"])
            path = resource.path(metadata.get("namespace")) + "?dryRun=All&fieldValidation=Strict"
            self._kube.request("POST", path, item)
        except KubeError as refusal:
            # A namespace that was made for another object: the server says so only when nothing else is wrong.
            if (refusal.status, item["kind"]) != (_EXISTS, "Namespace"):
                yield f"{item['kind']} {metadata['name']}: {refusal}"

    def _ensure(self, namespace: str | None) -> None:
        if namespace and namespace not in self._namespaces:
            self._kube.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}})
            self._namespaces.add(namespace)


@contextmanager
def running(engine: Path, directory: Path, definitions: Definitions) -> Iterator[Server]:
    """A server with these definitions; its data, logs and keys lie in ``directory``.

    Fails, and does not skip, where a program of the engine is missing.
    """
    plane = ControlPlane(_install(directory))
    try:
        with _on_loopback(engine):
            kube = plane.start(stopping=lambda: False)
        yield Server(kube, definitions)
    finally:
        with _on_loopback(engine):
            plane.stop()


@contextmanager
def _on_loopback(engine: Path) -> Iterator[None]:
    """All of 127.0.0.0/8 is on the loopback interface as it is: nothing is put there, and no rights are needed."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RHOSO_ENGINE", str(engine))
        patch.setattr(address, "put", lambda ip, interface: None)
        patch.setattr(address, "take", lambda ip, interface: None)
        yield


def _install(directory: Path) -> Install:
    """An installation without machines, and the PEM files that a control plane wants beside it."""
    # Of this process and server alone, for two must not meet on the API's port.
    ip = f"127.{next(_NUMBERS)}.{os.getpid() // 254 % 254}.{os.getpid() % 254 + 1}"
    servers, clients = Authority("server-ca"), Authority("client-ca")
    account = ec.generate_private_key(ec.SECP256R1())
    public = serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    files = {
        "ca.crt": servers.pem,
        "client-ca.crt": clients.pem,
        "sa.key": private_pem(account),
        "sa.pub": account.public_key().public_bytes(*public),
    }
    files["apiserver.crt"], files["apiserver.key"] = servers.issue("kube-apiserver", names=[ip])
    files["admin.crt"], files["admin.key"] = clients.issue("system:admin", group="system:masters")
    for name, content in files.items():
        (directory / name).write_bytes(content)
        (directory / name).chmod(0o600)
    return Install("api", directory, "lab", "example.com", ip, "127.0.0.0/8", ip, (), 0.0)
