"""A host needs no root. Where the tests run as root, this one becomes somebody else to show it.

The somebody exists only in a private mount namespace: its passwd, subordinate ids and home, and a /dev/net/tun and a
/dev/null that are open to all as udev makes them, are mounted over the machine's and end with the test.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.rehearsal_host.conftest import CHECKOUT, DOMAIN, NETWORK
from tests.rehearsal_host.test_side_by_side import ASK

pytestmark = [
    pytest.mark.rehearsal,
    pytest.mark.skipif(os.geteuid() != 0, reason="every other test here already runs as an ordinary user"),
]

USER, FIRST_SUBORDINATE = 54321, 2_000_000

BECOME = f"""
set -eu
mount -n -t tmpfs -o mode=755 tmpfs /mnt
for table in passwd subuid subgid; do cp /etc/$table /mnt/$table; done
echo 'ordinary:x:{USER}:{USER}::/mnt/home:/bin/sh' >> /mnt/passwd
for table in subuid subgid; do echo 'ordinary:{FIRST_SUBORDINATE}:65536' >> /mnt/$table; done
for table in passwd subuid subgid; do mount -n --bind /mnt/$table /etc/$table; done
mount -n -t tmpfs tmpfs /dev/net
mknod -m 666 /dev/net/tun c 10 200
mknod -m 666 /mnt/null c 1 3
mount -n --bind /mnt/null /dev/null
mkdir -m 700 /mnt/home
cp -r "$CHECKOUT/rehearsal" /mnt/home/
printf %s "$NETWORK" > /mnt/home/network.xml
printf %s "$DOMAIN" > /mnt/home/domain.xml
printf %s "$ASK" > /mnt/home/ask.py
printf %s "$STEPS" > /mnt/home/steps
chown -R {USER}:{USER} /mnt/home
cd /mnt/home
exec setpriv --reuid {USER} --regid {USER} --clear-groups \\
    env -i HOME=/mnt/home PATH=/usr/bin:/bin PYTHON="$PYTHON" sh steps
"""

STEPS = """
set -eu
trap '"$PYTHON" -m rehearsal stop' EXIT
"$PYTHON" -m rehearsal start --no-image
inside() { "$PYTHON" -m rehearsal exec -- "$@"; }
inside virsh --quiet net-create network.xml
inside virsh --quiet create domain.xml
echo "machines: $(inside virsh list --name)"
echo "dns: $(inside "$PYTHON" ask.py)"
echo "user inside: $(inside id -u), outside: $(id -u)"
# Somebody else's file, as daemons that give up root leave them.
inside sh -c 'cd "$REHEARSAL_DIR"; mkdir -m 700 foreign; touch foreign/file; chown -R 33:33 foreign'
"$PYTHON" -m rehearsal stop
echo "left: $(ls -A .rehearsal 2>/dev/null || echo nothing)"
"""


def python_for_everybody() -> str:
    """A Python that the ordinary user may run: the tests' own may lie in root's home."""
    names = [f"python3.{minor}" for minor in range(11, 20)] + ["python3"]
    paths = [
        str(Path(sys.executable).resolve()),
        *(shutil.which(name, path="/usr/bin:/usr/local/bin") for name in names),
    ]
    for path in filter(None, paths):
        # setpriv itself still may look everywhere; what it starts may not.
        become = ["setpriv", "--reuid", str(USER), "--regid", str(USER), "--clear-groups", "env"]
        recent = [path, "-c", "import sys; sys.exit(sys.version_info < (3, 11))"]
        if subprocess.run([*become, *recent], capture_output=True, cwd="/", check=False).returncode == 0:
            return path
    pytest.skip("no Python 3.11 or newer that an ordinary user may run")


def owned_by_the_user() -> list[int]:
    """Pids of processes of the ordinary user or of his subordinate ids; one that only waits to be collected is none."""
    ids = {USER, *range(FIRST_SUBORDINATE, FIRST_SUBORDINATE + 65536)}
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and entry.stat().st_uid in ids and (entry / "cmdline").read_bytes():
                found.append(int(entry.name))
        except (FileNotFoundError, ProcessLookupError):
            continue
    return found


def test_an_ordinary_user_has_networks_and_machines_and_leaves_nothing() -> None:
    variables = {
        **os.environ,
        "CHECKOUT": str(CHECKOUT),
        "NETWORK": NETWORK.format(name="nat"),
        "DOMAIN": DOMAIN.format(network="nat"),
        "ASK": ASK,
        "STEPS": STEPS,
        "PYTHON": python_for_everybody(),
    }
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-c", BECOME],
        env=variables,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "machines: blank" in done.stdout
    assert "dns: 192.168.130.5" in done.stdout
    assert f"user inside: 0, outside: {USER}" in done.stdout
    assert "left: nothing" in done.stdout
    assert owned_by_the_user() == []
