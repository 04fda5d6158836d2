"""Faults of the host and its machines while a lab is made, up to OpenShift; each begins with nothing and ends so."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

from rehearsal import libvirtd
from rehearsal.errors import RehearsalError
from rehearsal.host import CHECKOUT
from rehearsal.trials import clocks, disk
from rehearsal.trials.lab import POOLS, WAITING, Lab
from rehearsal.trials.mending import destroyed, mended
from rehearsal.trials.running import running, signalled
from rehearsal.trials.trial import Row


def series(lab: Lab, short: bool) -> Iterator[Row]:
    """One after the other; CI tries those that need no installation."""
    lab.asks_no_more()
    lab.asks(through="openshift")
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


def _powered_off(lab: Lab) -> Row:
    run = lab.installing()
    lab.virsh("destroy", "rehearsal-worker-0")
    run.end()
    lab.virsh("start", "rehearsal-worker-0")
    return mended(lab, "a worker powered off during the installation, then on", run, "bootstrap timed out", "attempt")


def _paused(lab: Lab) -> Row:
    run = lab.installing()
    lab.virsh("suspend", "rehearsal-master-1")
    run.end()
    lab.virsh("resume", "rehearsal-master-1")
    return mended(lab, "a master paused during the installation, then resumed", run, "bootstrap timed out", "attempt")


def _unplugged(lab: Lab) -> Row:
    run = lab.installing()
    nic = next(line.split()[-1] for line in lab.virsh("domiflist", "rehearsal-worker-0").splitlines() if line.strip())
    lab.virsh("domif-setlink", "rehearsal-worker-0", nic, "down")
    run.end()
    lab.virsh("domif-setlink", "rehearsal-worker-0", nic, "up")
    return mended(lab, "a worker's cable out during the installation, then in", run, "bootstrap timed out", "attempt")


def _waiter_dies(lab: Lab) -> Row:
    run = lab.installing()
    run.kill_child(*WAITING)
    return mended(lab, "openshift-install killed while it waits", run)


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


_FEW = (_libvirtd_dies, disk.is_refused, disk.fills_up)
_ALL: tuple[Callable[[Lab], Row], ...] = (
    *(_libvirtd_dies, _plugin_dies, _program_dies, _terminated, disk.is_full, disk.fills_up),
    *(clocks.iso_grows_old, clocks.client_was_ahead),
    *(_powered_off, _paused, _unplugged, _waiter_dies),
    *(_undefined, _stray_file, _libvirtd_dies_at_the_end),
)


def _libvirtd_runs() -> None:
    """As systemd has it started again."""
    log = Path(os.environ["REHEARSAL_DIR"]) / "log" / "libvirtd.log"
    with log.open("ab") as out:
        daemon = subprocess.Popen(libvirtd.command(), cwd=CHECKOUT, stdin=subprocess.DEVNULL, stdout=out, stderr=out)
    if not libvirtd.wait_until_it_answers(lambda: daemon.poll() is None):
        raise RehearsalError("libvirtd does not come back; see log/libvirtd.log")
