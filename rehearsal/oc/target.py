"""The running cluster that nodes are added to: what it says of itself, and its directory in the rehearsal."""

from __future__ import annotations

import base64
import os
import re
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

from rehearsal.cluster import members
from rehearsal.cluster.install import Install, load, write_json
from rehearsal.oc.errors import OcError
from rehearsal.oc.nodes_config import Taken, home
from rehearsal.openshift_install.agent_config import Host
from rehearsal.openshift_install.errors import InstallerError
from rehearsal.openshift_install.kube import Kube, KubeError

MINIMUM = (4, 17)
_VERSION = "/apis/config.openshift.io/v1/clusterversions/version"


class Target:
    """The cluster of a kubeconfig. Raises OcError when it is none that this command could work with."""

    def __init__(self, kubeconfig: Path) -> None:
        try:
            self._kube = Kube(kubeconfig)
        except InstallerError as error:
            raise OcError(str(error)) from error
        self._install = _installation(kubeconfig)

    @property
    def installation(self) -> str:
        """The running cluster's id."""
        return self._install.id

    def check(self) -> None:
        """Whether it answers, is OpenShift of a release that knows the command, and is installed."""
        try:
            self._kube.get("/version")
        except KubeError as error:
            raise OcError(f"Unable to connect to the server: {error}") from error
        try:
            version = str(self._kube.get(_VERSION)["status"]["desired"]["version"])
        except (KubeError, KeyError, TypeError) as error:
            raise OcError(f"command expects a connection to an OpenShift 4.x server: {error}") from error
        matched = re.match(r"(\d+)\.(\d+)\.", version)
        if matched is None or (int(matched[1]), int(matched[2])) < MINIMUM:
            raise OcError(
                "the 'oc adm node-image' command is only available for OpenShift versions 4.17 and later, "
                f"this one is {version}"
            )
        try:
            complete = self._kube.bootstrap_complete()
        except KubeError as error:
            raise OcError(f"the cluster's bootstrap is not complete: {error}") from error
        if not complete:
            raise OcError("the cluster's bootstrap is not complete: a pod of it would never be started")

    def taken(self) -> Taken:
        """What no new node may have. Raises OcError."""
        try:
            listed = self._kube.get("/api/v1/nodes")["items"]
        except KubeError as error:
            raise OcError(f"cannot list the nodes: {error}") from error
        nodes = {node["metadata"]["name"]: _addresses(node) for node in listed}
        macs = {host.mac: host.hostname for host in self._install.hosts if host.hostname in nodes}
        install = self._install
        return Taken(nodes, macs, install.machine_network, (install.api_vip, install.ingress_vip))

    def register(self, hosts: Iterable[Host]) -> None:
        """Let machines that boot the ISO join (`rehearsal/cluster/joining.py`), for as long as its tokens live."""
        directory = self._install.file(members.JOINING)
        directory.mkdir(mode=0o700, exist_ok=True)
        for host in hosts:
            ip = home(host, self._install.machine_network)
            machine = {"hostname": host.hostname, "role": "worker", "mac": host.mac, "ip": ip}
            write_json(directory / f"{host.hostname}.json", {**machine, "created": int(time.time())})


def _addresses(node: dict[str, Any]) -> tuple[str, ...]:
    return tuple(entry["address"] for entry in node.get("status", {}).get("addresses") or ())


def _installation(kubeconfig: Path) -> Install:
    """The rehearsal's installation that has the kubeconfig's certificate authority."""
    rehearsal = os.environ.get("REHEARSAL_DIR")
    if not rehearsal:
        raise OcError("REHEARSAL_DIR is not set: this stand-in adds nodes to clusters of a rehearsal only")
    cluster = yaml.safe_load(kubeconfig.read_text())["clusters"][0]["cluster"]
    authority = base64.b64decode(cluster["certificate-authority-data"])
    for path in sorted(Path(rehearsal, "clusters").glob("*/ca.crt")):
        if path.read_bytes() == authority:
            return load(path.parent)
    raise OcError(f"{cluster['server']} is no cluster that runs in this rehearsal: {kubeconfig} is of another one")
