"""What the pictures tell is what the plan says, all of it, and the committed ones are of today's plan."""

from __future__ import annotations

import dataclasses
import re
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path
from xml.etree import ElementTree

import pytest

import pictures
from network import Plan, Role
from pictures import ranges, wires
from pictures.__main__ import draw, main
from tests.pictures.labs import ROOT, STACKS, dual_stack, example, on_two_hosts

every_stack = pytest.mark.parametrize("stack", STACKS)


def texts(svg: str) -> list[str]:
    """All that is written in a picture."""
    return [element.text or "" for element in ElementTree.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")]


def addresses_of(plan: Plan) -> set[str]:
    """Every address of a machine in a plan."""
    taps = [tap for node in plan.nodes for tap in wires.taps(plan, node)]
    assert len(taps) == sum(1 + len(nic.vlans) for node in plan.nodes for nic in node.nics)
    return {str(interface) for tap in taps for interface in tap.addresses}


@every_stack
def test_the_physical_picture_has_every_mac_and_address_of_the_plan_and_no_other(stack: str) -> None:
    plan = example(stack)
    shown = texts(pictures.physical(plan))

    macs = [text for text in shown if re.fullmatch(r"([0-9a-f]{2}:){5}[0-9a-f]{2}", text)]
    assert sorted(macs) == sorted(nic.mac for node in plan.nodes for nic in node.nics)
    ranges_of_networks = {str(segment.cidrs[0]) for segment in wires.segments(plan)}
    assert {text for text in shown if re.fullmatch(r"[0-9.]+/\d+", text)} == addresses_of(plan) | ranges_of_networks
    assert {network.bridge for network in plan.networks.values()} <= set(shown)
    assert {network.name for network in plan.networks.values()} <= set(shown)


@every_stack
def test_the_logical_picture_has_every_address_of_the_plan_and_no_other(stack: str) -> None:
    plan = example(stack)
    shown = [text for text in texts(pictures.logical(plan)) if re.fullmatch(r"[0-9]+(\.[0-9]+){3}", text)]

    vips = [] if plan.is_single_node else [*map(str, plan.api_vips), *map(str, plan.ingress_vips)]
    assert sorted(shown) == sorted([*(text.partition("/")[0] for text in addresses_of(plan)), *vips])


@every_stack
def test_every_machine_is_in_both_networks_pictures_once(stack: str) -> None:
    plan = example(stack)
    for svg in (pictures.logical(plan), pictures.physical(plan)):
        named = [text for text in texts(svg) if re.fullmatch(r"(master|worker|compute)-\d+", text)]
        assert named == [node.name for node in plan.nodes]


def test_networks_are_listed_wire_by_wire_with_their_tags() -> None:
    assert [(segment.name, segment.wire.key, segment.tag) for segment in wires.segments(example("lab"))] == [
        ("machine", "ocp", "untagged"),
        ("ctlplane", "osp", "untagged"),
        ("internalapi", "osp", "VLAN 20"),
        ("storage", "osp", "VLAN 21"),
        ("tenant", "osp", "VLAN 22"),
        ("external", "external", "untagged"),
    ]


def test_the_table_of_ranges_is_the_plans() -> None:
    plan = example("lab")
    machine, ctlplane, internalapi, *_ = wires.segments(plan)
    dash = "\N{EN DASH}"

    assert ranges.cells(plan, machine) == {
        "gateway": [".1"],
        "VIPs": ["api .5", "apps .7"],
        "masters": [f".20{dash}.29"],
        "workers": [f".30{dash}.99"],
        "computes": [f".100{dash}.250"],
    }
    assert ranges.cells(plan, ctlplane) == {
        "workers": [f".10{dash}.29"],
        "computes": [f".100{dash}.250"],
        "whereabouts": [f".30{dash}.70"],
        "MetalLB": [f".80{dash}.90"],
        "NetConfig": [f".100{dash}.250"],
    }
    assert list(ranges.cells(plan, internalapi)) == ["workers", "computes", "whereabouts", "MetalLB", "NetConfig"]


@pytest.mark.parametrize(
    ("first", "last", "cidr", "spelt"),
    [
        ("10.1.0.20", "10.1.0.29", "10.1.0.0/24", ".20 .29"),
        ("10.1.0.20", "10.1.0.29", "10.1.0.0/16", ".0.20 .29"),
        ("10.1.0.20", "10.1.3.29", "10.1.0.0/20", ".0.20 .3.29"),
        ("10.1.0.5", "10.1.0.5", "10.1.0.0/24", ".5"),
    ],
)
def test_a_range_leaves_out_what_its_network_says(first: str, last: str, cidr: str, spelt: str) -> None:
    bounds = IPv4Address(first), IPv4Address(last)

    assert ranges.spelt(bounds, IPv4Network(cidr)) == spelt.replace(" ", "\N{EN DASH}")


def test_a_second_family_is_written_beside_the_first() -> None:
    plan = dual_stack(example("lab"))

    assert addresses_of(plan) <= set(texts(pictures.physical(plan)))
    assert {text.partition("/")[0] for text in addresses_of(plan)} <= set(texts(pictures.logical(plan)))


def test_a_network_of_another_host_says_whose_it_is() -> None:
    shown = texts(pictures.physical(on_two_hosts(example("lab"))))

    assert shown.count("on kvm") == 3


def test_a_lab_without_computes_does_not_speak_of_them() -> None:
    lab = example("lab")
    alone = dataclasses.replace(lab, nodes=tuple(node for node in lab.nodes if node.role is not Role.COMPUTE))

    for svg in (pictures.logical(alone), pictures.physical(alone)):
        assert not {"compute", "compute-0"} & set(texts(svg))


def test_the_committed_pictures_are_of_todays_lab() -> None:
    for name, text in draw(example("lab")).items():
        path = ROOT / "docs/pictures" / name
        committed = path.read_bytes() if path.is_file() else b""
        assert committed == text.encode(), f"{path.relative_to(ROOT)} is out of date; run: make pictures STACK=lab"


def test_the_command_writes_three_files_and_names_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)

    assert main(["--stack", "compact", "--out", str(tmp_path / "new" / "place")]) == 0
    written = sorted(tmp_path.glob("new/place/*"))
    assert [path.name for path in written] == ["compact-logical.svg", "compact-order.svg", "compact-physical.svg"]
    assert sorted(capsys.readouterr().out.split()) == [str(path) for path in written]


def test_the_command_says_what_is_wrong_and_writes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    stack = tmp_path / "Pulumi.bad.yaml"
    stack.write_text("config: {rhoso-lab:colour: red}\n")

    for name, said in (("missing", "Pulumi.missing.yaml"), ("bad", "colour")):
        assert main(["--stack", name]) == 1
        assert said in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == [stack]
