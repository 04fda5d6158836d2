"""Ending a host: first every process of it, then every file. Works as well for one whose first process died earlier."""

from __future__ import annotations

import subprocess

from rehearsal import namespace
from rehearsal.errors import RehearsalError
from rehearsal.host import CHECKOUT, Host


def end(host: Host) -> None:
    """End the host's first process, and with it every process, mount and interface; returns when they are gone."""
    launcher, init = host.recorded()
    for process in (init or (launcher and launcher.only_child()), launcher):
        if process is not None:
            process.end()


def empty(host: Host) -> None:
    """Delete all files in the host's directory but not the directory, which holds the lock."""
    # The record goes last: whoever interrupts this can call it again.
    entries = sorted(host.directory.iterdir(), key=lambda path: path == host.record)
    for batch in ([str(e) for e in entries if e != host.record], [str(e) for e in entries if e == host.record]):
        if not batch:
            continue
        removal = namespace.as_owner_of_everything(["rm", "-rf", "--one-file-system", "--", *batch])
        done = subprocess.run(removal, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
        if done.returncode != 0:
            raise RehearsalError(f"{host.directory} could not be removed: {done.stderr.strip()}")


def stop(host: Host) -> bool:
    """End the host and delete its directory; False when there is none."""
    if host.is_around_us():
        raise RehearsalError(f"this shell is inside rehearsal {host.name}; leave it first (exit)")
    if not host.exists():
        return False
    with host.locked():
        end(host)
        empty(host)
        host.directory.rmdir()
    if host.directory.parent == CHECKOUT / ".rehearsal" and not any(host.directory.parent.iterdir()):
        host.directory.parent.rmdir()
    return True
