"""``pulumi destroy`` leaves nothing."""

from __future__ import annotations

import pytest

from tests.rehearsal.conftest import Lab

pytestmark = pytest.mark.rehearsal


def test_destroy_works_with_a_dead_api_server_and_a_machine_gone_and_leaves_nothing(lab: Lab) -> None:
    # The worst day of a lab: a master was undefined by hand and nothing answers on the API any more.
    lab.run("virsh", "destroy", "rehearsal-master-0")
    lab.run("virsh", "undefine", "rehearsal-master-0")
    lab.run("sh", "-c", "kill $(pidof kube-apiserver)")
    lab.pulumi("refresh", "--yes", "--skip-preview", expect=None)
    lab.pulumi("destroy", "--yes", "--skip-preview")

    assert lab.resources() == []
    for listing in (["list", "--all", "--name"], ["net-list", "--all", "--name"], ["pool-list", "--all", "--name"]):
        assert lab.run("virsh", "--quiet", *listing).stdout.split() == [], listing
    pools = lab.run("find", "/var/lib/libvirt/rhoso-lab", "-mindepth", "1").stdout.split()
    assert pools == [], "pools or volumes are left"
    assert list((lab.directory / "installation").iterdir()) == [], "installer directories are left"
    processes = lab.run("sh", "-c", "cat /proc/[0-9]*/comm").stdout.split()
    assert not {p for p in processes if p.startswith(("qemu", "dnsmasq"))}
