"""Every option of an installation: its documents are the committed ones, and the installer's stand-in takes them.

After a wanted change: `make golden`, and read the difference.
"""

from __future__ import annotations

import json
import shutil
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
import yaml

from manifests.__main__ import write
from manifests.files import installation
from rehearsal.openshift_install import create, documents
from rehearsal.openshift_install.errors import InstallerError
from rehearsal.openshift_install.install_config import InstallConfig
from rehearsal.openshift_install.log import Log
from settings import OpenShift
from tests.manifests.options import OPTIONS, SMALL, Option, lab

GOLDEN = Path(__file__).parents[1] / "golden"
BOTH = ("install-config.yaml", "agent-config.yaml")
STACKS = ("lab", "compact", "wide", "sno")

every_option = pytest.mark.parametrize("option", OPTIONS)


def rendered(option: str) -> dict[str, str]:
    """The two documents of the small lab with an option."""
    made = installation(*lab(option))
    return {name: made[name] for name in BOTH}


def hosts(option: str) -> list[dict[str, Any]]:
    """The machines in agent-config."""
    found: list[dict[str, Any]] = yaml.safe_load(rendered(option)["agent-config.yaml"])["hosts"]
    return found


def accepted(directory: Path) -> tuple[InstallConfig, list[str]]:
    """What the stand-in makes of the files in a directory, and what it remarks on; nothing is built."""
    inputs = documents.read(directory)
    assert inputs is not None
    install, agent = create.validated(inputs, Log(directory, "panic"))
    assert len(agent.hosts) == install.masters + install.workers
    lines = (directory / ".openshift_install.log").read_text().splitlines()
    return install, [json.loads(line.partition(" msg=")[2]) for line in lines if "level=warning" in line]


@every_option
def test_the_committed_documents_are_what_is_rendered(option: str, request: pytest.FixtureRequest) -> None:
    if request.config.getoption("--update-golden"):
        write(rendered(option), GOLDEN / "options" / option)
    for name, text in rendered(option).items():
        committed = (GOLDEN / "options" / option / name).read_text()
        assert committed == text, f"{option}/{name} differs; if that is wanted: make golden"


def test_no_option_is_committed_that_there_is_not_any_more() -> None:
    assert sorted(path.name for path in (GOLDEN / "options").iterdir()) == sorted(OPTIONS)


@every_option
def test_the_installer_accepts_the_committed_documents(
    option: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With exactly the remarks that the option is known for."""
    for name in BOTH:
        shutil.copy(GOLDEN / "options" / option / name, tmp_path)
    for name, value in OPTIONS[option].environment.items():
        monkeypatch.setenv(name, value)
    install, remarks = accepted(tmp_path)
    assert tuple(remarks) == OPTIONS[option].remarks
    assert install.platform == ("none" if option == "single-node" else "baremetal")


@pytest.mark.parametrize("stack", STACKS)
def test_the_installer_accepts_the_examples_with_their_manifests(stack: str, tmp_path: Path) -> None:
    shutil.copytree(GOLDEN / stack / "installation", tmp_path / "installation")
    assert accepted(tmp_path / "installation")[1] == []
    read = documents.read(tmp_path / "installation")
    assert read is not None
    network = read.manifests["cluster-network-03-config.yml"]["spec"]["defaultNetwork"]["ovnKubernetesConfig"]
    assert network["gatewayConfig"]["ipForwarding"] == "Global", "later it would roll out over every node"


def test_fips_is_refused_where_the_installer_runs_on_no_fips_host(tmp_path: Path) -> None:
    for name, text in rendered("fips").items():
        (tmp_path / name).write_text(text)
    with pytest.raises(InstallerError, match="fips: Forbidden"):
        accepted(tmp_path)


def test_a_single_node_is_valid_and_yet_no_rehearsals(tmp_path: Path) -> None:
    """The stand-in says so before it makes anything, instead of an API that never answers."""
    for name, text in rendered("single-node").items():
        (tmp_path / name).write_text(text)
    with pytest.raises(InstallerError, match=r"platform none: the documents are valid, but a rehearsal can't"):
        create.image(tmp_path, Log(tmp_path, "panic"))
    assert sorted(path.name for path in tmp_path.iterdir()) == [".openshift_install.log", *sorted(BOTH)]


def test_every_setting_of_the_installation_has_an_option() -> None:
    """A new setting that the documents read shall show in a golden file. Not read by them: these few."""
    elsewhere = {"installer", "client", "version", "pullSecret", "existing"}
    known = {field.alias or name for name, field in OpenShift.model_fields.items()}
    shown = {
        path.split(".")[1] for option in OPTIONS.values() for path in option.changes if path.startswith("openshift.")
    }
    assert known - elsewhere == shown


@every_option
def test_each_option_changes_a_document(option: str) -> None:
    plain = next(name for name, known in OPTIONS.items() if known == Option({}))
    assert (rendered(option) == rendered(plain)) == (option == plain)
    assert len(hosts(plain)) == 3 + SMALL["topology.workers.count"]


@every_option
def test_at_install_each_node_has_one_address_and_one_way_out_and_no_vlan(option: str) -> None:
    """VLANs and addresses on OpenStack's wire come by policies, so the installation leaves that NIC up and bare."""
    _, plan = lab(option)
    for host in hosts(option):
        node, state = plan.node(host["hostname"]), host["networkConfig"]
        first, *others = state["interfaces"]
        assert [(nic["name"], nic["mac-address"]) for nic in state["interfaces"]] == [
            (n.name, n.mac) for n in node.nics
        ]
        assert {nic["type"] for nic in state["interfaces"]} == {"ethernet"}
        assert {nic["state"] for nic in state["interfaces"]} == {"up"}
        assert [nic for nic in state["interfaces"] if "vlan" in nic or "." in nic["name"]] == []
        assert first["ipv4"] == {
            "enabled": True,
            "dhcp": False,
            "address": [{"ip": str(node.ip), "prefix-length": plan.networks["ocp"].cidr.prefixlen}],
        }
        assert [nic[family] for nic in others for family in ("ipv4", "ipv6")] == [{"enabled": False}] * 2 * len(others)
        [route] = state["routes"]["config"]
        assert (route["destination"], route["next-hop-interface"]) == ("0.0.0.0/0", first["name"])
        assert ip_address(route["next-hop-address"]) in plan.networks["ocp"].cidr
        assert state["dns-resolver"]["config"]["server"] == [str(address) for address in plan.resolvers]
        # Hosts are told apart by the first interface's MAC, and what is configured must be one of the machine's.
        assert host["interfaces"] == [{"name": nic.name, "macAddress": nic.mac} for nic in node.nics]


@every_option
def test_every_node_is_told_its_root_disk(option: str) -> None:
    """A worker has a second disk, which the installer would take if it were smaller (§3.1)."""
    assert {json.dumps(host["rootDeviceHints"]) for host in hosts(option)} == {'{"deviceName": "/dev/vda"}'}


def test_frames_are_as_large_as_the_settings_say_on_either_wire() -> None:
    for host in hosts("jumbo-frames"):
        assert {nic["mtu"] for nic in host["networkConfig"]["interfaces"]} == {9000}


def test_workers_on_external_have_a_third_nic_as_bare_as_the_second() -> None:
    nics = {host["hostname"]: len(host["networkConfig"]["interfaces"]) for host in hosts("workers-on-external")}
    assert nics == {"master-0": 1, "master-1": 1, "master-2": 1, "worker-0": 3, "worker-1": 3}
