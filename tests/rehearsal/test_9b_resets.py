"""``make destroy`` from states in which a plain ``pulumi destroy`` stops, or leaves something, on a host of its own.

Several states at once, as far as each still has its own trace. A dead API server is tests/rehearsal/test_4_reset.py's.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest

from tests.rehearsal.conftest import SMALL, Lab, started

pytestmark = pytest.mark.rehearsal

UP = ("pulumi", "up", "--stack", "rehearsal", "--non-interactive", "--yes", "--skip-preview")
RESTART_LIBVIRTD = """
PATH=$PATH:/usr/sbin; pid=$(pidof libvirtd)
kill $pid && tail --pid=$pid -f /dev/null
libvirtd --config /etc/libvirt/libvirtd.conf --daemon
until virsh --quiet list > /dev/null 2>&1; do test "$(pidof libvirtd)" || exit 1; done
"""
PAUSE_ALL = 'for name in $(virsh --quiet list --name); do virsh suspend "$name"; done'


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A host with the smallest lab that is asked for up to OpenShift; nothing is up yet."""
    made = started(tmp_path_factory.mktemp("resets"))
    try:
        made.configured("resets", topology=SMALL, through="openshift")
        shutil.copy(made.directory.parent / "resets.yaml", made.project / "Pulumi.rehearsal.yaml")
        yield made
    finally:
        made.outside("stop")


def reset(lab: Lab, expect: int) -> str:
    """What ``make destroy`` prints, from the last line of pulumi's on."""
    done = lab.run("python3", "-m", "reset", "--stack", "rehearsal", expect=expect)
    return done.stdout


def nothing_is_left(lab: Lab) -> None:
    assert lab.resources() == []
    for listing in ("list", "net-list", "pool-list"):
        assert lab.run("virsh", "--quiet", listing, "--all", "--name").stdout.split() == [], listing
    assert lab.run("find", "/var/lib/libvirt/rhoso-lab", "-mindepth", "1").stdout == ""
    assert list((lab.directory / "installation").iterdir()) == []


def test_half_installed_with_the_host_at_sixes_and_sevens(host: Lab) -> None:
    """libvirtd restarted, the pool stopped, a network removed by hand, all guests paused."""
    failed = host.run("env", "OPENSHIFT_INSTALL_WAIT_SECONDS=1", *UP, expect=None)
    assert failed.returncode != 0 and "bootstrap timed out" in failed.stdout + failed.stderr
    host.run("sh", "-c", RESTART_LIBVIRTD)
    host.run("virsh", "net-destroy", "rehearsal-osp")
    host.run("virsh", "net-undefine", "rehearsal-osp")
    host.run("sh", "-c", PAUSE_ALL)
    host.run("virsh", "pool-destroy", "rehearsal-1")
    assert "paused" in host.run("virsh", "list").stdout
    printed = reset(host, expect=0)
    assert "Gone already: networks-osp\n" in printed
    assert printed.endswith("Stack rehearsal: nothing of it is left.\n")
    nothing_is_left(host)


def test_what_is_not_the_stacks_stops_it_with_the_command_and_the_second_finishes(host: Lab) -> None:
    """The API server hangs, a machine was removed by hand, and somebody put a file into the pool's directory."""
    host.run(*UP)
    host.run("sh", "-c", "kill -STOP $(pidof kube-apiserver)")
    host.run("virsh", "destroy", "rehearsal-master-0")
    host.run("virsh", "undefine", "rehearsal-master-0")
    host.run("sh", "-c", "echo notes > /var/lib/libvirt/rhoso-lab/rehearsal-1/notes.txt")
    printed = reset(host, expect=1)
    assert "Gone already: master-0\n" in printed
    assert "/var/lib/libvirt/rhoso-lab/rehearsal-1/notes.txt is not this stack's" in printed.replace(
        "\n" + " " * 22, " "
    )
    assert host.run("virsh", "--quiet", "list", "--all", "--name").stdout.split() == [], "all else is gone"
    [command] = [line.partition("-> ")[2] for line in printed.splitlines() if "vol-delete notes.txt" in line]
    host.run("sh", "-c", command)
    assert reset(host, expect=0).endswith("Stack rehearsal: nothing of it is left.\n")
    nothing_is_left(host)
