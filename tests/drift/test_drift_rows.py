"""What the rows say, of events as the engine streams them."""

from __future__ import annotations

import pytest

from drift import engine
from drift.rows import SECRET, Row, rows
from tests.drift import events

URI = "qemu:///system"
DEFINED = {"name": "lab-worker-0", "memory": 24576, "vcpu": 8, "running": True}


def told(line: str, *ignored: str) -> list[Row]:
    """The rows of one event."""
    [seen] = engine.read([line]).seen.values()
    return list(rows(seen, frozenset(ignored), URI))


def machine(**found: object) -> str:
    old, new = ({"inputs": values, "outputs": values} for values in (DEFINED, {**DEFINED, **found}))
    return events.read(events.MACHINE, "same", old, new)


def test_what_is_as_recorded_has_no_row() -> None:
    assert told(machine(), "memory", "vcpu", "running") == []


def test_memory_that_an_up_ignores_is_told_with_the_command_that_puts_it_back() -> None:
    [row] = told(machine(memory=32768), "memory", "vcpu")
    assert (row.resource, row.property, row.recorded, row.found) == ("machine lab-worker-0", "memory", "24576", "32768")
    assert not row.mended
    assert row.after == (
        "not put back; by hand, then shut down and start: virsh -c qemu:///system "
        "'setmaxmem lab-worker-0 24576M --config; setmem lab-worker-0 24576M --config'"
    )


def test_a_machine_that_was_paused_is_started_by_hand() -> None:
    [row] = told(machine(running=False), "running")
    assert (row.recorded, row.found) == ("true", "false")
    assert "resume lab-worker-0; start lab-worker-0" in row.after


def test_what_the_program_leaves_to_the_host_is_no_difference() -> None:
    old = {"inputs": {"name": "lab-worker-0"}, "outputs": {"name": "lab-worker-0", "arch": "x86_64"}}
    new = {"inputs": {"name": "lab-worker-0"}, "outputs": {"name": "lab-worker-0", "arch": "aarch64"}}
    assert told(events.read(events.MACHINE, "same", old, new), "arch", "name") == []


@pytest.mark.parametrize(
    ("path", "recorded", "found"),
    [
        ("bootDevices[0].devs[0]", "hd", "network"),
        ("networkInterfaces[1].mac", "52:FE:3D:02:C8:60", "52:54:00:00:00:01"),
    ],
)
def test_a_difference_inside_a_list_is_told_where_it_is(path: str, recorded: str, found: str) -> None:
    def state(devices: str, mac: str) -> dict[str, object]:
        nics = [{"mac": "52:33:E7:51:55:9E"}, {"mac": mac}]
        values = {"name": "lab-worker-0", "bootDevices": [{"devs": [devices, "cdrom"]}], "networkInterfaces": nics}
        return {"inputs": values, "outputs": values}

    old = state("hd", "52:FE:3D:02:C8:60")
    new = state(*(("network", "52:FE:3D:02:C8:60") if "boot" in path else ("hd", "52:54:00:00:00:01")))
    [row] = told(events.read(events.MACHINE, "same", old, new), "bootDevices", "networkInterfaces")
    assert (row.property, row.recorded, row.found) == (path, recorded, found)


def test_what_is_gone_is_made_anew_and_a_volume_says_what_is_lost() -> None:
    [row] = told(events.read(events.VOLUME, "delete", {"inputs": {"name": "lab-worker-0-data.qcow2"}}, None))
    assert (row.resource, row.found, row.mended) == ("volume lab-worker-0-data.qcow2", "gone", True)
    assert "lost" in row.after


def plane(**spec: object) -> dict[str, object]:
    return {"inputs": {"metadata": {"name": "openstack", "generation": len(spec)}, "spec": spec}}


def test_an_edited_object_is_told_field_by_field_and_put_back() -> None:
    old, new = plane(nova={"replicas": 3}, tags=["a", "b"]), plane(nova={"replicas": 1}, tags=["a", "c"])
    found = told(events.read(events.PLANE, "update", old, new, "spec.nova.replicas", "spec.tags[1]"))
    assert [(row.property, row.recorded, row.found, row.mended) for row in found] == [
        ("spec.nova.replicas", "3", "1", True),
        ("spec.tags[1]", "b", "c", True),
    ]
    assert found[0].resource == "OpenStackControlPlane openstack"


def test_a_generation_that_an_edit_raised_is_no_difference() -> None:
    new = plane(nova={"replicas": 3})
    new["outputs"] = {"metadata": {"generation": 7}, "status": {"observedGeneration": 7}}
    assert told(events.read(events.PLANE, "same", plane(nova={"replicas": 3}), new)) == []


def test_a_field_that_was_removed_or_added_says_so() -> None:
    old, new = plane(heat={"enabled": False}), plane(**{"a.b": 1})
    [removed, added] = told(events.read(events.PLANE, "update", old, new, "spec.heat", 'spec["a.b"]'))
    assert (added.recorded, added.found) == ("(none)", "1")
    assert (removed.recorded, removed.found) == ('{"enabled": false}', "(none)")


@pytest.mark.parametrize("path", ["data.password", 'metadata.annotations["last-applied"]', "stringData"])
def test_of_a_secret_nothing_is_shown_even_if_the_engine_did_not_blind_it(path: str) -> None:
    old, new = ({"inputs": {"data": {"password": value}, "stringData": value}} for value in ("Zmlyc3Q=", "c2Vjb25k"))
    [row] = told(events.read(events.SECRET, "update", old, new, path))
    assert (row.property, row.recorded, row.found) == (path, SECRET, SECRET)


def test_a_blinded_value_is_called_a_secret() -> None:
    blinded = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "[secret]"}
    old, new = plane(token=blinded), plane(token="[secret]")
    [row] = told(events.read(events.PLANE, "update", old, new, "spec.token"))
    assert (row.recorded, row.found) == (SECRET, SECRET)


def test_events_that_failed_name_their_resource_and_what_was_said() -> None:
    lines = [
        "warning: no event",
        events.error("reading\n  it: no disk", events.MACHINE),
        events.error("refresh failed"),
    ]
    assert engine.read(lines).failures == {events.MACHINE: "reading it: no disk"}
    assert engine.read(lines[2:]).failures == {"": "refresh failed"}
