"""Builds the JSON document that the gate reads: pure functions from names to dicts, for the program to import.

``document(...)`` is what goes to standard input (after ``json.dumps``); the other functions make its parts: here those
for any object, in ``spec_kinds`` those that know one kind of object. It is kept next to the reader and round-tripped by
a test, so that the two cannot drift apart.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from typing import Any

from .paths import path as path
from .spec_kinds import accepts as accepts
from .spec_kinds import control_plane as control_plane
from .spec_kinds import csv as csv
from .spec_kinds import data_plane_deployment as data_plane_deployment
from .spec_kinds import ended_pods as ended_pods
from .spec_kinds import endpoints as endpoints
from .spec_kinds import interfaces as interfaces
from .spec_kinds import job as job
from .spec_kinds import lvm_cluster as lvm_cluster
from .spec_kinds import no_running_deployment as no_running_deployment
from .spec_kinds import pods as pods
from .spec_kinds import policies as policies
from .spec_kinds import release as release


def document(what: str, api: Mapping[str, Any], wait: Iterable[Mapping[str, Any]], timeout: float) -> dict[str, Any]:
    """The whole document: ``what`` names the layer in messages, ``timeout`` is in seconds."""
    return {"what": what, "timeout": timeout, "api": dict(api), "wait": [dict(check) for check in wait]}


def api(
    server: str,
    ca: str | None,
    cert: str | None = None,
    key: str | None = None,
    token: str | None = None,
    tls_server_name: str | None = None,
) -> dict[str, Any]:
    """Access to the API server; ``ca``, ``cert`` and ``key`` are PEM texts. Without ``ca`` the server's certificate is
    checked by the system's authorities. The result is secret."""
    return {"server": server, "ca": ca, "cert": cert, "key": key, "token": token, "tls_server_name": tls_server_name}


def api_from_kubeconfig(kubeconfig: Mapping[str, Any]) -> dict[str, Any]:
    """Access as the current context of a parsed kubeconfig has it (embedded ``*-data`` only). The result is secret.

    Raises KeyError when the context, its cluster or its user is not in the file.
    """
    context = _named(kubeconfig, "contexts", kubeconfig["current-context"])["context"]
    cluster = _named(kubeconfig, "clusters", context["cluster"])["cluster"]
    user = _named(kubeconfig, "users", context["user"])["user"]
    return api(
        server=cluster["server"],
        ca=_decoded(cluster["certificate-authority-data"]) if "certificate-authority-data" in cluster else None,
        cert=_decoded(user["client-certificate-data"]) if "client-certificate-data" in user else None,
        key=_decoded(user["client-key-data"]) if "client-key-data" in user else None,
        token=user.get("token"),
        tls_server_name=cluster.get("tls-server-name"),
    )


def failure(type: str, status: str, reason: str | None = None) -> dict[str, Any]:
    """A condition after which waiting is pointless; ``reason`` None stands for every reason."""
    return {"type": type, "status": status, "reason": reason}


def condition(
    type: str,
    status: str = "True",
    failed_when: Iterable[Mapping[str, Any]] = (),
    observed_generation: bool = True,
) -> dict[str, Any]:
    """A condition to wait for, used by :func:`has_condition` and :func:`members`."""
    return {
        "type": type,
        "status": status,
        "failed_when": [dict(item) for item in failed_when],
        "observed_generation": observed_generation,
    }


def exists(name: str, path: str) -> dict[str, Any]:
    """The object is there."""
    return {"kind": "exists", "name": name, "path": path}


def has_condition(name: str, path: str, condition: Mapping[str, Any]) -> dict[str, Any]:
    """The object has the condition. ``name`` is for messages: "NNCP worker-3"."""
    return {"kind": "condition", "name": name, "path": path, "condition": dict(condition)}


def field(
    name: str, path: str, field: str, equals: str, failed: Iterable[str] = (), message: str | None = None
) -> dict[str, Any]:
    """A field such as ``status.phase`` has a value; one of ``failed`` ends the wait with the text of ``message``."""
    return {
        "kind": "field",
        "name": name,
        "path": path,
        "field": field,
        "equals": equals,
        "failed": list(failed),
        "message": message,
    }


def members(name: str, path: str, names: Iterable[str], condition: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """A list holds exactly ``names``, each with the condition. ``name`` is one member's kind for messages: "Node"."""
    return {
        "kind": "members",
        "name": name,
        "path": path,
        "names": list(names),
        "condition": None if condition is None else dict(condition),
    }


def crd(name: str) -> dict[str, Any]:
    """A CustomResourceDefinition ("netconfigs.network.openstack.org") is served.

    A clash of names is not terminal here: it goes away when the other definition does.
    """
    return has_condition(
        f"CRD {name}",
        path("apiextensions.k8s.io/v1", "customresourcedefinitions", name),
        condition("Established"),
    )


def nodes(names: Iterable[str]) -> dict[str, Any]:
    """The cluster has exactly these nodes and every one is Ready."""
    return members("Node", path("v1", "nodes"), names, condition("Ready"))


def _named(kubeconfig: Mapping[str, Any], section: str, name: str) -> Mapping[str, Any]:
    for entry in kubeconfig[section]:
        if entry["name"] == name:
            found: Mapping[str, Any] = entry
            return found
    raise KeyError(f"kubeconfig has no {name} in {section}")


def _decoded(data: str) -> str:
    return base64.b64decode(data).decode()
