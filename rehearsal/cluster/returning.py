"""Nodes that come back after their cluster was at rest: not Ready until their kubelets have certificates again.

A kubelet's certificates live for a day in a new cluster and for a month later on. A rehearsal's rest lasts minutes and
is to stand for one of any length, so the certificates of every machine that was started anew meanwhile have run out: it
asks for one with which it talks to the API, as a machine that joins does, and for its server's. One that was only
paused is in the same start as before and goes on as it was.

What is known is in ``clusters/<id>/returning.json``, from the day on which the cluster was complete: {"boots":
{hostname: the start in which it was seen last}, "away": {hostname: {boot, client, serving}}}.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import Any

from . import hosts, signing_requests
from .contents import KUBELET_UNHEARD, node_status
from .install import Host, Install, write_json
from .kube import Kube
from .members import Asked

FILE = "returning.json"
TIMEOUT = 1.0  # seconds for one machine's answer; short, for the others wait for one that is still off
NOT_ASKED = Asked("", "")


def was_complete(install: Install) -> bool:
    """Whether this installation has served before, so that its objects are in etcd's directory."""
    return install.file(FILE).is_file()


class Returning:
    """The starts of one cluster's machines. Raises OSError, ValueError or KeyError for a file that is not its own."""

    def __init__(self, install: Install, log: Callable[[str], None]) -> None:
        self._install = install
        self._log = log
        raw = json.loads(install.file(FILE).read_text()) if was_complete(install) else {"boots": {}, "away": {}}
        self._boots: dict[str, str] = raw["boots"]
        self._away = {name: Asked(**asked) for name, asked in raw["away"].items()}

    @property
    def away(self) -> Collection[str]:
        """The names of nodes that are not back yet."""
        return self._away.keys()

    def note(self, members: Collection[Host]) -> None:
        """Remember in which start each machine is; only those are asked of which it is not known."""
        names = {host.hostname for host in members}
        known = {name: boot for name, boot in self._boots.items() if name in names}
        unknown = [host for host in members if host.hostname not in known]
        known |= {host.hostname: _boot(answer) for host, answer in self._answers(unknown).items()}
        if known != self._boots or not was_complete(self._install):
            self._boots = known
            self._save()

    def expect(self, kube: Kube, members: Collection[Host]) -> None:
        """The API is back: whoever is not in the start of before is unheard of. Raises OSError or KubeError."""
        answers = self._answers(members)
        for host in members:
            if host in answers and _boot(answers[host]) == self._boots.get(host.hostname):
                continue
            self._away.setdefault(host.hostname, NOT_ASKED)
            _tell(kube, host, "unheard")
        self._save()

    def look(self, kube: Kube, members: Collection[Host]) -> None:
        """Take each machine that is back a step further. Raises OSError or KubeError; what was done is kept."""
        if not self._away:
            return
        coming = [host for host in members if host.hostname in self._away]
        for host, answer in self._answers(coming).items():
            self._step(kube, host, _boot(answer))

    def _step(self, kube: Kube, host: Host, boot: str) -> None:
        name = host.hostname
        asked = self._away[name]
        if boot == self._boots.get(name):
            self._is_back(kube, host, boot, "it was never off")
            return
        if asked.boot != boot:
            request = signing_requests.ask_for_client(kube, name)
            self._asked(name, Asked(boot, request), f"{name} is back and asks for a client certificate: {request}")
            return
        state = signing_requests.state(kube, asked.serving or asked.client)
        if state == signing_requests.GONE:
            self._asked(name, NOT_ASKED, f"{name} asks anew: its request is gone")
        elif state == signing_requests.APPROVED and not asked.serving:
            _tell(kube, host, "not ready")
            request = signing_requests.ask_for_serving(kube, name, host.ip)
            self._asked(name, replace(asked, serving=request), f"{name} asks for a serving certificate: {request}")
        elif state == signing_requests.APPROVED:
            self._is_back(kube, host, boot, "its certificates are approved")

    def _is_back(self, kube: Kube, host: Host, boot: str, why: str) -> None:
        _tell(kube, host, "ready")
        del self._away[host.hostname]
        self._boots[host.hostname] = boot
        self._save()
        self._log(f"{host.hostname} is Ready again: {why}")

    def _asked(self, name: str, asked: Asked, text: str) -> None:
        self._away[name] = asked
        self._save()
        self._log(text)

    def _answers(self, asked: Collection[Host]) -> dict[Host, dict[str, Any]]:
        return hosts.answers(asked, self._install.id, TIMEOUT)

    def _save(self) -> None:
        away = {name: asdict(asked) for name, asked in self._away.items()}
        write_json(self._install.file(FILE), {"boots": self._boots, "away": away})


def beat(kube: Kube, install: Install, members: Collection[Host]) -> None:
    """Renew the Lease of every node whose machine answers, as its kubelet does. Raises OSError or KubeError."""
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    for host in hosts.answers(members, install.id, TIMEOUT):
        kube.apply(
            {
                "apiVersion": "coordination.k8s.io/v1",
                "kind": "Lease",
                "metadata": {"name": host.hostname, "namespace": "kube-node-lease"},
                "spec": {"holderIdentity": host.hostname, "leaseDurationSeconds": 40, "renewTime": now},
            }
        )


def _boot(answer: Mapping[str, Any]) -> str:
    return str(answer.get("boot", ""))


def _tell(kube: Kube, host: Host, how: str) -> None:
    """Write a Node's status: ready; not ready, in its kubelet's words; or unheard, in those of the cluster."""
    version = str(kube.request("GET", "/version")["gitVersion"])
    status = node_status(host, version, ready=how == "ready")
    if how == "unheard":
        status["conditions"] = [{**entry, **KUBELET_UNHEARD} for entry in status["conditions"]]
    kube.apply({"apiVersion": "v1", "kind": "Node", "metadata": {"name": host.hostname}, "status": status}, "status")
