"""``make destroy`` from states in which a plain ``pulumi destroy`` stops, or leaves something, on a host of its own.

Several states at once, as far as each still has its own trace. A dead API server is tests/rehearsal/test_4_reset.py's.
What was kept for the next lab stays: two labs in a row download once.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

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
# Before the stand-in, what the real installer does first: the base of its ISO is in the user's cache, or is asked for
# (agent-installer.md §2.1: os.UserCacheDir()/agent/image_cache). Each time that it asks is a line of the log.
INSTALLER = """\
#!/bin/sh
kept=${{XDG_CACHE_HOME:-$HOME/.cache}}/agent/image_cache/coreos-x86_64.iso
if test "$1 $2 $3" = "agent create image" && ! test -f "$kept"; then
    echo {url} >> {asked}
    mkdir -p "${{kept%/*}}"
    python3 -c 'import sys, urllib.request; urllib.request.urlretrieve(*sys.argv[1:])' {url} "$kept" || exit 1
fi
exec openshift-install "$@"
"""
URL = "http://127.0.0.1:8091/guest.img"
"""The one file that the host serves in the place of the internet (rehearsal/cluster/downloads.py)."""
IMAGES = "/var/lib/libvirt/images"
PAUSE_ALL = 'for name in $(virsh --quiet list --name); do virsh suspend "$name"; done'


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A host with the smallest lab that is asked for up to OpenShift; nothing is up yet."""
    made = started(tmp_path_factory.mktemp("resets"))
    try:
        installer = made.directory.parent / "installer"
        installer.write_text(INSTALLER.format(url=URL, asked=asked(made)))
        installer.chmod(0o755)
        made.configured("resets", topology=SMALL, through="openshift", openshift={"installer": str(installer)})
        shutil.copy(made.directory.parent / "resets.yaml", made.project / "Pulumi.rehearsal.yaml")
        yield made
    finally:
        made.outside("stop")


def asked(lab: Lab) -> Path:
    """What the installer has asked the internet for."""
    return lab.directory.parent / "asked"


def cache(lab: Lab) -> Path:
    """The user's."""
    return lab.directory.parent / "cache"


def up(lab: Lab, *environment: str, expect: int | None = 0) -> str:
    """``pulumi up`` by a user whose cache is this test's; what it says."""
    done = lab.run("env", f"XDG_CACHE_HOME={cache(lab)}", *environment, *UP, expect=expect)
    return done.stdout + done.stderr


def kept(lab: Lab) -> list[str]:
    """The host's image cache and the user's: each file with inode, time of the last write and size."""
    found = lab.run("find", IMAGES, str(cache(lab)), "-type", "f", "-printf", "%p %i %T@ %s\n", expect=None)
    return sorted(found.stdout.splitlines())


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
    assert len(kept(host)) == 1, "the computes' image, and nothing of the installer's"
    assert "bootstrap timed out" in up(host, "OPENSHIFT_INSTALL_WAIT_SECONDS=1", expect=None)
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
    cached = kept(host)
    assert len(cached) == 2, "the lab that was reset has left what the next one needs"
    up(host)
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
    assert kept(host) == cached, "two resets"
    assert asked(host).read_text().splitlines() == [URL], "by the first of the two labs, whose cache was empty"
