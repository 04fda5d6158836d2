"""`agent wait-for`: a pure observer that ends when the installation does, or says what it was still waiting for.

The real limits, 60 and 90 minutes, are compiled in; here each is OPENSHIFT_INSTALL_WAIT_SECONDS, because guests that
boot in seconds need no hour. Each takes as long as the rehearsal's pace asks (rehearsal/pace.py), if it asks.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from pathlib import Path

from rehearsal.openshift_install import hosts, state
from rehearsal.openshift_install.errors import EXIT_BOOTSTRAP, EXIT_INSTALL, InstallerError
from rehearsal.openshift_install.kube import Kube, KubeError
from rehearsal.openshift_install.log import Log
from rehearsal.openshift_install.state import Installation

_POLL_SECONDS = 2.0
_DEFAULT_LIMIT_SECONDS = 300.0


def bootstrap_complete(directory: Path, log: Log) -> None:
    """Wait until all hosts take part and the control plane is up. Raises InstallerError (exit code 5) at the limit."""
    _bootstrapped(directory, log, _pace("bootstrap-complete"))


def _bootstrapped(directory: Path, log: Log, pace: float) -> None:
    installation, kube = _load(directory)
    _wait(_paced(lambda: _bootstrap(installation, kube), pace), log, EXIT_BOOTSTRAP, "bootstrap process timed out")
    log.info("Bootstrap is complete")
    log.info("cluster bootstrap is complete")


def install_complete(directory: Path, log: Log) -> None:
    """Wait for the bootstrap, then for every node. Raises InstallerError (exit code 5 or 6) at the limit."""
    _bootstrapped(directory, log, 0.0)
    installation, kube = _load(directory)
    look = _paced(lambda: _install(installation, kube), _pace("install-complete"))
    _wait(look, log, EXIT_INSTALL, "cluster installation timed out")
    log.info("Cluster is installed")
    log.info("Install complete!")
    kubeconfig = (directory / "auth" / "kubeconfig").absolute()
    log.info(f"To access the cluster as the system:admin user when using 'oc', run\n    export KUBECONFIG={kubeconfig}")
    domain = f"{installation.cluster_name}.{installation.base_domain}"
    log.info(f"Access the OpenShift web-console here: https://console-openshift-console.apps.{domain}")
    password = (directory / "auth" / "kubeadmin-password").read_text()
    log.info(f'Login to the console with user: "kubeadmin", and password: "{password}"')


def _load(directory: Path) -> tuple[Installation, Kube]:
    installation = state.load(directory)
    if installation is None:
        raise InstallerError(f"failed to load the state file: {directory} holds no installation", EXIT_BOOTSTRAP)
    return state.followed(installation), Kube(directory / "auth" / "kubeconfig")


def _pace(what: str) -> float:
    """Seconds that a wait shall take at least, from $REHEARSAL_DIR/pace.json ({what: seconds}); 0 unless that says."""
    try:
        paces = json.loads((Path(os.environ.get("REHEARSAL_DIR", "")) / "pace.json").read_text())
    except FileNotFoundError:
        return 0.0
    return float(paces.get(what, 0.0))


def _paced(look: Callable[[], str], seconds: float) -> Callable[[], str]:
    """`look` that has something to wait for until so many seconds from now."""
    end = time.monotonic() + seconds
    return lambda: look() or ("" if time.monotonic() >= end else "all is there; as slow as this rehearsal shall be")


def _wait(look: Callable[[], str], log: Log, code: int, sentence: str) -> None:
    """Poll `look` until it returns "", logging what it returns whenever that changes."""
    limit = float(os.environ.get("OPENSHIFT_INSTALL_WAIT_SECONDS") or _DEFAULT_LIMIT_SECONDS)
    end = time.monotonic() + limit
    shown = None
    while True:
        waiting = look()
        if not waiting:
            return
        if waiting != shown:
            log.info(waiting)
            shown = waiting
        if time.monotonic() >= end:
            raise InstallerError(f"{sentence} after {limit:.0f} s: {waiting}", code)
        time.sleep(_POLL_SECONDS)


def _bootstrap(installation: Installation, kube: Kube) -> str:
    """Return what the bootstrap waits for, "" when it is complete."""
    absent = hosts.missing(installation)
    if absent:
        count = len(installation.hosts) - len(absent)
        names = "; ".join(map(str, absent))
        return f"{count} of {installation.expected} hosts answered, waiting for {names}"
    unlisted = hosts.unlisted(installation)
    if unlisted:
        return f"{len(installation.hosts)} of {installation.expected} hosts answered, {unlisted} more are not listed"
    try:
        version = kube.version()
    except KubeError as error:
        return f"all {installation.expected} hosts answered, waiting for the Kubernetes API: {error}"
    try:
        complete = kube.bootstrap_complete()
    except KubeError:
        complete = False
    return "" if complete else f"Kubernetes API {version} is up, waiting for the bootstrap ConfigMap to be complete"


def _install(installation: Installation, kube: Kube) -> str:
    """Return what the installation waits for, "" when exactly the expected nodes are Ready."""
    try:
        nodes = kube.nodes()
    except KubeError as error:
        return f"waiting for the Kubernetes API: {error}"
    expected = {host.hostname: host.mac for host in installation.hosts}
    problems = [f"{name} ({mac}) is not registered" for name, mac in expected.items() if name not in nodes]
    problems += [f"{name} is registered but not expected" for name in sorted(nodes) if name not in expected]
    problems += [f"{name} is not Ready" for name, ready in nodes.items() if name in expected and not ready]
    ready = sum(nodes.get(name, False) for name in expected)
    return f"{ready} of {len(expected)} nodes are Ready: {'; '.join(problems)}" if problems else ""
