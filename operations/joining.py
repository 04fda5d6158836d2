"""Nodes that join: exactly their certificate requests are approved, until every one is Ready.

A machine that boots from a node ISO asks for a client certificate, registers as a Node, and asks for a serving
certificate. OpenShift approves neither where no Machine object stands for the node (``oc adm node-image``'s own
documentation tells the administrator to do it).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from operations import certificates
from operations.certificates import CLIENT, SERVING
from operations.cluster import CONFLICT, FIELD_MANAGER, Cluster, NotYetError, Object, at, leaving
from readiness import spec
from readiness.client import MERGE_PATCH, RefusedError
from readiness.errors import OutOfTimeError, TerminalFailureError
from readiness.progress import listing, one_line
from readiness.verdict import Verdict, conditions, has, own_words, reasoned, status

NODES = spec.path("v1", "nodes")
_REQUESTS = spec.path(certificates.GROUP, "certificatesigningrequests")


def is_ready(node: Object | None) -> bool:
    """Whether the Node is there, stays, and is Ready."""
    return node is not None and not leaving(node) and has(conditions(status(node)).get("Ready"), "True")


class Joining:
    """``planned``: name to address of those that are not in yet. ``registered``: those of them whose Node is Ready
    already, which only lack a serving certificate: nobody gets a client certificate in their name."""

    def __init__(self, cluster: Cluster, planned: Mapping[str, str], registered: Collection[str] = ()) -> None:
        self._cluster = cluster
        self._planned = planned
        self._registered = registered
        self._let_in: set[str] = set()  # by this run: they still have a serving certificate to ask for
        self._seen: list[Verdict] = []

    def wait(self) -> None:
        """Return when all are in. Raises OutOfTimeError with what was seen of each."""
        try:
            self._cluster.until(f"joining {' '.join(sorted(self._planned))}", self._look)
        except OutOfTimeError as error:
            raise OutOfTimeError(f"{error}\n{listing(self._seen)}") from error

    def _look(self) -> None:
        nodes = {node["metadata"]["name"]: node for node in (self._cluster.look(NODES) or {}).get("items") or []}
        requests = (self._cluster.look(_REQUESTS) or {}).get("items") or []
        self._seen = [
            self._see(name, nodes.get(name), [one for one in requests if certificates.is_about(one, name)])
            for name in sorted(self._planned)
        ]
        if not all(verdict.ready for verdict in self._seen):
            raise NotYetError(one_line(self._seen))

    def _see(self, name: str, node: Object | None, requests: list[Object]) -> Verdict:
        """Approve what is due for one node, and say how far it is."""
        called = f"Node {name}"
        ready = is_ready(node)
        client = "" if ready or name in self._registered else self._approve(name, CLIENT, requests)
        serving = self._approve(name, SERVING, requests)
        if ready:
            lacks = name in self._let_in and not serving.startswith("approved")
            said = f"is Ready, its serving certificate: {serving or 'not asked for yet'}" if lacks else ""
            return Verdict(called, not lacks, said)
        if node is not None:
            entry = conditions(status(node)).get("Ready")
            said = f"NotReady: {reasoned(entry) or own_words(entry)}" if entry else "NotReady: no status yet"
            return Verdict(called, False, f"{said}{'; serving certificate: ' + serving if serving else ''}")
        said = f"{client}, no Node yet" if client else "no certificate request yet"
        return Verdict(called, False, said)

    def _approve(self, name: str, signer: str, requests: list[Object]) -> str:
        """The state of the node's request to this signer: "" for none. Only its newest good one is ever approved: the
        key of an older one is of a boot that is over."""
        mine = [one for one in requests if at(one, "spec.signerName") == signer]
        objections = {_name(one): certificates.objection(one, name, self._planned[name]) or _ended(one) for one in mine}
        good = [one for one in mine if not objections[_name(one)]]
        if not good:
            # One that somebody else has approved is not this step's to speak of.
            left = [(_name(one), objections[_name(one)]) for one in mine if "Approved" not in conditions(status(one))]
            return "; ".join(f"{its} is not approved: {why}" for its, why in sorted(left))
        newest = max(good, key=lambda one: (at(one, "metadata.creationTimestamp") or "", _name(one)))
        if "Approved" not in conditions(status(newest)):
            self._cluster.say(f"approving {_name(newest)}: {signer} for {name}")
            self._write(newest)
        if signer == CLIENT:
            self._let_in.add(name)
        issued = at(newest, "status.certificate")
        return f"approved {_name(newest)}" + ("" if issued else ", not issued yet")

    def _write(self, request: Object) -> None:
        """Approve this very request, as it was read: one that has changed or is another since is looked at again."""
        approval = {
            "type": "Approved",
            "status": "True",
            "reason": "PlannedNode",
            "message": "Asked for by a node that the lab's settings plan, in its own name only.",
        }
        change: dict[str, Any] = {
            "metadata": {"resourceVersion": request["metadata"]["resourceVersion"]},
            "status": {"conditions": [*(status(request).get("conditions") or ()), approval]},
        }
        path = spec.path(certificates.GROUP, "certificatesigningrequests", _name(request))
        try:
            if self._cluster.ask("PATCH", f"{path}/approval?fieldManager={FIELD_MANAGER}", change, MERGE_PATCH) is None:
                raise NotYetError(f"{_name(request)} is gone")
        except RefusedError as error:
            if error.status == CONFLICT:
                raise NotYetError(f"{_name(request)} has changed meanwhile") from error
            raise TerminalFailureError(f"the approval of {_name(request)} is refused: {error.said}") from error


def _ended(request: Object) -> str:
    """Why there is nothing to approve any more."""
    said = conditions(status(request))
    for kind in ("Denied", "Failed"):
        if kind in said:
            return f"{kind}: {reasoned(said[kind]) or 'no explanation'}"
    return ""


def _name(request: Object) -> str:
    return str(request["metadata"]["name"])
