"""Faults of the host and its machines while a lab is made, up to OpenShift; each begins with nothing and ends so."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rehearsal import libvirtd
from rehearsal.errors import RehearsalError
from rehearsal.host import CHECKOUT
from rehearsal.trials.lab import POOLS, Lab
from rehearsal.trials.mending import destroyed, mended
from rehearsal.trials.running import Run, running, signalled
from rehearsal.trials.trial import Row

_WAITING = ("agent", "wait-for")
_PATIENCE = 20
"""Seconds that the installer waits; the real one's limit is 60 minutes, compiled in."""


def series(lab: Lab, short: bool) -> Iterator[Row]:
    """One after the other; CI tries those that need no installation."""
    for trial in _FEW if short else _ALL:
        yield trial(lab)
        lab.finish("destroy")


def _libvirtd_dies(lab: Lab) -> Row:
    run = lab.run("up")
    run.until(lambda: bool(lab.names()))
    signalled(running("libvirtd", "--config"), signal.SIGKILL)
    _libvirtd_runs()
    return mended(lab, "libvirtd killed while machines are made, started again", run)


def _plugin_dies(lab: Lab) -> Row:
    run = lab.run("up")
    run.until(lambda: bool(lab.names()))
    run.kill_child("pulumi-resource-libvirt")
    return mended(lab, "the libvirt plugin killed while machines are made", run)


def _program_dies(lab: Lab) -> Row:
    run = lab.run("up")
    run.until(lambda: bool(lab.names("net-list")))
    run.kill_child("pulumi-language-python-exec")
    return mended(lab, "the Python program killed while networks and machines are made", run)


def _terminated(lab: Lab) -> Row:
    run = lab.run("up")
    run.until(lambda: bool(lab.names()))
    run.interrupt(signal.SIGTERM)
    return mended(lab, "SIGTERM to the engine while machines are made", run)


def _disk_is_full(lab: Lab) -> Row:
    """Found before anything is made."""
    with _small_pools("4m"):
        run = lab.run("up")
        run.end()
        _mount("-o", "remount,size=4g", str(POOLS))
        row = mended(lab, "the pool's file system is full, then has room", run, "Images need")
        lab.finish("destroy")
    return row


def _powered_off(lab: Lab) -> Row:
    run = _installing(lab)
    lab.virsh("destroy", "rehearsal-worker-0")
    run.end()
    lab.virsh("start", "rehearsal-worker-0")
    return mended(lab, "a worker powered off during the installation, then on", run, "bootstrap timed out", "attempt")


def _paused(lab: Lab) -> Row:
    run = _installing(lab)
    lab.virsh("suspend", "rehearsal-master-1")
    run.end()
    lab.virsh("resume", "rehearsal-master-1")
    return mended(lab, "a master paused during the installation, then resumed", run, "bootstrap timed out", "attempt")


def _unplugged(lab: Lab) -> Row:
    run = _installing(lab)
    nic = next(line.split()[-1] for line in lab.virsh("domiflist", "rehearsal-worker-0").splitlines() if line.strip())
    lab.virsh("domif-setlink", "rehearsal-worker-0", nic, "down")
    run.end()
    lab.virsh("domif-setlink", "rehearsal-worker-0", nic, "up")
    return mended(lab, "a worker's cable out during the installation, then in", run, "bootstrap timed out", "attempt")


def _waiter_dies(lab: Lab) -> Row:
    run = _installing(lab)
    run.kill_child(*_WAITING)
    return mended(lab, "openshift-install killed while it waits", run)


def _iso_grows_old(lab: Lab) -> Row:
    """The state says when the ISO was made; the run ended before a machine booted it."""
    run = lab.run("up")
    run.until(lambda: any(urn.endswith("::cluster-image") for urn in run.done))
    run.interrupt(signal.SIGINT)
    run.end()
    lab.later("cluster-image", hours=21)
    refused = lab.run("up", *(word for urn in lab.urns("cluster-boot-gate") for word in ("--replace", urn)))
    refused.end()
    lab.asks(generation=2)
    row = mended(lab, "21 h go by before machines boot the ISO", refused, "Raise generation", remedy="generation 2, ")
    lab.finish("destroy")
    lab.asks(generation=1)
    return row


def _undefined(lab: Lab) -> Row:
    """libvirt's plugin takes what is gone already for an error, so a destroy reads its machines anew first."""
    lab.finish()
    lab.virsh("destroy", "rehearsal-worker-0")
    lab.virsh("undefine", "rehearsal-worker-0")
    run = lab.run("destroy")
    return destroyed(lab, "a machine undefined by hand before `destroy`", run, "--refresh")


def _stray_file(lab: Lab) -> Row:
    lab.finish()
    stray = next(path for path in POOLS.rglob("*") if path.is_dir()) / "somebodys"
    stray.write_text("somebody's")
    run = lab.run("destroy")
    run.end()
    stray.unlink()
    return destroyed(lab, "somebody's file in the pool at `destroy`, then taken away", run)


def _libvirtd_dies_at_the_end(lab: Lab) -> Row:
    lab.finish()
    before = len(lab.names())
    run = lab.run("destroy")
    run.until(lambda: len(lab.names()) < before)
    signalled(running("libvirtd", "--config"), signal.SIGKILL)
    _libvirtd_runs()
    return destroyed(lab, "libvirtd killed during `destroy`, started again", run, "--refresh")


_FEW = (_libvirtd_dies, _disk_is_full)
_ALL: tuple[Callable[[Lab], Row], ...] = (
    *(_libvirtd_dies, _plugin_dies, _program_dies, _terminated, _disk_is_full, _iso_grows_old),
    *(_powered_off, _paused, _unplugged, _waiter_dies),
    *(_undefined, _stray_file, _libvirtd_dies_at_the_end),
)


def _installing(lab: Lab) -> Run:
    """A run that watches the installation, before all has answered."""
    run = lab.run("up", patience=_PATIENCE)
    run.until(lambda: bool(running(*_WAITING)))
    return run


def _libvirtd_runs() -> None:
    """As systemd has it started again."""
    log = Path(os.environ["REHEARSAL_DIR"]) / "log" / "libvirtd.log"
    with log.open("ab") as out:
        daemon = subprocess.Popen(libvirtd.command(), cwd=CHECKOUT, stdin=subprocess.DEVNULL, stdout=out, stderr=out)
    if not libvirtd.wait_until_it_answers(lambda: daemon.poll() is None):
        raise RehearsalError("libvirtd does not come back; see log/libvirtd.log")


@contextmanager
def _small_pools(size: str) -> Iterator[None]:
    """A file system of their own for the pools."""
    POOLS.mkdir(exist_ok=True)
    _mount("-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(POOLS))
    try:
        yield
    finally:
        # Lazily, for libvirtd may still look into it.
        subprocess.run(["umount", "--lazy", str(POOLS)], check=True)


def _mount(*arguments: str) -> None:
    subprocess.run(["mount", *arguments], check=True)
