"""The private view of the file system inside the host: its own libvirt directories, /run and /sys.

The mount namespace is private, so none of this is seen outside and all of it ends with the host's first process.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

from rehearsal.host import CHECKOUT, Host
from rehearsal.namespace import tool

LIBVIRT_DIRECTORIES = ("/var/lib/libvirt", "/etc/libvirt", "/var/cache/libvirt", "/var/log/libvirt")


def _mount(*arguments: str) -> None:
    # --no-mtab: mount(8) would otherwise keep a table of its own in the machine's /run.
    subprocess.run([tool("mount"), "--no-mtab", *arguments], check=True)


def make_private(host: Host) -> None:
    """Put the host's own directories in the place of the machine's. Needs to be root of a mount namespace of its own.

    Raises CalledProcessError when the kernel refuses a mount; the host then does not start.
    """
    for target in LIBVIRT_DIRECTORIES:
        source = host.source(target)
        # Daemons that give up root must be able to walk here: dnsmasq reads its host files as another user.
        source.mkdir(parents=True, exist_ok=True)
        source.chmod(0o755)
        _mount("--bind", str(source), target)
    # Installer directories belong to the lab that they installed, and this checkout may have another one.
    installation = host.directory / "installation"
    if (CHECKOUT / "installation").is_dir():
        installation.mkdir(mode=0o700, exist_ok=True)
        _mount("--bind", str(installation), str(CHECKOUT / "installation"))
    # Shared memory would otherwise be the machine's, and be left there by whatever is killed.
    if Path("/dev/shm").is_dir() and not Path("/dev/shm").is_symlink():
        _mount("-t", "tmpfs", "-o", "nosuid,nodev,mode=1777", "rehearsal", "/dev/shm")
    _mount("-t", "tmpfs", "-o", "nosuid,nodev,mode=755", "rehearsal", "/run")
    Path("/run/lock").mkdir(mode=0o1777)
    # A fresh sysfs shows this network namespace's interfaces, and no control groups that libvirt could make its own in.
    _mount("-t", "sysfs", "sysfs", "/sys")
