"""The sub-commands; each takes parsed arguments and returns the exit code."""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

import yaml

from rehearsal.cluster.kube import Kube, KubeError, Resource

from . import printing
from .targets import Target, UsageError, targets

DELETION_SECONDS = 60.0


def get(kube: Kube, arguments: argparse.Namespace) -> int:
    """``get``: all targets; like kubectl it goes on after one that is missing and then exits with 1."""
    if arguments.raw:
        answer = kube.request("GET", arguments.raw)
        print(answer if isinstance(answer, str) else json.dumps(answer))
        return 0
    wanted = targets(kube, arguments.words)
    if arguments.output in ("json", "yaml"):
        return _documents(kube, wanted, arguments)
    code = 0
    for number, target in enumerate(wanted):
        try:
            text = _listing(kube, target, arguments)
        except KubeError as error:
            print(f"Error from server: {error}", file=sys.stderr)
            code = 1
            continue
        if number and arguments.output != "name":
            print()
        print(text) if text else _say_nothing_found(target.resource, arguments)
    return code


def apply(kube: Kube, arguments: argparse.Namespace) -> int:
    """``apply -f``: server-side, in the order of the documents."""
    for obj in _objects(arguments):
        applied = kube.apply(obj)
        print(f"{applied['kind'].lower()}/{applied['metadata']['name']} serverside-applied")
    return 0


def delete(kube: Kube, arguments: argparse.Namespace) -> int:
    """``delete``: by file or by kind and names; waits until the objects are gone unless ``--wait=false``."""
    if arguments.filename:
        found = [(kube.resource_of(obj["apiVersion"], obj["kind"]), obj["metadata"]) for obj in _objects(arguments)]
        paths = [
            resource.path(metadata.get("namespace", _namespace(arguments)), metadata["name"])
            for resource, metadata in found
        ]
    else:
        wanted = targets(kube, arguments.words)
        if any(not target.names for target in wanted):
            raise UsageError("error: delete needs names; whole lists are not deleted here")
        paths = [t.resource.path(_namespace(arguments), name) for t in wanted for name in t.names]
    for path in paths:
        kube.request("DELETE", path)
        if arguments.wait != "false":
            _wait_gone(kube, path)
        print(f'"{path.rpartition("/")[2]}" deleted')
    return 0


def api_resources(kube: Kube, arguments: argparse.Namespace) -> int:
    """``api-resources``: every kind with its short names."""
    rows = [["NAME", "SHORTNAMES", "APIVERSION", "NAMESPACED", "KIND"]]
    rows += [
        [r.plural, ",".join(r.short_names), r.api_version, str(r.namespaced).lower(), r.kind] for r in kube.resources()
    ]
    print(printing.columns_of(rows))
    return 0


def version(kube: Kube, arguments: argparse.Namespace) -> int:
    """``version``: the server's; the client is this file."""
    print("Client Version: rehearsal.kubectl")
    print(f"Server Version: {kube.request('GET', '/version')['gitVersion']}")
    return 0


def _listing(kube: Kube, target: Target, arguments: argparse.Namespace) -> str:
    resource = target.resource
    everywhere = arguments.all_namespaces and resource.namespaced
    if arguments.output == "name":
        found = [obj["metadata"]["name"] for obj in _fetch(kube, target, arguments)]
        return printing.names(resource.singular or resource.kind, resource.group, found)
    if target.names:
        answers = [
            kube.request("GET", resource.path(_namespace(arguments), name), accept=printing.TABLE)
            for name in target.names
        ]
        answer = {**answers[0], "rows": [row for single in answers for row in single["rows"]]}
    else:
        answer = kube.request("GET", _list_path(resource, arguments), accept=printing.TABLE)
    if not answer.get("rows"):
        return ""
    return printing.table(answer, arguments.output == "wide", not arguments.no_headers, everywhere)


def _documents(kube: Kube, wanted: list[Target], arguments: argparse.Namespace) -> int:
    objects = [obj for target in wanted for obj in _fetch(kube, target, arguments)]
    single = len(wanted) == 1 and len(wanted[0].names) == 1
    print(printing.documents(objects, not single, arguments.output))
    return 0


def _fetch(kube: Kube, target: Target, arguments: argparse.Namespace) -> list[dict[str, Any]]:
    resource = target.resource
    if target.names:
        return [kube.request("GET", resource.path(_namespace(arguments), name)) for name in target.names]
    items = kube.request("GET", _list_path(resource, arguments))["items"]
    return [{"apiVersion": resource.api_version, "kind": resource.kind, **item} for item in items]


def _list_path(resource: Resource, arguments: argparse.Namespace) -> str:
    path = resource.path(None if arguments.all_namespaces else _namespace(arguments))
    return f"{path}?labelSelector={quote(arguments.selector)}" if arguments.selector else path


def _namespace(arguments: argparse.Namespace) -> str:
    return str(arguments.namespace or "default")


def _say_nothing_found(resource: Resource, arguments: argparse.Namespace) -> None:
    if arguments.output == "name":
        return
    where = "" if arguments.all_namespaces or not resource.namespaced else f" in {_namespace(arguments)} namespace"
    print(f"No resources found{where}.", file=sys.stderr)


def _objects(arguments: argparse.Namespace) -> list[dict[str, Any]]:
    """The objects of -f FILE (or "-"); ``-n`` is the namespace of those that name none."""
    if not arguments.filename:
        raise UsageError("error: must specify -f FILE")
    text = sys.stdin.read() if arguments.filename == "-" else Path(arguments.filename).read_text()
    found = []
    for document in yaml.safe_load_all(text):
        for obj in document["items"] if document and document.get("kind") == "List" else [document]:
            if obj:
                if arguments.namespace:
                    obj["metadata"].setdefault("namespace", arguments.namespace)
                found.append(obj)
    return found


def _wait_gone(kube: Kube, path: str) -> None:
    deadline = time.monotonic() + DELETION_SECONDS
    while time.monotonic() < deadline:
        try:
            kube.request("GET", path)
        except KubeError as error:
            if error.status == 404:
                return
            raise
        time.sleep(0.2)
    raise UsageError(f"error: {path} is still there after {DELETION_SECONDS:.0f} s")
