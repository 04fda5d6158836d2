"""Fake machines on loopback and the payload that the installer's stand-in would leave for them."""

from __future__ import annotations

import base64
import itertools
import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from rehearsal.cluster.kube import Kube

CHECKOUT = Path(__file__).parents[2]
VIP = "127.0.0.5"
NODES = [(f"master-{i}", "master", f"127.0.0.{20 + i}") for i in range(3)] + [
    (f"worker-{i}", "worker", f"127.0.0.{30 + i}") for i in range(10)
]
NEWCOMER = ("worker-10", "127.0.0.50")  # name and address of a machine that the installation does not know
PATIENCE = 90.0  # seconds until a state that must come is given up
_SERIAL = itertools.count(1)


class Authority:
    """A certificate authority for one test."""

    def __init__(self, name: str) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self._certificate = self._sign(self._name, self._key, ca=True, names=[], group=None)
        self.pem = self._certificate.public_bytes(serialization.Encoding.PEM)

    def issue(self, common_name: str, group: str | None = None, names: list[str] | None = None) -> tuple[bytes, bytes]:
        """A certificate and its key as PEM, for a client (``group``) or a server (``names``)."""
        key = ec.generate_private_key(ec.SECP256R1())
        parts = [x509.NameAttribute(NameOID.COMMON_NAME, common_name)]
        if group:
            parts.insert(0, x509.NameAttribute(NameOID.ORGANIZATION_NAME, group))
        certificate = self._sign(x509.Name(parts), key, ca=False, names=names or [], group=group)
        return certificate.public_bytes(serialization.Encoding.PEM), private_pem(key)

    def _sign(
        self, subject: x509.Name, key: ec.EllipticCurvePrivateKey, ca: bool, names: list[str], group: str | None
    ) -> x509.Certificate:
        now = datetime.now(UTC)
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(next(_SERIAL))
            .not_valid_before(now - timedelta(minutes=5))
            .not_valid_after(now + timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        )
        if not ca:
            usage = ExtendedKeyUsageOID.SERVER_AUTH if names else ExtendedKeyUsageOID.CLIENT_AUTH
            builder = builder.add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
        if names:
            general = [x509.IPAddress(ip_address(name)) if name[0].isdigit() else x509.DNSName(name) for name in names]
            builder = builder.add_extension(x509.SubjectAlternativeName(general), critical=False)
        return builder.sign(self._key, hashes.SHA256())


def private_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


class Machines:
    """Tiny HTTP servers in the place of guests; what each says can change at any time."""

    def __init__(self) -> None:
        self.says: dict[str, dict[str, Any]] = {}
        self._servers: dict[str, ThreadingHTTPServer] = {}

    def boot(self, install_id: str, without: tuple[str, ...] = (), start: str = "") -> None:
        """All 13 machines run this installation from now on, except ``without``; ``start`` tells their starts apart."""
        for hostname, role, ip in NODES:
            if hostname in without:
                continue
            nics = [{"name": "ens3", "mac": mac_of(ip), "addresses": [f"{ip}/24"], "up": True}]
            self.says[ip] = {"id": install_id, "hostname": hostname, "role": role, "nics": nics, "boot": start}
            if ip not in self._servers:
                self._serve(ip)

    def boot_one(self, install_id: str, hostname: str, ip: str, **says: str) -> None:
        """One worker runs this installation; ``says``: image, boot and machine."""
        nics = [{"name": "ens3", "mac": mac_of(ip), "addresses": [f"{ip}/24"], "up": True}]
        self.says[ip] = {"id": install_id, "hostname": hostname, "role": "worker", "nics": nics, **says}
        if ip not in self._servers:
            self._serve(ip)

    def power_off(self, role: str) -> None:
        for _, its_role, ip in NODES:
            if its_role == role:
                self.power_off_one(ip)

    def power_off_one(self, ip: str) -> None:
        """The machine at an address; nothing happens when none runs there."""
        if ip in self._servers:
            server = self._servers.pop(ip)
            server.shutdown()
            server.server_close()

    def _serve(self, ip: str) -> None:
        says = self.says

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = json.dumps(says[ip]).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        server = ThreadingHTTPServer((ip, 8090), Handler)
        server.daemon_threads = True
        self._servers[ip] = server
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()


@dataclass
class Rehearsal:
    """A state directory with the daemon running on it."""

    directory: Path
    machines: Machines
    environment: dict[str, str]
    daemon: subprocess.Popen[bytes] | None = None

    @property
    def definitions(self) -> Path:
        """Where libvirt would keep its definitions of the machines."""
        return self.directory / "machines"

    def define(self, role: str) -> None:
        """Let libvirt know the machines of a role, as far as the daemon looks at that."""
        self.definitions.mkdir(exist_ok=True)
        for hostname, its_role, ip in NODES:
            if its_role == role:
                (self.definitions / f"lab-{hostname}.xml").write_text(f"<mac address='{mac_of(ip)}'/>")

    def undefine_all(self) -> None:
        for path in self.definitions.iterdir():
            path.unlink()

    def start_daemon(self) -> None:
        with (self.directory / "cluster.log").open("ab") as log:
            self.daemon = subprocess.Popen(
                [sys.executable, "-m", "rehearsal.cluster", str(self.definitions)], env=self.environment, stderr=log
            )

    def end_daemon(self, number: int = signal.SIGTERM) -> None:
        if self.daemon is not None:
            self.daemon.send_signal(number)
            self.daemon.wait(60)
            self.daemon = None

    def install(self, install_id: str) -> Path:
        """Leave the payload of a new installation, as ``openshift-install agent create image`` does."""
        directory = self.directory / "clusters" / install_id
        write_payload(directory, install_id)
        return directory

    def status(self, install_id: str) -> dict[str, Any]:
        path = self.directory / "clusters" / install_id / "status.json"
        status: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
        return status

    def kube(self, install_id: str) -> Kube:
        directory = self.directory / "clusters" / install_id
        files = [directory / name for name in ("ca.crt", "admin.crt", "admin.key")]
        return Kube.from_files(f"https://{VIP}:6443", *files)

    def eventually(self, what: str, holds: Callable[[], bool]) -> None:
        """Poll until ``holds``; fails with the daemon's log."""
        deadline = time.monotonic() + PATIENCE
        while not holds():
            log = (self.directory / "cluster.log").read_text()
            assert time.monotonic() < deadline, f"{what}: not within {PATIENCE:.0f} s; the daemon says:\n{log}"
            time.sleep(0.1)


def mac_of(ip: str) -> str:
    return "52:54:00:00:00:" + format(int(ip.rsplit(".", 1)[1]), "02x")


def write_payload(
    directory: Path, install_id: str, vip: str = VIP, hosts: Sequence[tuple[str, str, str]] = NODES
) -> None:
    """install.json (last, and whole) and the PEM files of the contract; ``hosts``: name, role and address of each."""
    directory.mkdir(mode=0o700, parents=True)
    servers, clients = Authority("server-ca"), Authority("client-ca")
    names = ["api.lab.example.com", "api-int.lab.example.com", vip, "127.0.0.1", "kubernetes"]
    sa = ec.generate_private_key(ec.SECP256R1())
    pairs = {
        "apiserver": servers.issue("kube-apiserver", names=names),
        "admin": clients.issue("system:admin", group="system:masters"),
        "kcm": clients.issue("system:kube-controller-manager"),
    }
    files = {"ca.crt": servers.pem, "client-ca.crt": clients.pem, "sa.key": private_pem(sa)}
    files["sa.pub"] = sa.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    for name, (certificate, key) in pairs.items():
        files |= {f"{name}.crt": certificate, f"{name}.key": key}
    for name, content in files.items():
        (directory / name).write_bytes(content)
        (directory / name).chmod(0o600)
    document = {
        "id": install_id,
        "cluster_name": "lab",
        "base_domain": "example.com",
        "api_vip": vip,
        "ingress_vip": "127.0.0.7",
        "machine_network": "127.0.0.0/24",
        "rendezvous_ip": hosts[0][2],
        "hosts": [{"hostname": n, "role": r, "mac": mac_of(ip).upper(), "ip": ip} for n, r, ip in hosts],
        "created": time.time(),
    }
    (directory / "install.json.new").write_text(json.dumps(document))
    (directory / "install.json.new").rename(directory / "install.json")


def write_kubeconfig(path: Path, payload: Path) -> None:
    """An administrator's kubeconfig that dials the address and verifies the name, as the program's does."""

    def data(name: str) -> str:
        return base64.b64encode((payload / name).read_bytes()).decode()

    cluster = {
        "server": f"https://{VIP}:6443",
        "tls-server-name": "api.lab.example.com",
        "certificate-authority-data": data("ca.crt"),
    }
    user = {"client-certificate-data": data("admin.crt"), "client-key-data": data("admin.key")}
    document = {
        "clusters": [{"name": "lab", "cluster": cluster}],
        "users": [{"name": "admin", "user": user}],
        "contexts": [{"name": "admin", "context": {"cluster": "lab", "user": "admin"}}],
        "current-context": "admin",
    }
    path.write_text(json.dumps(document))
