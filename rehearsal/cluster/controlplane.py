"""etcd, kube-apiserver, kube-controller-manager and the operators of one installation, on its API address.

The flags make them small where no client can tell. What a client could notice stays as on a real cluster: RBAC, all
default admission but one, service accounts, namespace life cycle, garbage collection.
"""

from __future__ import annotations

import base64
import ipaddress
import json
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path

from . import address
from .install import API_PORT, Install
from .kube import Kube, KubeError
from .process import Process

READY_SECONDS = 120.0  # a cold start takes 5 s on a quiet machine; the same host may be booting 15 machines
POLL_SECONDS = 0.1
REVIVE_SECONDS = 5.0  # between two starts of the same part
SERVICE_NETWORK = "172.30.0.0/16"  # OpenShift's default
CHECKOUT = Path(__file__).parents[2]
# None that approves or signs a kubelet's certificate requests: that is for somebody else to decide (joining.py).
CONTROLLERS = (
    "namespace-controller,garbage-collector-controller,serviceaccount-controller,"
    "root-ca-certificate-publisher-controller,clusterrole-aggregation-controller"
)


class StartError(Exception):
    """The control plane did not come up; the message says which part and its last words."""


class ControlPlane:
    """The processes of one installation: :meth:`start`, :meth:`start_controllers`, :meth:`start_operators`, then
    :meth:`stop`, once each."""

    def __init__(self, install: Install) -> None:
        self._install = install
        self._directory = install.directory
        self._processes: dict[str, Process] = {}
        self._interface = ""
        self._etcd = ""

    @property
    def etcd(self) -> str:
        """URL of etcd's clients, once it was started."""
        return self._etcd

    def start(self, stopping: Callable[[], bool]) -> Kube:
        """Bring the API up and return an administrator's client.

        An ``etcd`` directory of an earlier run of this daemon is used again, as a reboot of the masters would.
        Raises StartError, NoInterfaceError or MissingBinaryError; the caller calls :meth:`stop`.
        """
        self._interface = address.interface_towards(self._install.rendezvous_ip)
        address.put(self._install.api_vip, self._interface)
        self._etcd = f"http://127.0.0.1:{_free_port()}"
        self._start("etcd")
        self._start("kube-apiserver")
        files = [self._install.file(name) for name in ("ca.crt", "admin.crt", "admin.key")]
        kube = Kube.from_files(self._install.server, *files)
        self._wait_ready(kube, stopping)
        return kube

    def start_controllers(self) -> None:
        """Start the controller manager; once the CRDs are there, for its garbage collector learns of kinds at its own
        start and then only every 30 s, and a foreground deletion waits for it."""
        self._start("kube-controller-manager")

    def start_operators(self) -> None:
        """Start the operators' stand-ins; last, for they look at everything else."""
        self._start("operators")

    def revive(self) -> list[str]:
        """Start again what has ended by itself, as a kubelet would; returns what was said at the end of each."""
        recently = time.monotonic() - REVIVE_SECONDS
        ended = [
            (name, process.last_words())
            for name, process in self._processes.items()
            if not process.running and process.started < recently
        ]
        for name, _ in ended:
            self._start(name)
        return [f"{name} ended by itself and was started again: {words}" for name, words in ended]

    def stop(self) -> None:
        """End the processes, clients of the others first, and take the address away."""
        for name in ("operators", "kube-controller-manager", "kube-apiserver", "etcd"):
            if name in self._processes:
                self._processes.pop(name).stop()
        if self._interface:
            address.take(self._install.api_vip, self._interface)
            self._interface = ""

    def _start(self, name: str) -> None:
        arguments = {
            "etcd": self._etcd_flags,
            "kube-apiserver": self._apiserver_flags,
            "kube-controller-manager": self._controller_manager_flags,
            "operators": self._operators_arguments,
        }[name]()
        program = sys.executable if name == "operators" else ""
        # Go's collector at 100 % headroom doubles a heap that nobody here needs; the operators are Python of this tree.
        environment = {"GOGC": "60", "PYTHONPATH": str(CHECKOUT)}
        self._processes[name] = Process(name, arguments, self._directory / f"{name}.log", environment, program)

    def _wait_ready(self, kube: Kube, stopping: Callable[[], bool]) -> None:
        deadline = time.monotonic() + READY_SECONDS
        why = ""
        while time.monotonic() < deadline:
            for name, process in self._processes.items():
                if not process.running:
                    raise StartError(f"{name} ended at once: {process.last_words()}")
            if stopping():
                raise StartError("stopped while starting")
            try:
                kube.request("GET", "/readyz")
                return
            except (OSError, KubeError) as error:
                why = str(error)
            time.sleep(POLL_SECONDS)
        raise StartError(f"the API server was not ready after {READY_SECONDS:.0f} s: {why}")

    def _etcd_flags(self) -> list[str]:
        peer = f"http://127.0.0.1:{_free_port()}"
        return [
            "--name=rehearsal",
            f"--data-dir={self._directory / 'etcd'}",
            f"--listen-client-urls={self._etcd}",
            f"--advertise-client-urls={self._etcd}",
            f"--listen-peer-urls={peer}",
            f"--initial-advertise-peer-urls={peer}",
            f"--initial-cluster=rehearsal={peer}",
            "--unsafe-no-fsync",
            "--logger=zap",
            "--log-level=warn",
        ]

    def _apiserver_flags(self) -> list[str]:
        install = self._install
        vip = ipaddress.ip_address(install.api_vip)
        return [
            f"--etcd-servers={self._etcd}",
            f"--bind-address={vip}",
            f"--secure-port={API_PORT}",
            # Only the "kubernetes" Service's endpoints would carry it, and those are not reconciled; it must exist and
            # must not be a loopback address (without a default route the server finds none by itself).
            f"--advertise-address={'192.0.2.1' if vip.is_loopback else vip}",
            "--endpoint-reconciler-type=none",
            f"--cert-dir={install.directory}",
            f"--tls-cert-file={install.file('apiserver.crt')}",
            f"--tls-private-key-file={install.file('apiserver.key')}",
            f"--client-ca-file={install.file('client-ca.crt')}",
            "--authorization-mode=RBAC",
            f"--service-cluster-ip-range={SERVICE_NETWORK}",
            "--service-account-issuer=https://kubernetes.default.svc",
            f"--service-account-key-file={install.file('sa.pub')}",
            f"--service-account-signing-key-file={install.file('sa.key')}",
            "--allow-privileged=true",
            # It taints every new Node "not-ready" and leaves it to a controller that needs kubelets to lift that.
            "--disable-admission-plugins=TaintNodesByCondition",
            "--enable-priority-and-fairness=false",
            "--profiling=false",
            "--shutdown-delay-duration=0s",
            "--v=0",
        ]

    def _operators_arguments(self) -> list[str]:
        return ["-m", "rehearsal.operators", str(self._directory)]

    def _controller_manager_flags(self) -> list[str]:
        install = self._install
        kubeconfig = install.file("kcm.kubeconfig")
        _write_kubeconfig(kubeconfig, install)
        return [
            f"--kubeconfig={kubeconfig}",
            f"--controllers={CONTROLLERS}",
            "--leader-elect=false",
            "--secure-port=0",
            "--use-service-account-credentials=true",
            f"--service-account-private-key-file={install.file('sa.key')}",
            f"--root-ca-file={install.file('ca.crt')}",
            "--profiling=false",
            "--v=0",
        ]


def _write_kubeconfig(path: Path, install: Install) -> None:
    def data(name: str) -> str:
        return base64.b64encode(install.file(name).read_bytes()).decode()

    user = {"client-certificate-data": data("kcm.crt"), "client-key-data": data("kcm.key")}
    cluster = {"server": install.server, "certificate-authority-data": data("ca.crt")}
    path.touch(mode=0o600)
    path.write_text(
        json.dumps(
            {
                "apiVersion": "v1",
                "kind": "Config",
                "clusters": [{"name": "c", "cluster": cluster}],
                "users": [{"name": "kcm", "user": user}],
                "contexts": [{"name": "c", "context": {"cluster": "c", "user": "kcm"}}],
                "current-context": "c",
            }
        )
    )


def _free_port() -> int:
    """A loopback port that is free now; a lost race shows as etcd ending at once, and the start is tried again."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
