"""The first process of an embedded host: it makes the place, starts the daemons and holds the namespaces open.

Being process 1 of its pid namespace it inherits every orphan (each QEMU is one) and must collect them; and when it
ends, the kernel ends all the others with it. That is why ending a rehearsal is ending this.
"""

from __future__ import annotations

import argparse
import os
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

from rehearsal import environment, libvirtd, mounts
from rehearsal.host import CHECKOUT, Host
from rehearsal.namespace import tool


class _Told(Exception):
    """Somebody asked the host to end."""


class Supervisor:
    """Daemons by pid, and the wait for whichever ends."""

    def __init__(self, host: Host) -> None:
        self.host = host
        self.daemons: dict[int, str] = {}
        self._wake, wake_end = os.pipe()
        for end in (self._wake, wake_end):
            os.set_blocking(end, False)
        # Signals become readable bytes: a plain wait could miss one that comes just before it.
        signal.set_wakeup_fd(wake_end, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGTERM, _raise_told)

    def start(self, name: str, command: list[str]) -> None:
        """Start a daemon with its output in log/<name>.log."""
        with (self.host.log / f"{name}.log").open("ab") as log:
            daemon = subprocess.Popen(command, cwd=CHECKOUT, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        # Collected below like every other child; Popen must not wait for it a second time.
        daemon.returncode = 0
        self.daemons[daemon.pid] = name
        say(f"{name} is process {daemon.pid}")

    def runs(self, name: str) -> bool:
        """Whether that daemon has not ended yet."""
        self.collect()
        return name in self.daemons.values()

    def collect(self) -> None:
        """Collect every child that has ended, ours or inherited."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            if name := self.daemons.pop(pid, None):
                say(f"{name} ended with {os.waitstatus_to_exitcode(status)}; see log/{name}.log")

    def hold(self) -> None:
        """Keep collecting until told to end."""
        while True:
            select.select([self._wake], [], [])
            os.read(self._wake, 4096)
            self.collect()


def _raise_told(*_: object) -> None:
    raise _Told


def say(text: str) -> None:
    """One line for log/host.log."""
    print(f"{time.strftime('%H:%M:%S')} {text}", flush=True)


def main() -> int:
    """Run as the first process of new namespaces: python -m rehearsal.supervisor --name N --dir D."""
    parser = argparse.ArgumentParser(prog="rehearsal.supervisor")
    parser.add_argument("--name", required=True)
    parser.add_argument("--dir", required=True, type=Path)
    arguments = parser.parse_args()
    host = Host(arguments.name, arguments.dir)
    try:
        supervisor = Supervisor(host)
        mounts.make_private(host)
        subprocess.run([tool("ip"), "link", "set", "lo", "up"], check=True)
        supervisor.start("libvirtd", libvirtd.command())
        if not libvirtd.wait_until_it_answers(lambda: supervisor.runs("libvirtd")):
            say("libvirtd does not answer; see log/libvirtd.log")
            return 1
        if environment.runnable("rehearsal.cluster"):
            supervisor.start("cluster", [environment.interpreter(), "-m", "rehearsal.cluster"])
        host.ready.write_text(time.strftime("%Y-%m-%dT%H:%M:%S%z\n"))
        say("ready")
        supervisor.hold()
    except _Told:
        say("told to end")
    except subprocess.CalledProcessError as error:
        say(f"cannot make the host: {error}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
