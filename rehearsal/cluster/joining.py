"""Machines that become nodes of a running cluster, and nodes that leave it.

A machine that boots a node image asks for a client certificate, registers its Node with that, asks for a serving
certificate and is Ready with that: real CertificateSigningRequests, as a kubelet makes them, which somebody else has to
approve. Nothing signs them: their approval is enough here. A Node that was deleted stays away until its machine starts
anew, for a kubelet registers its Node once, at its start. Sources: Kubernetes' kubelet TLS bootstrapping
(pkg/kubelet/certificate), openshift/installer docs/user/agent/add-node/add-nodes.md.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from . import hosts, members, signing_requests
from .contents import node, node_status
from .install import Host, Install
from .kube import Kube
from .members import Asked, Left

TIMEOUT = 3.0  # seconds for one machine's answer
NAMES_ONLY = "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io"
NOT_READY = {"key": "node.kubernetes.io/not-ready", "effect": "NoSchedule"}


class Joining:
    """The members of one running cluster; :meth:`look` once a round. Raises what members.load raises."""

    def __init__(self, install: Install, log: Callable[[str], None]) -> None:
        self._install = install
        self._log = log
        self._members = members.load(install)
        self._told: dict[str, str] = {}

    @property
    def hosts(self) -> tuple[Host, ...]:
        """The machines whose Nodes are there (and complete)."""
        return tuple(self._members.hosts.values())

    def look(self, kube: Kube) -> None:
        """Take note of Nodes that are gone, and take every machine that comes a step further. Raises OSError or
        KubeError; what was done until then is kept."""
        listed = kube.request("GET", "/api/v1/nodes", accept=NAMES_ONLY)["items"]
        self._see_off({item["metadata"]["name"] for item in listed})
        coming = {left.host.hostname: (left.host, False) for left in self._members.left.values()}
        coming |= {host.hostname: (host, fresh) for host, fresh in members.registered(self._install)}
        coming = {name: one for name, one in coming.items() if name not in self._members.hosts}
        if not coming:
            return
        answers = hosts.answers([host for host, _ in coming.values()], self._install.id, TIMEOUT)
        for name, (host, fresh) in coming.items():
            if host in answers and self._may_join(host, answers[host], fresh, kube):
                self._step(name, host, str(answers[host].get("boot", "")), kube)

    def _see_off(self, nodes: set[str]) -> None:
        """Whoever was a member, or had registered, and has no Node."""
        known = self._members.hosts
        gone = [host for name, host in known.items() if name not in nodes]
        comers = {host.hostname: host for host, _ in members.registered(self._install)}
        gone += [comers[name] for name, asked in self._members.asked.items() if asked.serving and name not in nodes]
        if not gone:
            return
        answers = hosts.answers(gone, self._install.id, TIMEOUT)
        for host in gone:
            answer = answers.get(host, {})
            self._members.left[host.hostname] = Left(host, str(answer.get("boot", "")), str(answer.get("machine", "")))
            self._members.hosts.pop(host.hostname, None)
            self._members.asked.pop(host.hostname, None)
            self._log(f"{host.hostname} has left: its Node was deleted")
        self._members.save()

    def _may_join(self, host: Host, answer: Mapping[str, Any], fresh: bool, kube: Kube) -> bool:
        """Whether the machine, which is up, goes the way of a new one."""
        name, left = host.hostname, self._members.left.get(host.hostname)
        if left is not None and answer.get("boot") == left.boot:
            return False
        if left is not None and left.machine and answer.get("machine") == left.machine:
            # The certificates on its disk are still good.
            self._register(host, kube, "its machine was started again")
            return False
        if answer.get("image") != members.IMAGE:
            self._tell(name, f"{name} runs the image of the installation, which is over: it can't join from that")
            return False
        if not fresh and name not in self._members.asked:
            self._tell(name, f"{name} can't join: the tokens on its image were good for 48 h")
            return False
        return True

    def _step(self, name: str, host: Host, boot: str, kube: Kube) -> None:
        """One step, if it is time for it."""
        asked = self._members.asked.get(name)
        if asked is None or asked.boot != boot:
            request = signing_requests.ask_for_client(kube, name)
            self._asked(name, Asked(boot, request), f"{name} asks for a client certificate: {request}")
            return
        state = signing_requests.state(kube, asked.serving or asked.client)
        if state == signing_requests.GONE:
            # A kubelet that hears no more of its request makes another one.
            self._ask_again(name, host, asked, kube)
        elif state == signing_requests.DENIED:
            self._tell(name, f"{name} does not join: {asked.serving or asked.client} was denied")
        elif state == signing_requests.APPROVED and not asked.serving:
            self._apply(host, kube, ready=False)
            request = signing_requests.ask_for_serving(kube, name, host.ip)
            self._asked(name, replace(asked, serving=request), f"{name} asks for a serving certificate: {request}")
        elif state == signing_requests.APPROVED:
            self._register(host, kube, "its certificates are approved")

    def _ask_again(self, name: str, host: Host, asked: Asked, kube: Kube) -> None:
        if asked.serving:
            again = replace(asked, serving=signing_requests.ask_for_serving(kube, name, host.ip))
        else:
            again = replace(asked, client=signing_requests.ask_for_client(kube, name))
        self._asked(name, again, f"{name} asks again: {again.serving or again.client}")

    def _asked(self, name: str, asked: Asked, text: str) -> None:
        self._members.asked[name] = asked
        self._members.save()
        self._log(text)

    def _register(self, host: Host, kube: Kube, why: str) -> None:
        """The Node last: whoever sees it finds the machine."""
        self._members.hosts[host.hostname] = host
        self._members.left.pop(host.hostname, None)
        self._members.asked.pop(host.hostname, None)
        self._members.save()
        self._apply(host, kube, ready=True)
        self._log(f"{host.hostname} has joined: {why}")

    def _apply(self, host: Host, kube: Kube, *, ready: bool) -> None:
        made = node(host, schedulable=True)
        version = str(kube.request("GET", "/version")["gitVersion"])
        kube.apply({**made, "spec": {} if ready else {"taints": [NOT_READY]}})
        kube.apply({**made, "spec": {}, "status": node_status(host, version, ready=ready)}, "status")

    def _tell(self, name: str, text: str) -> None:
        """Log what would be said in every round once."""
        if self._told.get(name) != text:
            self._told[name] = text
            self._log(text)
