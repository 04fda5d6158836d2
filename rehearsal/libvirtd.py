"""libvirtd inside the host: its configuration, and when it can be said to be up.

Everything that would reach for the machine (control groups, security drivers, device namespaces, other users' ids) is
switched off; what remains is a KVM host that answers at the standard place, so that plain `qemu:///system` means it.
"""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable

from rehearsal.host import Host
from rehearsal.namespace import tool

_QEMU_CONF = """\
user = "root"
group = "root"
dynamic_ownership = 0
remember_owner = 0
security_driver = "none"
cgroup_controllers = []
namespaces = []
stdio_handler = "file"
"""

_LIBVIRTD_CONF = """\
auth_unix_rw = "none"
auth_unix_ro = "none"
unix_sock_group = "root"
unix_sock_rw_perms = "0700"
log_outputs = "2:stderr"
"""


def configure(host: Host) -> None:
    """Write the two configuration files where /etc/libvirt will be, and make the directories that libvirt expects."""
    etc = host.source("/etc/libvirt")
    etc.mkdir(parents=True, exist_ok=True)
    (etc / "qemu.conf").write_text(_QEMU_CONF)
    (etc / "libvirtd.conf").write_text(_LIBVIRTD_CONF)
    (host.source("/var/lib/libvirt") / "images").mkdir(parents=True, exist_ok=True)
    # As packages ship it: libvirt makes it for its own log, but only after a guest's console log was to lie there.
    (host.source("/var/log/libvirt") / "qemu").mkdir(parents=True, exist_ok=True)


def command() -> list[str]:
    """libvirtd in the foreground: its parent sees when it ends."""
    return [tool("libvirtd"), "--config", "/etc/libvirt/libvirtd.conf"]


def wait_until_it_answers(still_runs: Callable[[], bool], limit: float = 60.0) -> bool:
    """Ask until libvirt answers; False when it ended first or `limit` seconds went by."""
    question = [tool("virsh"), "--connect", "qemu:///system", "--quiet", "list"]
    deadline = time.monotonic() + limit
    while time.monotonic() < deadline and still_runs():
        try:
            if subprocess.run(question, capture_output=True, stdin=subprocess.DEVNULL, timeout=10).returncode == 0:
                return True
        except subprocess.TimeoutExpired:
            continue
        time.sleep(0.1)
    return False
