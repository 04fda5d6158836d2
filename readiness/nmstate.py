"""Judges what kubernetes-nmstate did on the nodes: policies by their enactments, NICs by the reported state.

A policy's own conditions are about whichever generation its handlers came to last, and say "0/1 nodes successfully
configured" of a node that is away. Only the enactments (one a node, named ``<node>.<policy>``) say which generation
they are about. [nmstate/kubernetes-nmstate: pkg/policyconditions, controllers/handler, api/shared]
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .model import Interfaces, Policies
from .paths import path
from .verdict import Found, Object, Verdict, conditions, end_of, has, own_words, status, there

POLICIES = path("nmstate.io/v1", "nodenetworkconfigurationpolicies")
ENACTMENTS = path("nmstate.io/v1beta1", "nodenetworkconfigurationenactments")
_ANYWHERE = ("0.0.0.0/0", "::/0")
OF_POLICY = "nmstate.io/policy"  # label of an enactment


def policies(check: Policies, found: Found) -> list[Verdict]:
    """One verdict for each policy."""
    known = {obj["metadata"]["name"]: obj for obj in found.all(POLICIES) or []}
    verdicts = []
    for name in check.names:
        called = f"{check.name} {name}"
        policy = there(called, known.get(name))
        if not isinstance(policy, Verdict):
            policy = _policy(called, policy, _enactments(name, found), check.grace)
        verdicts.append(policy)
    return verdicts


def interfaces(check: Interfaces, found: Found) -> list[Verdict]:
    """One verdict for each NIC. A wrong pairing of name and MAC does not mend itself: the plan or the machine is."""
    state = found.one(path("nmstate.io/v1beta1", "nodenetworkstates", check.node))
    if state is None:
        return [Verdict(f"{check.node} {nic}", False, "no NodeNetworkState yet") for nic in check.macs]
    current = status(state).get("currentState") or {}
    known = current.get("interfaces") or []
    return [
        _interface(f"{check.node} {nic}", nic, mac, known) if mac else _spare(f"{check.node} {nic}", nic, current)
        for nic, mac in check.macs.items()
    ]


def _policy(name: str, policy: Object, enactments: Sequence[Object], grace: float) -> Verdict:
    generation = policy["metadata"].get("generation")
    current = [one for one in enactments if status(one).get("policyGeneration") in (None, generation)]
    if not current:
        before = f"; generation {generation} is not being configured yet" if enactments else ""
        return _not_enacted(name, policy, before, grace)
    for enactment in current:
        failing = conditions(status(enactment)).get("Failing", {})
        # "Retrying" is said between attempts; newer handlers make several before they give up.
        if has(failing, "True") and failing.get("reason") != "Retrying":
            return Verdict(name, False, f"{enactment['metadata']['name']} failed: {_essence(failing)}", failed=True)
    for enactment in current:
        if not has(conditions(status(enactment)).get("Available"), "True"):
            return Verdict(name, False, f"{enactment['metadata']['name']}: {_progress(enactment)}")
    available = conditions(status(policy)).get("Available")
    if available is None:
        return Verdict(name, False, "no condition Available yet")
    if not has(available, "True", "SuccessfullyConfigured"):
        return Verdict(name, False, own_words(available))
    return Verdict(name, True)


def _not_enacted(name: str, policy: Object, before: str, grace: float) -> Verdict:
    """No node is at this generation of the policy: what its conditions say may be about the one before."""
    said = conditions(status(policy))
    # Releases before the condition Ignored call this Available.
    ignored = [said[type] for type in ("Ignored", "Available") if has(said.get(type), "True", "NoMatchingNode")]
    if ignored:
        # Not the end at once: a node whose handler is just starting is not counted either.
        message = f"{own_words(ignored[0])}: its nodeSelector fits no node with nmstate"
        return Verdict(name, False, message + before, failed=True, grace=grace)
    if has(said.get("Degraded"), "True", "FailedToConfigure"):
        return Verdict(name, False, own_words(said["Degraded"]) + before, failed=not before, grace=grace)
    return Verdict(name, False, f"no node has begun to configure it{before}")


def _enactments(policy: str, found: Found) -> list[Object]:
    every = found.all(ENACTMENTS) or []
    mine = [one for one in every if (one["metadata"].get("labels") or {}).get(OF_POLICY) == policy]
    return sorted(mine, key=lambda one: str(one["metadata"]["name"]))


def _progress(enactment: Object) -> str:
    """What a node is doing with a policy: the condition that is true, most telling first."""
    said = conditions(status(enactment))
    for type in ("Failing", "Aborted", "Progressing", "Pending"):
        if has(said.get(type), "True"):
            return f"{type} ({_essence(said[type])})"
    return "nothing said yet"


def _essence(entry: Mapping[str, Any]) -> str:
    """nmstate's own error out of the report around it, which repeats the whole command and its log."""
    message = str(entry.get("message") or entry.get("reason") or "no message")
    _, found, error = message.rpartition("NmstateError")
    return end_of(found + error)


def _interface(name: str, nic: str, mac: str, known: Sequence[Mapping[str, Any]]) -> Verdict:
    there = next((entry for entry in known if entry.get("name") == nic), None)
    if there is not None and mac.lower() in _macs(there):
        return Verdict(name, True)
    # VLANs and bridges carry the MAC of the NIC below them: only NICs are worth naming.
    holder = next(
        (entry for entry in known if entry.get("type") == "ethernet" and mac.lower() in _macs(entry)),
        None,
    )
    planned = f"the plan has MAC {mac} at {nic}"
    if there is None and holder is None:
        return Verdict(name, False, f"{planned}, and the node has neither yet")
    told = f"but that MAC is at {holder['name']}" if holder is not None else "but no NIC has that MAC"
    if there is not None:
        told += f", and {nic} has {' or '.join(_macs(there)) or 'none'}"
    return Verdict(name, False, f"{planned}, {told}: a policy would configure the wrong NIC", failed=True)


def _spare(name: str, nic: str, current: Mapping[str, Any]) -> Verdict:
    """Of a NIC that is known by its name alone: nothing else on the node hangs on it."""
    known = {str(entry.get("name")): entry for entry in current.get("interfaces") or []}
    if not known:
        return Verdict(name, False, "no NodeNetworkState yet")
    if nic not in known:
        ethernet = sorted(other for other, entry in known.items() if entry.get("type") == "ethernet")
        return Verdict(name, False, f"the node has no such NIC; it has {', '.join(ethernet) or 'none'}", failed=True)
    owner = known[nic].get("controller")
    routes = (current.get("routes") or {}).get("running") or []
    leads_out = any(r.get("next-hop-interface") == nic and r.get("destination") in _ANYWHERE for r in routes)
    if owner or leads_out:
        use = f"is a port of {owner}" if owner else "carries the node's default route"
        return Verdict(name, False, f"{use}: a policy would cut the node off", failed=True)
    return Verdict(name, True)


def _macs(entry: Mapping[str, Any]) -> list[str]:
    """The MACs of an interface in lower case; a NIC in a bond shows its own one only as the permanent one."""
    macs = [str(entry[key]).lower() for key in ("mac-address", "permanent-mac-address") if entry.get(key)]
    return list(dict.fromkeys(macs))
