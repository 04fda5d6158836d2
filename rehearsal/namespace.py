"""The commands that make, enter and clean up after a namespace tree, for root and for an ordinary user alike.

An ordinary user gets a user namespace in which he is root and his subordinate ids (/etc/subuid) are the other users;
dnsmasq, for one, wants to become somebody else. Root needs no user namespace.
"""

from __future__ import annotations

import os
import pwd
import shutil
from collections.abc import Sequence
from pathlib import Path

from rehearsal.errors import RehearsalError
from rehearsal.processes import Process

_AS_ROOT_OF_USER_NAMESPACE = ["--user", "--map-root-user", "--map-auto"]

# The tools that the host itself runs, and where they come from (Debian / RHEL and Fedora).
_TOOLS = {
    "unshare": ("util-linux", "util-linux-core"),
    "nsenter": ("util-linux", "util-linux-core"),
    "mount": ("mount", "util-linux"),
    "ip": ("iproute2", "iproute"),
    "libvirtd": ("libvirt-daemon-system", "libvirt-daemon"),
    "virsh": ("libvirt-clients", "libvirt-client"),
    "dnsmasq": ("dnsmasq-base", "dnsmasq"),
}

# Where system tools lie; an ordinary user's PATH often lacks the half of it.
SYSTEM_PATH = ("/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin")


def tool(name: str) -> str:
    """Absolute path of a system tool, also when the user's PATH has no sbin directories."""
    found = shutil.which(name, path=os.pathsep.join([os.environ.get("PATH", ""), *SYSTEM_PATH]))
    if found is None:
        debian, redhat = _TOOLS.get(name, (name, name))
        raise RehearsalError(
            f"{name} is missing on this machine.\n  Debian, Ubuntu: sudo apt-get install {debian}\n"
            f"  RHEL, Fedora:   sudo dnf install {redhat}"
        )
    return found


def _read(path: str) -> str:
    try:
        return Path(path).read_text().strip()
    except OSError:
        return ""


def check() -> None:
    """Raise RehearsalError, with the remedy, if this machine cannot hold an embedded host for this user."""
    for name in _TOOLS:
        tool(name)
    try:
        os.close(os.open("/dev/net/tun", os.O_RDWR))
    except OSError as error:
        raise RehearsalError(
            f"/dev/net/tun cannot be opened ({error.strerror}), and virtual machines get their network through it.\n"
            "  Where udev runs everybody may; here: sudo modprobe tun; sudo chmod 0666 /dev/net/tun"
        ) from error
    if os.geteuid() == 0:
        return
    user = pwd.getpwuid(os.geteuid()).pw_name
    if not (shutil.which("newuidmap") and shutil.which("newgidmap")):
        raise RehearsalError(
            "newuidmap and newgidmap are missing on this machine.\n  Debian, Ubuntu: sudo apt-get install uidmap\n"
            "  RHEL, Fedora:   sudo dnf install shadow-utils"
        )
    for table in ("/etc/subuid", "/etc/subgid"):
        owners = {line.split(":")[0] for line in _read(table).splitlines()}
        if not owners & {user, str(os.geteuid())}:
            raise RehearsalError(
                f"{user} has no subordinate ids in {table}, which an ordinary user's rehearsal needs.\n"
                f"  sudo usermod --add-subuids 100000-165535 --add-subgids 100000-165535 {user}"
            )
    for setting, forbids, allows in (
        ("user.max_user_namespaces", "0", "15000"),
        ("kernel.unprivileged_userns_clone", "0", "1"),
        ("kernel.apparmor_restrict_unprivileged_userns", "1", "0"),
    ):
        if _read(f"/proc/sys/{setting.replace('.', '/')}") == forbids:
            raise RehearsalError(
                f"this machine does not let {user} make user namespaces.\n  sudo sysctl -w {setting}={allows}"
            )


def new(command: Sequence[str]) -> list[str]:
    """`command` as the first process of new namespaces; it dies with the process that this starts."""
    user = _AS_ROOT_OF_USER_NAMESPACE if os.geteuid() != 0 else []
    kinds = ["--net", "--mount", "--ipc", "--pid", "--fork", "--mount-proc", "--kill-child=KILL"]
    return [tool("unshare"), *user, *kinds, "--", *command]


def inside(init: Process, command: Sequence[str], directory: Path) -> list[str]:
    """`command` inside the namespaces of `init`, in `directory` as it is seen from inside."""
    user = ["--user", "--preserve-credentials"] if os.geteuid() != 0 else []
    # Entering the mount namespace changes to its root directory, so the way back is walked inside.
    walk = 'cd -- "$1" 2>/dev/null || cd -- "$2" || exit; shift 2; exec env --default-signal=INT -- "$@"'
    return [
        # The terminal interrupts nsenter too. It must not leave before the command inside, which may take its time.
        *("env", "--ignore-signal=INT", "--", tool("nsenter")),
        *("--target", str(init.pid), *user, "--net", "--mount", "--ipc", "--pid", "--"),
        *("/bin/sh", "-c", walk, "sh", str(directory), str(Path(__file__).resolve().parent.parent), *command),
    ]


def as_owner_of_everything(command: Sequence[str]) -> list[str]:
    """`command` with power over the files of the user and of his subordinate ids."""
    if os.geteuid() == 0:
        return list(command)
    return [tool("unshare"), *_AS_ROOT_OF_USER_NAMESPACE, "--", *command]
