"""Which custom resource definitions the answering API server gets: those of the kinds that a change is about.

They are the engine's (upstream's of about OpenStack's FR3), the rehearsal's own for what upstream keeps in no package,
and whatever the caller has of the real cluster (``oc get crds -o yaml``), which wins. A kind that none of them
describes, and OpenStack's of another feature release than theirs, is taken unread, and the report says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import yaml

from rehearsal.cluster.definitions import OPENSHIFT, minimal
from rehearsal.operators import nmstate_crds
from review.errors import ReviewError

Definition: TypeAlias = Mapping[str, Any]

OF_THE_ENGINE = ("fr2", "fr3")
"""Values of openstack.release whose fields the engine's definitions have (docs/decisions.md)."""

_OPENSTACK = ".openstack.org"
_ANYTHING = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}


@dataclass(frozen=True, order=True, slots=True)
class Kind:
    """A kind as an object names it."""

    group: str
    version: str
    name: str
    namespaced: bool

    @classmethod
    def of(cls, item: Mapping[str, Any]) -> Kind:
        """The kind of an object."""
        group, _, version = str(item["apiVersion"]).rpartition("/")
        return cls(group, version, str(item["kind"]), "namespace" in item["metadata"])

    @property
    def is_built_in(self) -> bool:
        """Whether every API server has it."""
        return "." not in self.group or self.group in ("rbac.authorization.k8s.io", "networking.k8s.io")

    def __str__(self) -> str:
        return f"{self.name}.{self.group}"


@dataclass(frozen=True, slots=True)
class Chosen:
    """`definitions` for an API server, and the kinds among them whose fields nobody checks."""

    definitions: tuple[Definition, ...]
    unchecked: tuple[str, ...]


def choose(kinds: Iterable[Kind], release: str, engine: Path | None, given: Path | None) -> Chosen:
    """The definitions of `kinds`; `given` is a file or directory of the caller's. Raises ReviewError."""
    wanted = {(kind.group, kind.name): kind for kind in sorted(set(kinds)) if not kind.is_built_in}
    if given is not None and not given.exists():
        raise ReviewError(f"--crds {given}: there is no such file or directory.")
    own = {_key(definition): definition for definition in (*OPENSHIFT, *nmstate_crds.CRDS, *nmstate_crds.HANDLERS)}
    known = own | _read(engine / "crds" if engine else None, wanted)
    real = _read(given, wanted)
    found, unchecked = [], []
    for key, kind in wanted.items():
        definition = real.get(key) or known.get(key)
        if definition is None:
            plural = f"{kind.name.lower()}s"
            definition = minimal(kind.group, kind.name, plural, kind.version, namespaced=kind.namespaced, status=False)
            unchecked.append(str(kind))
        elif key not in real and kind.group.endswith(_OPENSTACK) and release not in OF_THE_ENGINE:
            definition = _taken_unread(definition)
            unchecked.append(str(kind))
        found.append(_alone(definition))
    return Chosen(tuple(found), tuple(unchecked))


def _key(definition: Definition) -> tuple[str, str]:
    return definition["spec"]["group"], definition["spec"]["names"]["kind"]


def _read(place: Path | None, wanted: Mapping[tuple[str, str], Kind]) -> dict[tuple[str, str], Definition]:
    """Those of the wanted kinds in the YAML files at a place; later files win."""
    if place is None:
        return {}
    files = [place] if place.is_file() else sorted(place.rglob("*.yaml"))
    found = {}
    for file in files:
        text = file.read_text(encoding="utf-8")
        # A look before the parse: OpenStackControlPlane's file alone takes a second.
        if any(f"kind: {name}" in text and group in text for group, name in wanted):
            found.update({key: item for item in _parsed(file, text) if (key := _key(item)) in wanted})
    return found


def _parsed(file: Path, text: str) -> Iterator[Definition]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml's is ten times as fast, where it was built
    try:
        documents = list(yaml.load_all(text, loader))
    except yaml.YAMLError:
        raise ReviewError(f"{file} is not YAML; definitions are expected there.") from None
    for document in documents:
        listed = document.get("items", [document]) if isinstance(document, dict) else []
        yield from (item for item in listed if item.get("kind") == "CustomResourceDefinition")


def _alone(definition: Definition) -> Definition:
    """As it can be made where no operator runs: without conversion by a webhook and what a server noted."""
    metadata = {key: definition["metadata"][key] for key in ("name", "annotations") if key in definition["metadata"]}
    spec = {key: value for key, value in definition["spec"].items() if key != "conversion"}
    return {**definition, "metadata": metadata, "spec": spec, "status": None}


def _taken_unread(definition: Definition) -> Definition:
    schema = {"openAPIV3Schema": _ANYTHING}
    versions = [{**version, "schema": schema} for version in definition["spec"]["versions"]]
    return {**definition, "spec": {**definition["spec"], "versions": versions}}
