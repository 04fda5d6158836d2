"""`agent create image`: from two documents to an ISO, a kubeconfig and a payload.

The payload is what the real ISO carries into the nodes, the cluster's certificates above all. Guests of a rehearsal
run no control plane; the rehearsal's own does, and finds the payload in `$REHEARSAL_DIR/clusters/<id>/`.
"""

from __future__ import annotations

import base64
import json
import os
import secrets
import string
import time
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeAlias

import yaml

from rehearsal.guest import GuestError, agent_iso
from rehearsal.openshift_install import agent_config, documents, install_config, state
from rehearsal.openshift_install.agent_config import AgentConfig, Host
from rehearsal.openshift_install.certificates import Authority, signing_pair
from rehearsal.openshift_install.errors import InstallerError
from rehearsal.openshift_install.fields import Document
from rehearsal.openshift_install.install_config import InstallConfig
from rehearsal.openshift_install.log import Log
from rehearsal.openshift_install.state import Installation, Member

ISO = "agent.x86_64.iso"
Manifests: TypeAlias = dict[str, dict[str, Any]]
"""Objects of the extra manifests by a file name of their own."""

_FETCH = "failed to fetch Agent Installer ISO: failed to load asset"
_NO_VIP = (
    "the documents are valid, but a rehearsal can't bring up such a cluster: its control plane runs beside the "
    "machines, at a VIP, and here the API would have to answer at a machine's own address"
)
_SPENT = "cannot generate ISO image due to configuration errors"


def image(directory: Path, log: Log) -> None:
    """Make everything in `directory`. Raises InstallerError; then the inputs are still there."""
    inputs = documents.read(directory)
    before = state.load(directory)
    if before is not None and (inputs is None or inputs.digest == before.inputs):
        raise InstallerError(f"failed to write asset (Agent Installer ISO) to disk: {_SPENT}")
    if inputs is None:
        raise InstallerError(f'{_FETCH} "Install Config": {documents.INSTALL_CONFIG} file not found')
    install, agent = validated(inputs, log)
    if not install.api_vip:
        raise InstallerError(f"failed to fetch Agent Installer ISO: platform {install.platform}: {_NO_VIP}")
    installation = _installation(install, agent, inputs.digest)
    log.debug(f"Installation {installation.id}: {len(installation.hosts)} hosts")
    try:
        roles = [member.role for member in installation.hosts]
        agent_iso(directory / ISO, on_the_iso(installation.id, agent.hosts, roles), kernel=_kernel())
    except GuestError as error:
        raise InstallerError(f"failed to fetch Agent Installer ISO: {error}") from error
    _credentials(directory, installation, inputs.manifests, log)
    (directory / "rendezvousIP").write_text(installation.rendezvous_ip)
    installation.save(directory)
    for path in inputs.paths:
        path.unlink()
    log.info(f"Generated ISO at {directory / ISO}")


def validated(inputs: documents.Inputs, log: Log) -> tuple[InstallConfig, AgentConfig]:
    """Check both documents. Raises InstallerError that lists every problem of the first document that has any."""
    log.info("Consuming Install Config from target directory")
    document = Document(strict=False)
    install = install_config.read(document, inputs.install_config)
    _report(document, log, f'{_FETCH} "Install Config": invalid install-config configuration')
    log.info("Consuming Agent Config from target directory")
    document = Document()
    agent = agent_config.read(document, inputs.agent_config, masters=install.masters, workers=install.workers)
    _report(document, log, f'{_FETCH} "Agent Hosts": invalid agent-config configuration')
    if inputs.manifests:
        log.info("Consuming Extra Manifests from target directory")
    return install, agent


def _report(document: Document, log: Log, sentence: str) -> None:
    for warning in document.warnings:
        log.warning(warning)
    if document.problems:
        found = document.problems
        raise InstallerError(f"{sentence}: {found[0] if len(found) == 1 else '[' + ', '.join(found) + ']'}")


def _installation(install: InstallConfig, agent: AgentConfig, digest: str) -> Installation:
    roles = _roles(agent.hosts, install.masters)
    members = []
    for host, role in zip(agent.hosts, roles, strict=True):
        home = [address for address in host.addresses if any(address.ip in net for net in install.machine_network)]
        address = str((home or list(host.addresses))[0].ip) if host.addresses else ""
        members.append(Member(host.hostname, role, host.mac, address))
    return Installation(
        id=str(uuid.uuid4()),
        inputs=digest,
        cluster_name=install.name,
        base_domain=install.base_domain,
        api_vip=install.api_vip,
        ingress_vip=install.ingress_vip,
        machine_network=str(install.machine_network[0]),
        rendezvous_ip=agent.rendezvous_ip,
        expected=install.masters + install.workers,
        created=int(time.time()),
        hosts=tuple(members),
    )


def _roles(hosts: tuple[Host, ...], masters: int) -> list[str]:
    """Give role-less hosts a role: they fill up the masters first."""
    left = masters - sum(host.role == "master" for host in hosts)
    roles = []
    for host in hosts:
        role = host.role
        if not role:
            role = "master" if left > 0 else "worker"
            left -= 1
        roles.append(role)
    return roles


def on_the_iso(identity: str, hosts: Sequence[Host], roles: Sequence[str]) -> dict[str, bytes]:
    """What a guest of installation `identity` finds under /agent (rehearsal/guest/system/lib/agent.sh)."""
    files = {"id": f"{identity}\n"}
    for number, (host, role) in enumerate(zip(hosts, roles, strict=True)):
        if host.hostname:
            files[f"hostnames/{host.mac}"] = f"{host.hostname}\n"
        base = f"hosts/{number:02}"
        files[f"{base}/macs"] = "".join(f"{mac}\n" for mac in host.macs)
        files[f"{base}/role"] = f"{role}\n"
        files[f"{base}/network"] = host.plan
        if host.device:
            files[f"{base}/disk"] = f"{host.device}\n"
    return {path: text.encode() for path, text in files.items()}


def _kernel() -> Path:
    engine = os.environ.get("RHOSO_ENGINE")
    if not engine:
        raise InstallerError("failed to fetch base ISO: RHOSO_ENGINE is not set, so the guest's kernel is not known")
    return Path(engine) / "kernel"


def _credentials(directory: Path, installation: Installation, manifests: Manifests, log: Log) -> None:
    domain = f"{installation.cluster_name}.{installation.base_domain}"
    server_ca, client_ca = Authority("kube-apiserver-lb-signer"), Authority("admin-kubeconfig-signer")
    names = [
        f"api.{domain}", f"api-int.{domain}", "kubernetes", "kubernetes.default", "kubernetes.default.svc",
        "kubernetes.default.svc.cluster.local", "localhost", "127.0.0.1", "172.30.0.1",
    ]  # fmt: skip
    names += [installation.api_vip] if installation.api_vip else []
    files = {"ca.crt": server_ca.pem, "client-ca.crt": client_ca.pem}
    files["apiserver.crt"], files["apiserver.key"] = server_ca.server("kube-apiserver", names)
    files["admin.crt"], files["admin.key"] = client_ca.client("system:admin", "system:masters")
    files["kcm.crt"], files["kcm.key"] = client_ca.client("system:kube-controller-manager")
    files["sa.key"], files["sa.pub"] = signing_pair()
    auth = directory / "auth"
    auth.mkdir(mode=0o750, exist_ok=True)
    alphabet = string.ascii_letters + string.digits
    password = "-".join("".join(secrets.choice(alphabet) for _ in range(5)) for _ in range(4))
    _private_file(auth / "kubeadmin-password", password.encode())
    _private_file(auth / "kubeconfig", _kubeconfig(installation.cluster_name, domain, files))
    _register(installation, files, manifests, log)


def _kubeconfig(cluster: str, domain: str, files: dict[str, bytes]) -> bytes:
    def data(name: str) -> str:
        return base64.b64encode(files[name]).decode()

    server = {"server": f"https://api.{domain}:6443", "certificate-authority-data": data("ca.crt")}
    user = {"client-certificate-data": data("admin.crt"), "client-key-data": data("admin.key")}
    document = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": cluster, "cluster": server}],
        "users": [{"name": "admin", "user": user}],
        "contexts": [{"name": "admin", "context": {"cluster": cluster, "user": "admin"}}],
        "current-context": "admin",
    }
    return yaml.safe_dump(document, sort_keys=False).encode()


def _register(installation: Installation, files: dict[str, bytes], manifests: Manifests, log: Log) -> None:
    """Put the payload where the rehearsal's control plane looks; it appears there complete or not at all."""
    rehearsal = os.environ.get("REHEARSAL_DIR")
    if not rehearsal:
        log.warning("REHEARSAL_DIR is not set: hosts can boot this ISO, but no control plane will start for it")
        return
    clusters = Path(rehearsal) / "clusters"
    clusters.mkdir(mode=0o700, parents=True, exist_ok=True)
    partial = clusters / f".{installation.id}"
    partial.mkdir(mode=0o700)
    (partial / "manifests").mkdir(mode=0o700)
    for name, item in manifests.items():
        _private_file(partial / "manifests" / f"{name}.json", json.dumps(item, indent=2, default=str).encode())
    for name, content in files.items():
        _private_file(partial / name, content)
    keys = (
        "id", "cluster_name", "base_domain", "api_vip", "ingress_vip", "machine_network", "rendezvous_ip", "created",
    )  # fmt: skip
    document = {key: getattr(installation, key) for key in keys}
    document["hosts"] = [vars(host) for host in installation.hosts]
    _private_file(partial / "install.json", json.dumps(document, indent=2).encode())
    partial.rename(clusters / installation.id)


def _private_file(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
