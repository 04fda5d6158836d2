"""Which stack is brought up when another one is rehearsed; no host is needed to tell."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
import yaml

from network import Cidr, Plan
from network import plan as make_plan
from rehearsal import miniature
from rehearsal.errors import RehearsalError
from settings import Settings
from settings.stackfile import load_stack

ROOT = Path(__file__).parents[2]
SHIPPED = ("lab", "compact", "wide")
ENCRYPTED = {"secure": "v1:AAAAAAAAAAAAAAAA:BBBBBBBBBBBBBBBBBBBBBBBB"}
# A stack that is bound to a real host, a real installer and a person's own passphrase wherever a stack can be.
DEMANDING: dict[str, Any] = {
    "encryptionsalt": "v1:own=:v1:own:own==",
    "config": {
        "rhoso-lab:domain": "lab.example.org",
        "rhoso-lab:hosts": {
            "big": {
                "uri": "qemu+ssh://me@big.example.org/system",
                "pool": "/srv/lab",
                "imageCache": "/srv/images",
                "memoryMib": 400000,
                "diskGb": 4000,
            }
        },
        # As `pulumi config set` keeps a section that it was given whole.
        "rhoso-lab:topology": '{"workers": {"count": 3, "memoryMib": 999, "dataDiskGb": 50}, "computes": {"count": 4}}',
        "rhoso-lab:networks": {
            "machine": {
                "cidr": "10.9.0.0/24",
                "mode": "bridge",
                "bridge": "br0",
                "gateway": "10.9.0.254",
                "dns": ["10.9.9.9"],
            },
            "external": {"cidr": "10.9.1.0/24", "mode": "bridge", "bridge": "br1"},
            "tenant": {"vlan": 222},
        },
        "rhoso-lab:secret": ENCRYPTED,
        "rhoso-lab:openshift": {
            "installer": "/opt/openshift-install-4.16",
            "version": "4.16",
            "fips": True,
            "pullSecret": ENCRYPTED,
            "proxy": {"http": ENCRYPTED, "noProxy": [".example.org"]},
            "ntp": ["ntp.example.org"],
        },
        "rhoso-lab:openstack": {
            "catalog": "upstream",
            "channel": "alpha",
            "release": "fr6",
            "services": {"heat": {"enabled": True}},
        },
        "rhoso-lab:rotation": {"nova-migration": 2},
        "rhoso-lab:compute": {
            "image": "CentOS-Stream-9.2.qcow2",
            "system": "centos-stream",
            "release": "9.2",
            "registration": {"organization": "1234567", "activationKey": ENCRYPTED, "release": "9.2"},
        },
        "another:token": ENCRYPTED,
    },
}


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A directory with the stack files that come with the program, and none that somebody has beside them."""
    for stack in ("rehearsal", *SHIPPED):
        shutil.copy(ROOT / f"Pulumi.{stack}.yaml", tmp_path)
    return tmp_path


def write(checkout: Path, stack: str, document: dict[str, Any]) -> Path:
    """A stack file."""
    path = checkout / f"Pulumi.{stack}.yaml"
    path.write_text(yaml.safe_dump(document))
    return path


def rehearsed(stack: str, checkout: Path) -> Settings:
    """The checked settings of a stack's miniature."""
    return load_stack(miniature.prepare(stack, checkout), checkout)


def counts(settings: Settings) -> dict[str, int]:
    """How many machines of each role."""
    return {role: sized.count for role, sized in settings.topology.roles().items()}


@pytest.mark.parametrize("stack", SHIPPED)
def test_a_stack_keeps_its_counts_names_and_networks_in_miniature(stack: str, checkout: Path) -> None:
    real, small = load_stack(stack, checkout), rehearsed(stack, checkout)
    assert small.stack == f"{stack}-rehearsal"
    assert counts(small) == counts(real)
    assert (small.cluster_domain, small.networks) == (real.cluster_domain, real.networks)
    assert {(sized.vcpus, sized.memory_mib) for sized in small.topology.roles().values()} == {(1, 112)}
    assert [sized.data_disk_gb for sized in small.topology.roles().values()] == [
        sized.data_disk_gb for sized in real.topology.roles().values()
    ]
    assert (small.host.domain_type, small.host.cpu_mode, small.allow_sample_secret) == ("qemu", None, True)


def test_a_stack_of_a_real_host_is_rehearsed_without_what_only_that_host_has(checkout: Path) -> None:
    write(checkout, "own", DEMANDING)
    small = rehearsed("own", checkout)
    assert list(small.hosts) == ["big"], "the host keeps its key"
    assert (small.host.uri, small.host.pool) == ("qemu:///system", "/var/lib/libvirt/rhoso-lab")
    assert (small.host.image_cache, small.host.memory_mib) == ("/var/lib/libvirt/images", None)
    assert (small.compute.image, small.compute.registration.organization) == ("compute.qcow2", None)
    assert (small.openshift.installer, small.openshift.version) == ("openshift-install", "4.18")
    assert (small.openshift.fips, small.openshift.proxy.no_proxy) == (False, ())
    assert (small.openstack.catalog, small.openstack.olm_channel, small.compute.system) == (
        *("product", "stable-v1.0", "rhel"),
    )
    assert (small.openstack.release, small.openstack.csv) == ("fr2", "openstack-operator.v1.0.7")
    assert {name: wire.mode for name, wire in small.networks.wires()} == {
        "machine": "nat",
        "ctlplane": "isolated",
        "external": "nat",
    }


def test_a_stack_of_a_real_host_keeps_what_it_is(checkout: Path) -> None:
    write(checkout, "own", DEMANDING)
    small = rehearsed("own", checkout)
    assert small.cluster_domain == "own.lab.example.org"
    assert counts(small) == {"masters": 3, "workers": 3, "computes": 4}
    assert (small.topology.workers.memory_mib, small.topology.workers.data_disk_gb) == (112, 50)
    assert (str(small.networks.machine.cidr), small.networks.tenant.vlan) == ("10.9.0.0/24", 222)
    assert small.openshift.ntp == ("ntp.example.org",)
    assert small.openstack.services.runs("heat")
    assert small.rotation.versions()["nova-migration"] == 2


def test_nothing_is_left_that_only_the_owners_passphrase_could_read(checkout: Path) -> None:
    overlay = yaml.safe_load((checkout / "Pulumi.rehearsal.yaml").read_text())
    document = miniature.laid_over("own", DEMANDING, overlay)
    assert document["encryptionsalt"] == overlay["encryptionsalt"]
    assert ENCRYPTED["secure"] not in yaml.safe_dump(document)
    assert document["config"]["rhoso-lab:secret"] == overlay["config"]["rhoso-lab:secret"]
    assert DEMANDING["config"]["rhoso-lab:secret"] == ENCRYPTED, "what it is made from is not changed"


def _names(plan: Plan) -> set[object]:
    return {network.name for network in plan.networks.values()} | {f"{plan.stack}-{node.name}" for node in plan.nodes}


def _bridges(plan: Plan) -> set[object]:
    return {network.bridge for network in plan.networks.values()}


def _macs(plan: Plan) -> set[object]:
    return {nic.mac for node in plan.nodes for nic in node.nics}


def _ranges(plan: Plan) -> list[Cidr]:
    carried = [subnet.cidr for network in plan.networks.values() for subnet in network.subnets]
    return carried + [subnet.cidr for network in plan.openstack.values() for subnet in network.subnets]


def plans(checkout: Path) -> list[Plan]:
    """The plans of three stacks as they are rehearsed side by side."""
    stacks = [load_stack("rehearsal", checkout), rehearsed("compact", checkout), rehearsed("wide", checkout)]
    return [make_plan(settings) for settings in stacks]


@pytest.mark.parametrize("kind", [_names, _bridges, _macs], ids=["names", "bridges", "MACs"])
def test_stacks_that_are_rehearsed_side_by_side_have_nothing_in_common(
    kind: Callable[[Plan], set[object]], checkout: Path
) -> None:
    for one, other in combinations([kind(plan) for plan in plans(checkout)], 2):
        assert one and not one & other


def test_no_network_of_one_stack_overlaps_one_of_another(checkout: Path) -> None:
    for one, other in combinations([_ranges(plan) for plan in plans(checkout)], 2):
        assert len(one) == len(other) == 8
        assert [(mine, theirs) for mine in one for theirs in other if mine.overlaps(theirs)] == []


def test_the_file_is_made_anew_each_time_but_a_raised_generation_stays(checkout: Path) -> None:
    miniature.prepare("compact", checkout)
    made = checkout / "Pulumi.compact-rehearsal.yaml"
    first = made.read_text()
    # As `pulumi config set` does; the number is text then.
    made.write_text(first + "  rhoso-lab:generation: '3'\n")
    stack = yaml.safe_load((checkout / "Pulumi.compact.yaml").read_text())
    stack["config"]["rhoso-lab:topology"]["computes"]["count"] = 2
    write(checkout, "compact", stack)
    small = rehearsed("compact", checkout)
    assert (small.generation, small.topology.computes.count) == (3, 2)
    stack["config"]["rhoso-lab:generation"] = 4
    write(checkout, "compact", stack)
    assert rehearsed("compact", checkout).generation == 4


def test_a_miniature_goes_by_either_name_and_the_overlay_by_its_own(checkout: Path) -> None:
    assert miniature.called("compact", checkout) == "compact", "it never was rehearsed"
    assert miniature.prepare("compact", checkout) == "compact-rehearsal"
    assert miniature.prepare("compact-rehearsal", checkout) == "compact-rehearsal"
    assert miniature.called("compact", checkout) == miniature.called("compact-rehearsal", checkout)
    assert miniature.prepare("rehearsal", checkout) == miniature.called("rehearsal", checkout) == "rehearsal"
    assert not (checkout / "Pulumi.rehearsal-rehearsal.yaml").exists()
    assert miniature.stacks(checkout) == ["compact", "lab", "rehearsal", "wide"]


def test_a_stack_that_there_is_not_is_refused_with_those_that_there_are(checkout: Path) -> None:
    with pytest.raises(RehearsalError, match=r"no Pulumi\.nowhere\.yaml in .*: compact, lab, rehearsal, wide$"):
        miniature.prepare("nowhere", checkout)


@pytest.mark.parametrize("count", [1, "1"])
def test_a_single_node_is_refused_before_anything_is_written(count: object, checkout: Path) -> None:
    """The rehearsed API needs an address that is no machine's."""
    document = yaml.safe_load((ROOT / "Pulumi.sno.yaml").read_text())
    document["config"]["rhoso-lab:topology"]["masters"]["count"] = count
    write(checkout, "sno", document)
    with pytest.raises(RehearsalError, match=r"Pulumi\.sno\.yaml asks for one master.* can be planned, rendered"):
        miniature.prepare("sno", checkout)
    assert not (checkout / "Pulumi.sno-rehearsal.yaml").exists()


def test_a_stack_of_a_persons_own_is_not_overwritten(checkout: Path) -> None:
    path = write(checkout, "compact-rehearsal", DEMANDING)
    before = path.read_bytes()
    with pytest.raises(RehearsalError, match="was not made by a rehearsal"):
        miniature.prepare("compact", checkout)
    assert path.read_bytes() == before


@pytest.mark.parametrize("text", ["a: [", "- a\n", "encryptionsalt: v1\n"])
def test_a_file_that_is_no_stacks_is_refused_by_name(text: str, checkout: Path) -> None:
    (checkout / "Pulumi.own.yaml").write_text(text)
    with pytest.raises(RehearsalError, match=r"Pulumi\.own\.yaml is not"):
        miniature.prepare("own", checkout)


def test_a_line_that_is_no_yaml_is_named_and_not_shown(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.mine.yaml").write_text("config:\n  rhoso-lab:secret: c4nary: x: y\n")
    with pytest.raises(RehearsalError, match="not YAML, line 2") as caught:
        miniature.prepare("mine", tmp_path)
    assert "c4nary" not in str(caught.value)


def test_the_smoke_tests_image_is_what_the_rehearsals_server_has(checkout: Path) -> None:
    image = rehearsed("lab", checkout).verification.image
    assert image.sha256 == hashlib.sha256(b"rehearsal guest image\n").hexdigest()
    assert image.url == "http://127.0.0.1:8091/guest.img"
