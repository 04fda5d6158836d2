"""The report's arithmetic: what took how long, and tables that can be read at a hundred columns."""

from __future__ import annotations

import json
from pathlib import Path

from rehearsal import timeline
from rehearsal.inventory import Machine, Nic
from rehearsal.layers import layers
from rehearsal.report import layer_rows, machine_rows, table
from rehearsal.timeline import Span

STACK = "urn:pulumi:s::p::pulumi:pulumi:Stack::p-s"


def event(kind: str, second: int, op: str, urn: str) -> str:
    """One line of the engine's event log."""
    return json.dumps({"sequence": 0, "timestamp": second, kind: {"metadata": {"op": op, "urn": urn}}})


def absorb(state: Path, *lines: str, stack: str = "rehearsal") -> dict[str, Span]:
    """The timeline of a stack after one more run with these events."""
    (state / "log").mkdir(exist_ok=True)
    events = state / "log" / "events.jsonl"
    events.write_text("\n".join(lines))
    timeline.absorb(state, stack, events)
    assert not events.exists(), "what is folded in is not kept twice"
    return timeline.load(state, stack)


def test_a_run_that_changes_nothing_keeps_the_times_of_the_one_that_did(tmp_path: Path) -> None:
    made = absorb(
        tmp_path,
        event("resourcePreEvent", 100, "create", "stack"),
        event("resourcePreEvent", 103, "create", "disk"),
        event("resOutputsEvent", 110, "create", "disk"),
    )
    assert made == {"disk": Span(run=100, start=103, end=110)}
    again = absorb(
        tmp_path, event("resourcePreEvent", 200, "same", "disk"), event("resOutputsEvent", 201, "same", "disk")
    )
    assert again == made


def test_a_replaced_resource_has_the_times_of_its_replacement_and_a_deleted_one_none(tmp_path: Path) -> None:
    absorb(
        tmp_path,
        *(event("resourcePreEvent", 100, "create", urn) for urn in ("disk", "old")),
        *(event("resOutputsEvent", 101, "create", urn) for urn in ("disk", "old")),
    )
    after = absorb(
        tmp_path,
        event("resourcePreEvent", 200, "create-replacement", "disk"),
        event("resOutputsEvent", 205, "create-replacement", "disk"),
        event("resOutputsEvent", 206, "delete-replaced", "disk"),
        event("resOutputsEvent", 207, "delete", "old"),
    )
    assert after == {"disk": Span(run=200, start=200, end=205)}


def test_stacks_that_are_brought_up_at_the_same_time_keep_their_times_apart(tmp_path: Path) -> None:
    for stack, second in (("one", 100), ("two", 200)):
        lines = event("resourcePreEvent", second, "create", stack), event("resOutputsEvent", second, "create", stack)
        assert absorb(tmp_path, *lines, stack=stack) == {stack: Span(second, second, second)}
    assert timeline.load(tmp_path, "one") == {"one": Span(100, 100, 100)}


def test_the_log_of_a_killed_run_is_used_as_far_as_it_goes(tmp_path: Path) -> None:
    spans = absorb(
        tmp_path,
        event("resourcePreEvent", 100, "create", "disk"),
        event("resOutputsEvent", 102, "create", "disk"),
        event("resourcePreEvent", 103, "create", "domain"),
        '{"sequence": 3, "timest',
    )
    assert set(spans) == {"disk"}


def test_layers_are_listed_as_they_began_with_their_like_parts_counted() -> None:
    def resource(urn: str, kind: str, parent: str = "", custom: bool = False) -> dict[str, object]:
        return {"urn": urn, "type": kind, "parent": parent, "custom": custom}

    resources = [
        resource(STACK, "pulumi:pulumi:Stack"),
        resource("cluster", "rhoso:openshift:OpenShiftCluster", STACK),
        resource("m0", "rhoso:machine:Machine", "cluster"),
        resource("m1", "rhoso:machine:Machine", "cluster"),
        resource("d0", "libvirt:index/domain:Domain", "m0", custom=True),
        resource("d1", "libvirt:index/domain:Domain", "m1", custom=True),
        resource("wait", "command:local:Command", "cluster", custom=True),
        resource("networks", "rhoso:kvm:KvmNetworks", STACK),
        resource("net", "libvirt:index/network:Network", "networks", custom=True),
    ]
    spans = {
        "net": Span(100, 101, 102),
        "d0": Span(100, 103, 108),
        "d1": Span(100, 104, 110),
        "wait": Span(100, 110, 170),
    }
    assert layer_rows(layers(resources, spans)) == [
        ["KvmNetworks", "1", "0:01", "0:01"],
        ["OpenShiftCluster", "3", "0:03", "1:07"],
        ["  Machine x 2", "2", "0:03", "0:07"],
    ]


def test_the_widest_machine_of_a_lab_is_readable_at_a_hundred_columns() -> None:
    nics = (
        Nic("ens3", "rehearsal-ocp", "52:54:00:aa:bb:01", ("192.168.130.100/24",), ()),
        Nic(
            "ens4",
            "rehearsal-osp",
            "52:54:00:aa:bb:02",
            ("192.168.131.100/24",),
            (("internalapi", ("172.17.0.100/24",)),),
        ),
        Nic("ens5", "rehearsal-external", "52:54:00:aa:bb:03", ("10.0.0.100/24",), ()),
    )
    machine = Machine("compute-0", "running", 32768, True, nics)
    rows_of = machine_rows([machine], "rehearsal")
    text = table("Machines", ["NAME", "STATE", "MEMORY", "NIC", "NETWORK", "MAC", "ADDRESSES"], rows_of)
    assert max(map(len, text.splitlines())) <= 100
    rows = [line.split() for line in text.splitlines()[2:]]
    assert rows[2] == ["internalapi", "172.17.0.100/24"], "a VLAN stands below its NIC"
    assert [row[-1] for row in rows] == ["192.168.130.100/24", "192.168.131.100/24", "172.17.0.100/24", "10.0.0.100/24"]
