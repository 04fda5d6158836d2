"""The NMState operator: the NMState object, which brings the handlers, and what each node's network is right now.

What the handlers do with policies is in :mod:`.nmstate_policy`. Source: kubernetes-nmstate, controllers/.
"""

from __future__ import annotations

from typing import Any

from .nmstate_crds import HANDLERS
from .nmstate_guest import Guest
from .nmstate_policy import HANDLER, NAMESPACE, NODE_LABEL, NmstatePolicy
from .nodes import has_labels, name, tolerates
from .objects import service
from .standin import KEEP, NOW, Outcome, StandIn, View, condition
from .workloads import daemon_set, deployment
from .world import Object, World

NMSTATE = "NMState.nmstate.io"
STATE = "NodeNetworkState.nmstate.io"
_STATES = "nodenetworkstates.nmstate.io"
_WEBHOOK = {"component": "kubernetes-nmstate-webhook", "app": "kubernetes-nmstate"}
_MAIN_TABLE = 254
_ANY_TOLERATION = [{"operator": "Exists"}]


class Nmstate(StandIn):
    """Brings a handler to each node, the webhook, and the other kinds. Of several only the oldest counts."""

    kind = NMSTATE
    operator = "nmstate"

    def act(self, obj: Object, world: World) -> Outcome:
        """A second one is deleted, as upstream's controller does it."""
        oldest = min(world.all(NMSTATE), key=lambda one: (one["metadata"]["creationTimestamp"], name(one)))
        if name(oldest) == name(obj):
            return Outcome()
        kube = world.kube()
        resource = kube.resource_of(obj["apiVersion"], obj["kind"])
        kube.request("DELETE", resource.path(None, name(obj)))
        return Outcome(f"ignored and deleted, because NMState {name(oldest)} is there already")

    def status(self, view: View, world: World) -> dict[str, Any]:
        said = {
            "ready": (True, False, False, "SuccessfullyDeployed", ""),
            "failed": (False, False, True, "InternalError", view.problem),
        }.get(view.phase, (False, True, False, "Deploying", "; ".join(unmet.sentence for unmet in view.unmet)))
        available, progressing, degraded, reason, message = said
        return {
            "conditions": [
                condition("Available", available, reason, message if available else ""),
                condition("Progressing", progressing, reason, message if progressing else ""),
                condition("Degraded", degraded, reason, message if degraded else ""),
            ]
        }

    def makes(self, obj: Object, world: World) -> list[dict[str, Any]]:
        spec = obj.get("spec") or {}
        selector = spec.get("nodeSelector") or {"kubernetes.io/os": "linux"}
        tolerations = spec.get("tolerations") or _ANY_TOLERATION
        nodes = [node for node in world.all("Node") if has_labels(node, selector) and tolerates(node, tolerations)]
        # Once made they stay, with their objects, when the NMState goes.
        made = [_kept(crd) for crd in HANDLERS if not world.serves(crd["metadata"]["name"])]
        made += deployment("nmstate-webhook", NAMESPACE, _WEBHOOK, 2)
        made += service("nmstate-webhook", NAMESPACE, _WEBHOOK, 443, 9443)
        made += daemon_set("nmstate-handler", NAMESPACE, HANDLER, (name(node) for node in nodes))
        if world.serves(_STATES):
            made += [_state_of(node) for node in nodes]
        return made


class NmstateState(StandIn):
    """What a node's guest says of its network, looked at every now and then and whenever a policy changed it."""

    kind = STATE
    operator = "nmstate"
    retry = 5.0
    refresh = 15.0

    def inputs(self, obj: Object, world: World) -> list[Any]:
        enactments = world.all("NodeNetworkConfigurationEnactment.nmstate.io", labels={NODE_LABEL: name(obj)})
        return [
            [name(one), status.get("policyGeneration"), [entry["status"] for entry in status.get("conditions") or ()]]
            for one in enactments
            for status in [one.get("status") or {}]
        ]

    def act(self, obj: Object, world: World) -> Outcome:
        return Outcome(facts={"state": current_state(Guest(name(obj), world).answer())})

    def status(self, view: View, world: World) -> dict[str, Any] | None:
        # While a node does not answer its last state stays, as with a handler that is gone.
        if "state" not in view.facts:
            return None
        return {"currentState": view.facts["state"], "lastSuccessfulUpdateTime": NOW}


def current_state(answer: dict[str, Any]) -> dict[str, Any]:
    """A guest's answer as ``nmstatectl show`` has it."""
    routes = [
        {
            "destination": "0.0.0.0/0" if route["to"] == "default" else route["to"],
            "next-hop-address": route["via"],
            "next-hop-interface": route["device"],
            "table-id": _MAIN_TABLE,
        }
        for route in answer.get("routes") or ()
    ]
    resolver = {"server": list(answer.get("resolvers") or ()), "search": list(answer.get("search") or ())}
    return {
        "hostname": {"running": answer["hostname"]},
        "interfaces": [_interface(nic) for nic in answer["nics"]],
        "routes": {"running": routes, "config": routes},
        "dns-resolver": {"running": resolver, "config": resolver},
    }


def _interface(nic: dict[str, Any]) -> dict[str, Any]:
    addresses = [
        {"ip": ip, "prefix-length": int(length)} for ip, _, length in (text.partition("/") for text in nic["addresses"])
    ]
    interface = {
        "name": nic["name"],
        "type": "vlan" if "vlan" in nic else "ethernet",
        "state": "up" if nic["up"] else "down",
        "mac-address": nic["mac"].upper(),
        "mtu": nic.get("mtu", 1500),
        "ipv4": {"enabled": bool(addresses), "dhcp": False, "address": addresses},
        "ipv6": {"enabled": False},
    }
    if "vlan" in nic:
        interface["vlan"] = {"base-iface": nic["vlan"]["parent"], "id": nic["vlan"]["id"], "protocol": "802.1q"}
    return interface


def _state_of(node: Object) -> dict[str, Any]:
    return {"apiVersion": "nmstate.io/v1beta1", "kind": "NodeNetworkState", "metadata": {"name": name(node)}}


def _kept(crd: dict[str, Any]) -> dict[str, Any]:
    return {**crd, "metadata": {**crd["metadata"], "annotations": {KEEP: "true"}}}


STANDINS = (Nmstate, NmstateState, NmstatePolicy)
