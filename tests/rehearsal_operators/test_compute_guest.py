"""A real guest of the compute's image with the lab's own seed: a deployment on it, and an instance that "boots" there.

Plain emulation with QEMU's user networks in the place of the lab's: one for each NIC, with the lab's own addresses.
"""

from __future__ import annotations

import os
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from manifests import cloud_init
from manifests.credentials import Credentials
from network import Node
from rehearsal.guest import compute_image
from rehearsal.operators import compute, guest_facts, ssh
from rehearsal.operators import data_plane_services as services
from rehearsal.operators.data_plane import Node as Target
from rehearsal.operators.data_plane import nodes
from rehearsal.operators.data_plane_ipam import Reservation, reserve
from rehearsal.operators.openstack_cli import computes as nova
from rehearsal.operators.openstack_cli import state
from rehearsal.operators.openstack_cli.commands import run as openstack
from tests.lab import SECRET, plan, settings
from tests.rehearsal_operators.lab_objects import NAMESPACE, computes, world
from tests.standin.machine import LIMIT_SECONDS, cdrom, disk, kernel

pytestmark = pytest.mark.rehearsal

NODE = plan().computes[0]
KEY = Credentials(SECRET).key_pair("computes")
SLOT = 3  # of the first NIC
SSH_PORT = 2222
# All of 127.0.0.0/8 is here; this one is of this process alone.
ADDRESS = f"127.88.{os.getpid() // 250 % 250}.{os.getpid() % 250 + 1}"
PING = "#!/bin/sh\nif ping -c 1 -W 5 10.0.0.1; then echo passed; else echo failed; fi >/dev/console 2>&1\n"


@dataclass(frozen=True)
class Deployed:
    """The compute, and what the deployment was told of it."""

    node: Target
    reservations: tuple[Reservation, ...]
    run: compute.Run
    directory: Path


def seed(directory: Path) -> Path:
    """The compute's NoCloud CD, as the program makes it."""
    tree = directory / "cidata"
    tree.mkdir()
    (tree / "user-data").write_text(cloud_init.user_data(NODE, settings().compute.user, KEY.public))
    (tree / "meta-data").write_text(cloud_init.meta_data(NODE, 1))
    (tree / "network-config").write_text(cloud_init.network_config(NODE, plan()))
    out = directory / "cidata.iso"
    subprocess.run(["genisoimage", "-quiet", "-V", "cidata", "-r", "-J", "-o", str(out), str(tree)], check=True)
    return out


def cards(node: Node) -> list[str]:
    """A user network for each NIC; the control plane's leads in to ssh and the web server."""
    arguments = []
    for number, nic in enumerate(node.nics):
        network = nic.addresses[0].network
        options = f"user,id=n{number},net={network},host={network[1]}"
        if nic.network == "osp":
            inside = nic.addresses[0].ip
            options += f",hostfwd=tcp:{ADDRESS}:{SSH_PORT}-{inside}:22,hostfwd=tcp:{ADDRESS}:{nova.PORT}-{inside}:8090"
        device = f"virtio-net-pci,netdev=n{number},mac={nic.mac},addr={SLOT + number}"
        arguments += ["-netdev", options, "-device", device]
    return arguments


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    directory = tmp_path_factory.mktemp("compute")
    compute_image(directory / "compute.qcow2", kernel=kernel())
    command = ["qemu-system-x86_64", "-accel", "tcg", "-machine", "pc", "-m", "112", "-nodefaults", "-display", "none"]
    command += ["-serial", f"file:{directory / 'console'}", *cards(NODE)]
    process = subprocess.Popen([*command, *disk(directory / "compute.qcow2", slot=7), *cdrom(seed(directory))])
    try:
        _answers(process, directory / "console")
        [node] = [item for item in nodes(computes()) if item.name == NODE.name]
        there = world()
        run = compute.Run(
            services=tuple(services.DEFAULT[name] for name in computes()["spec"]["services"]),
            key=KEY.private,
            variables=compute.shared_variables(computes(), there),
            dns=("192.168.131.80",),
        )
        reserved = reserve(nodes(computes()), NAMESPACE, there).nodes[NODE.name]
        yield Deployed(replace(node, address=ADDRESS, port=SSH_PORT), reserved, run, directory)
    finally:
        process.terminate()
        process.wait(timeout=30)


def _answers(process: subprocess.Popen[bytes], console: Path) -> None:
    end = time.monotonic() + LIMIT_SECONDS
    while time.monotonic() < end and process.poll() is None:
        try:
            urllib.request.urlopen(f"http://{ADDRESS}:{nova.PORT}/", timeout=2).close()
        except OSError:
            time.sleep(0.5)
        else:
            return
    raise AssertionError(f"the guest does not answer; its console: {console.read_text(errors='replace')}")


def test_1_what_the_compute_says_of_itself_is_the_plan(deployed: Deployed) -> None:
    login = ssh.Login(ADDRESS, deployed.node.user, KEY.private, SSH_PORT)
    said = ssh.run(login, guest_facts.SCRIPT, LIMIT_SECONDS)
    assert said.code == 0, said
    facts = guest_facts.parse(said.output)
    assert facts.hostname == NODE.fqdn
    assert facts.nics == {nic.name: nic.mac for nic in NODE.nics}
    osp = NODE.nic("osp")
    assert facts.vlans == {vlan.interface: (vlan.vlan, osp.name) for vlan in osp.vlans}
    assert facts.addresses["vlan21"] == (str(osp.vlans[1].addresses[0]),)
    assert facts.defaults == ((str(NODE.nic("ocp").gateways[0]), NODE.nic("ocp").name),)


def test_2_another_key_is_refused_at_the_first_service(deployed: Deployed) -> None:
    other = replace(deployed.run, key=Credentials(SECRET).key_pair("other").private)
    failure = compute.deploy(deployed.node, deployed.reservations, other)
    assert failure is not None and failure.service == "redhat"
    assert "Permission denied" in failure.sentence


def test_3_a_deployment_goes_through_and_starts_its_services(deployed: Deployed) -> None:
    assert compute.deploy(deployed.node, deployed.reservations, deployed.run) is None
    record = compute.record(deployed.node, deployed.reservations, deployed.run, computes())
    state.register(deployed.directory, [record])
    with state.opened(deployed.directory) as known:
        known["cloud"] = {"ready": True, "discovers": True}
        assert set(nova.look(known)[record["host"]]) >= {nova.NOVA, nova.OVN, nova.METADATA}


def test_4_an_instance_pings_the_external_gateway_from_there(deployed: Deployed) -> None:
    (deployed.directory / "image").write_text("an image")
    (deployed.directory / "ping.sh").write_text(PING)
    boot = f"server create --wait --image i --flavor f --network n --user-data {deployed.directory}/ping.sh"
    for line in (
        f"image create --disk-format qcow2 --container-format bare --file {deployed.directory}/image i",
        "flavor create --vcpus 1 --ram 512 --disk 1 f",
        "network create --external --provider-network-type flat --provider-physical-network datacentre out",
        "subnet create --network out --subnet-range 10.0.0.0/24 --gateway 10.0.0.1 --no-dhcp out",
        "network create n",
        "subnet create --network n --subnet-range 192.0.2.0/24 n",
        "router create r",
        "router set --external-gateway out r",
        f"{boot} alone",
        "router add subnet r n",
        f"{boot} connected",
    ):
        openstack(line.split(), deployed.directory)
        if line.endswith("alone"):
            alone = openstack("console log show alone".split(), deployed.directory)
    assert "failed" in alone and "passed" not in alone, "nothing leads out of its network"
    connected = openstack("console log show connected".split(), deployed.directory)
    assert "passed" in connected, connected
    console = (deployed.directory / "console").read_text(errors="replace")
    assert "passed" not in console, "the instance has a console of its own"


def test_5_a_stopped_agent_is_seen(deployed: Deployed) -> None:
    login = ssh.Login(ADDRESS, deployed.node.user, KEY.private, SSH_PORT)
    assert ssh.run(login, "sudo -n systemctl stop edpm_nova_compute", LIMIT_SECONDS).code == 0
    assert ssh.run(login, "sudo -n systemctl stop nobody", LIMIT_SECONDS).code == 5
    listed = "compute service list --service nova-compute -f value -c State".split()
    assert openstack(listed, deployed.directory) == "down"
