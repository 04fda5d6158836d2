"""A lab as it stands before OpenStack's control plane, from its golden files, and the stand-ins going round on it.

No API server: what the runner does is done here in a few lines, with a clock of its own, a second a round.
"""

from __future__ import annotations

import base64
import copy
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from engine.cache import CHECKOUT
from rehearsal.operators import control_plane, dns, openstack_init, version
from rehearsal.operators.stamps import stamped
from rehearsal.operators.standin import Phase, StandIn, Unmet, View
from rehearsal.operators.world import CSV_NAMES, World, kind_of

GOLDEN = CHECKOUT / "tests" / "golden" / "lab" / "cluster"
NAMESPACE = "openstack"
PLANE = "OpenStackControlPlane.core.openstack.org", "openstack-control-plane", NAMESPACE
VERSION = "OpenStackVersion.core.openstack.org", "openstack-control-plane", NAMESPACE
DNSMASQ = "DNSMasq.network.openstack.org", "dns", NAMESPACE
INIT = "OpenStack.operator.openstack.org", "openstack", "openstack-operators"
SECRET = "Secret", "osp-secret", NAMESPACE

Key = tuple[str, str, str | None]
STANDINS: tuple[StandIn, ...] = (
    openstack_init.OpenStack(lambda: ()),
    *control_plane.STANDINS,
    *version.STANDINS,
    *dns.STANDINS,
)
_DAWN = datetime(2030, 1, 1, tzinfo=UTC)
_WORKERS = 10
_SERVED = (
    "baremetalhosts.metal3.io",
    "issuers.cert-manager.io",
    "certificates.cert-manager.io",
    "openstacks.operator.openstack.org",
)
_ODD_VALUES = {"BarbicanSimpleCryptoKEK": base64.b64encode(bytes(32)).decode(), "HeatAuthEncryptionKey": "h" * 32}


class Lab:
    """Objects by kind, name and namespace. ``phases`` holds a kind in a phase, by its name without the group."""

    def __init__(self) -> None:
        self.objects: dict[Key, dict[str, Any]] = {}
        self.phases: dict[str, Phase] = {}
        self.rounds = 0

    def put(self, obj: Mapping[str, Any]) -> None:
        """Make an object, or change it: another spec is another generation."""
        made = copy.deepcopy(dict(obj))
        metadata = made["metadata"]
        key = kind_of(made), metadata["name"], metadata.get("namespace")
        old = self.objects.get(key)
        generation = 1 if old is None else old["metadata"]["generation"] + (old.get("spec") != made.get("spec"))
        known = {"uid": f"{key}", "generation": generation, "creationTimestamp": self.now()}
        if old is not None:
            known["creationTimestamp"] = old["metadata"]["creationTimestamp"]
            made.setdefault("status", old.get("status", {}))
        made["metadata"] = {**metadata, **known}
        if made != old:
            self.objects[key] = made

    def drop(self, *key: str | None) -> None:
        kind, name, namespace = (*key, None)[:3]
        del self.objects[str(kind), str(name), namespace]

    def get(self, key: Key) -> dict[str, Any]:
        return self.objects[key]

    def now(self) -> str:
        return (_DAWN + timedelta(seconds=self.rounds)).strftime("%Y-%m-%dT%H:%M:%SZ")

    def world(self) -> World:
        return World(list(self.objects.values()))

    def round(self) -> bool:
        """Let every stand-in look at each of its objects once; whether anything changed."""
        before = dict(self.objects)  # objects are replaced, never changed
        self.rounds += 1
        world = self.world()
        for stand_in in STANDINS:
            if world.installed(stand_in.operator):
                for obj in world.all(stand_in.kind):
                    self._tend(stand_in, obj, world)
        return self.objects != before

    def _tend(self, stand_in: StandIn, obj: Mapping[str, Any], world: World) -> None:
        unmet = tuple(stand_in.unmet(obj, world))
        phase: Phase = "waiting" if unmet else self.phases.get(stand_in.kind.partition(".")[0], "ready")
        view = View(obj, phase, unmet)
        for part in stand_in.parts(view, world):
            known = self.objects.get((kind_of(part), part["metadata"]["name"], part["metadata"].get("namespace")), {})
            # Applied by the server: what others wrote stays.
            spec = {**known.get("spec", {}), **part.get("spec", {})}
            self.put({**part, **({"spec": spec} if spec else {})})
        wanted = stand_in.status(view, world)
        key = kind_of(obj), obj["metadata"]["name"], obj["metadata"].get("namespace")
        if wanted is not None:
            status = stamped(wanted, obj.get("status") or {}, self.now())
            self.objects[key] = {**self.objects[key], "status": status}

    def settle(self) -> Lab:
        """Go round until nothing changes."""
        for _ in range(60):
            if not self.round():
                return self
        raise AssertionError("the stand-ins never come to rest")

    def conditions(self, key: Key) -> dict[str, dict[str, Any]]:
        return {entry["type"]: entry for entry in self.get(key).get("status", {}).get("conditions", ())}

    def message(self, part: str = "Ready") -> str:
        """What a condition of the control plane says."""
        return str(self.conditions(PLANE)[part]["message"])

    def is_ready(self, key: Key = PLANE) -> bool:
        return self.conditions(key).get("Ready", {}).get("status") == "True"

    def spec(self, *path: str) -> dict[str, Any]:
        """A mapping inside the control plane's spec, to be changed in place."""
        found = self.get(PLANE)["spec"]
        for key in path:
            found = found[key]
        assert isinstance(found, dict)
        return found


def lab(version: str = "1.0.7") -> Lab:
    """Everything that the control plane needs, and the control plane itself; nobody has looked at it yet."""
    made = Lab()
    for obj in _objects(version):
        made.put(obj)
    return made


def csv(operator: str, version: str) -> dict[str, Any]:
    """What OLM has when an operator is installed."""
    return {
        "apiVersion": "operators.coreos.com/v1alpha1",
        "kind": "ClusterServiceVersion",
        "metadata": {"name": f"{CSV_NAMES[operator]}.v{version}", "namespace": "openstack-operators"},
        "status": {"phase": "Succeeded"},
    }


def _objects(version: str) -> Iterator[dict[str, Any]]:
    yield csv("openstack", version)
    yield csv("cert-manager", "1.15.0")
    for name in _SERVED:
        yield _definition(name)
    yield from _nodes()
    yield {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": {"name": "lvms-local-storage"},
        "provisioner": "topolvm.io",
    }
    yield from _read(GOLDEN.parent / "installation" / "openshift")
    for folder in ("s2-operators", "s5-namespace", "s7-networks", "s8-control-plane"):
        yield from map(_alive, _read(GOLDEN / folder))


def _nodes() -> Iterator[dict[str, Any]]:
    """Masters that take no pods, and workers with what their policies make of them."""
    for number in range(3):
        yield _node(f"master-{number}", "master", [{"key": "node-role.kubernetes.io/master", "effect": "NoSchedule"}])
    for policy in _read(GOLDEN / "s6-nodes"):
        name = policy["metadata"]["name"]
        yield _node(name, "worker", [])
        yield {
            "apiVersion": "nmstate.io/v1beta1",
            "kind": "NodeNetworkState",
            "metadata": {"name": name},
            "status": {"currentState": {"interfaces": policy["spec"]["desiredState"]["interfaces"]}},
        }


def _node(name: str, role: str, taints: list[dict[str, str]]) -> dict[str, Any]:
    labels = {"kubernetes.io/hostname": name, f"node-role.kubernetes.io/{role}": ""}
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "labels": labels},
        "spec": {"taints": taints} if taints else {},
    }


def _definition(name: str) -> dict[str, Any]:
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": name},
        "status": {"conditions": [{"type": "Established", "status": "True"}]},
    }


@cache
def _read(folder: Path) -> list[dict[str, Any]]:
    return [yaml.safe_load(path.read_text()) for path in sorted(folder.glob("*.yaml"))]


def _alive(obj: dict[str, Any]) -> dict[str, Any]:
    """As the API server has it: with the values that the golden file masks, and what other operators tell."""
    if obj["kind"] == "Secret":
        texts = {key: _ODD_VALUES.get(key, f"value of {key}") for key in obj["stringData"]}
        data = {key: base64.b64encode(text.encode()).decode() for key, text in texts.items()}
        return {**{key: value for key, value in obj.items() if key != "stringData"}, "data": data}
    if obj["kind"] == "MetalLB":
        return {**obj, "status": {"conditions": [{"type": "Available", "status": "True"}]}}
    if obj["kind"] == "LVMCluster":
        nodes = [{"node": f"worker-{number}", "status": "Ready"} for number in range(_WORKERS)]
        return {**obj, "status": {"deviceClassStatuses": [{"name": "local-storage", "nodeStatus": nodes}]}}
    return obj


def sentences(found: list[Unmet]) -> str:
    return "\n".join(f"{unmet.part}: {unmet.sentence}" for unmet in found)
