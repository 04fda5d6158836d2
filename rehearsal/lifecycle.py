"""Starting an embedded host, and telling whether one runs."""

from __future__ import annotations

import os
import subprocess
import sys
import time

from rehearsal import environment, inside, launchers, libvirtd, namespace, teardown
from rehearsal.errors import RehearsalError
from rehearsal.host import CHECKOUT, Host
from rehearsal.processes import Process

# Seconds until libvirt answers inside: it takes 2 on an idle machine, and looks at every QEMU it finds.
_LIMIT = 90.0


def say(host: Host, text: str) -> None:
    """One line of progress; stderr, so that stdout is only what was asked for."""
    print(f"rehearsal {host.name}: {text}", file=sys.stderr, flush=True)


def start(host: Host, image: bool = True) -> None:
    """Start the host unless it runs; returns when libvirt answers and, if wanted, the computes' image is there.

    Raises RehearsalError, and leaves nothing behind, when libvirt does not come up. When only the image cannot be made
    the host stays, and starting it again tries again.
    """
    if host.is_around_us():
        raise RehearsalError(f"this already is inside rehearsal {host.name}")
    namespace.check()
    while True:
        host.exists()
        host.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        with host.locked():
            # A stop that held the lock before has removed what was locked: begin again with a new directory.
            if host.directory.exists() and host.directory.stat().st_nlink > 0:
                _start(host)
                if image:
                    _image(host)
                return


def _start(host: Host) -> None:
    if host.init() is not None and host.ready.exists():
        say(host, "already runs")
        launchers.write(host)
        environment.prepare(host)
    else:
        if any(host.directory.iterdir()):
            say(host, "ended by itself earlier (or the machine did); removing what it left")
            teardown.end(host)
            teardown.empty(host)
        say(host, f"starting the embedded host in {host.directory}")
        began = time.monotonic()
        try:
            _launch(host)
        except BaseException:
            teardown.end(host)
            teardown.empty(host)
            raise
        say(host, f"libvirt answers ({time.monotonic() - began:.1f} s)")


def _launch(host: Host) -> None:
    host.write_record(None, None)
    host.log.mkdir()
    libvirtd.configure(host)
    launchers.write(host)
    environment.prepare(host)
    supervisor = [sys.executable, "-m", "rehearsal.supervisor", "--name", host.name, "--dir", str(host.directory)]
    log = host.log / "host.log"
    with log.open("ab") as output:
        launcher = subprocess.Popen(
            namespace.new(supervisor),
            cwd=CHECKOUT,
            env=environment.inside(host, os.environ),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    process = Process.of(launcher.pid)
    host.write_record(process, None)
    deadline = time.monotonic() + _LIMIT
    while not host.ready.exists():
        if launcher.poll() is not None or time.monotonic() > deadline:
            raise RehearsalError(f"the embedded host did not come up:\n{_tails(host)}")
        time.sleep(0.05)
    host.write_record(process, process.only_child() if process else None)


def _tails(host: Host) -> str:
    """The last lines of the logs, for a failure that is about to remove them."""
    found = []
    for log in sorted(host.log.glob("*.log")):
        lines = log.read_text(errors="replace").splitlines()[-12:]
        found += [f"  {log.name}: {line}" for line in lines]
    return "\n".join(found) or "  (it wrote no log)"


def _image(host: Host) -> None:
    """Have the stand-in for the computes' RHEL image made, by whoever knows how, where libvirt can read it."""
    image = host.source("/var/lib/libvirt") / "images" / "compute.qcow2"
    if image.exists() or not environment.runnable("rehearsal.guest"):
        return
    began = time.monotonic()
    say(host, "making the computes' image")
    command = [environment.interpreter(), "-m", "rehearsal.guest", "image", "--out", str(image)]
    if inside.run(host, command, CHECKOUT) != 0:
        raise RehearsalError("the computes' image could not be made; the lines above say why")
    say(host, f"the computes' image is made ({time.monotonic() - began:.1f} s)")


def status(host: Host) -> int:
    """Print what the host is doing; 0 when it runs, 3 when it does not (as service managers answer)."""
    if not host.exists():
        print(f"rehearsal {host.name} does not exist ({host.directory})")
        return 3
    init = host.init()
    if init is None or not host.ready.exists():
        print(f"rehearsal {host.name} does not run; its directory is left: {host.directory}")
        return 3
    since = host.ready.read_text().strip()
    print(f"rehearsal {host.name} runs since {since} as process {init.pid} in {host.directory}")
    return inside.run(host, ["virsh", "--connect", "qemu:///system", "list", "--all"], CHECKOUT)
