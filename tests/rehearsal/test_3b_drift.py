"""What somebody changed by hand is told, and put back where an `up` can; in small, on the real engine.

One lab with everything changed at once, because each look at it takes the engine several seconds.
"""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

import pytest

from tests.rehearsal.conftest import Lab

pytestmark = pytest.mark.rehearsal

PLANE = "openstackcontrolplanes.core.openstack.org"
NET_CONFIG = "netconfigs.network.openstack.org"
HOST_BY_HAND = "<host ip='192.168.130.99'><hostname>by-hand.example.com</hostname></host>"
PASSWORD_BY_HAND = "a-password-set-by-hand"
NEVER = ("rehearsal-master-0", "running"), ("rehearsal-compute-0", "memory"), ("rehearsal-external", "mtu")
"""What an `up` does not change on a machine or network that stands."""


def drift(lab: Lab, *options: str, expect: int) -> str:
    """What ``make drift`` prints."""
    return lab.run("python3", "-m", "drift", "--stack", "rehearsal", *options, expect=expect).stdout


def recorded(lab: Lab) -> str:
    """Of the file with the state, as it is on disk."""
    return hashlib.sha256((lab.directory / "state/.pulumi/stacks/rhoso-lab/rehearsal.json").read_bytes()).hexdigest()


def plane(lab: Lab) -> Any:
    [found] = lab.kubernetes(PLANE, "-n", "openstack")["items"]
    return found


def edited(found: Any, **spec: Any) -> str:
    """An object with other values in its spec, as ``kubectl apply`` takes it."""
    metadata = {key: found["metadata"][key] for key in ("name", "namespace")}
    return json.dumps({"apiVersion": found["apiVersion"], "kind": found["kind"], "metadata": metadata, "spec": spec})


def with_mtu(lab: Lab, size: int) -> None:
    """Writes a network's definition; what runs stays as it is."""
    definition = lab.run("virsh", "net-dumpxml", "--inactive", "rehearsal-external").stdout
    head, _, rest = definition.partition("<mtu size='")
    lab.run("virsh", "net-define", "/dev/stdin", stdin=f"{head}<mtu size='{size}'{rest.partition(chr(39))[2]}")


def passwords(lab: Lab) -> set[str]:
    """All values of OpenStack's secret, plain and as Kubernetes encodes them."""
    data = lab.kubernetes("secret", "osp-secret", "-n", "openstack")["data"].values()
    return {*data, *(base64.b64decode(value).decode() for value in data)}


@pytest.fixture(scope="module")
def changed(small: Lab) -> Lab:
    """The smallest lab, after somebody has been at it; what no `up` puts back is right again at the end."""
    small.run("virsh", "suspend", "rehearsal-master-0")
    small.run("virsh", "setmaxmem", "rehearsal-compute-0", "128M", "--config")
    with_mtu(small, 1400)
    small.run("virsh", "net-update", "rehearsal-ocp", "add", "dns-host", HOST_BY_HAND, "--live", "--config")
    small.run("virsh", "vol-delete", "rehearsal-worker-0-data.qcow2", "--pool", "rehearsal-1")
    small.run("virsh", "destroy", "rehearsal-master-2")
    small.run("virsh", "undefine", "rehearsal-master-2")
    [networks] = small.kubernetes(NET_CONFIG, "-n", "openstack")["items"]
    first, *others = networks["spec"]["networks"]
    scaled = {"placement": {"template": {"replicas": 0}}}
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "osp-secret", "namespace": "openstack"}}
    secret["data"] = {"PlacementPassword": base64.b64encode(PASSWORD_BY_HAND.encode()).decode()}
    by_hand = (
        edited(networks, networks=[{**first, "mtu": 1300}, *others]),
        edited(plane(small), **scaled),
        json.dumps(secret),
    )
    for document in by_hand:
        small.run("kubectl", "apply", "-f", "-", stdin=document)
    return small


def test_it_is_told_what_was_changed_and_nothing_is_changed_by_that(changed: Lab) -> None:
    before = recorded(changed)
    printed = drift(changed, "--format", "json", expect=2)
    assert recorded(changed) == before
    told = json.loads(printed)
    assert told["unread"] == {}
    found = {(row["resource"].split()[-1], row["property"]): row for row in told["differences"]}
    put_back = {
        ("rehearsal-master-2", ""): ("there", "gone"),
        ("rehearsal-worker-0-data.qcow2", ""): ("there", "gone"),
        ("netconfig", "spec.networks[0].mtu"): ("1500", "1300"),
        ("openstack-control-plane", "spec.placement.template.replicas"): ("1", "0"),
        ("osp-secret", "data.PlacementPassword"): ("(secret)", "(secret)"),
    }
    stays = dict(zip(NEVER, (("true", "false"), ("112", "128"), ("1500", "1400")), strict=True))
    stays["worker-0", "disks"] = ("there", "one is gone")
    names = {key for key in found if key[0] == "rehearsal-ocp"}
    assert set(found) == {*put_back, *stays, *names}, (
        "an edit raises an object's generation too, which is no difference"
    )
    assert {path.partition("[")[0] for _, path in names} == {"dns.hosts"}
    for key, values in (put_back | stays).items():
        row = found[key]
        assert (row["recorded"], row["found"].removesuffix(" (from its next start)")) == values, key
        assert row["mended"] is (key in put_back), key
    assert not [value for value in passwords(changed) if value in printed]
    assert PASSWORD_BY_HAND not in printed


def test_a_plain_up_compares_with_the_state_alone_and_sees_none_of_it(changed: Lab) -> None:
    assert changed.steps() == []


def test_one_command_puts_back_what_an_up_can_and_the_gate_waits_again(changed: Lab) -> None:
    before = plane(changed)["metadata"]["generation"]
    printed = drift(changed, "--put-back", expect=0)
    assert "control-plane-ready replaced" in printed
    found = plane(changed)
    assert found["metadata"]["generation"] > before
    assert found["spec"]["placement"]["template"]["replicas"] == 1
    assert {condition["type"]: condition["status"] for condition in found["status"]["conditions"]}["Ready"] == "True"
    assert PASSWORD_BY_HAND not in passwords(changed)
    assert "rehearsal-worker-0-data.qcow2" in changed.run("virsh", "vol-list", "rehearsal-1").stdout
    assert not [value for value in passwords(changed) if value in printed]


def test_with_the_rest_put_back_by_hand_as_it_says_nothing_differs(changed: Lab) -> None:
    """It would, had the `up` taken for recorded what it can't put back."""
    told = json.loads(drift(changed, "--format", "json", expect=2))["differences"]
    assert {(row["resource"].split()[-1], row["property"]) for row in told} == set(NEVER)
    for row in told:
        if "net-edit" not in row["after"]:
            _, _, command = row["after"].partition("by hand: ")
            changed.run("sh", "-c", command, expect=None)
    with_mtu(changed, 1500)
    assert drift(changed, expect=0) == "Stack rehearsal: nothing differs from the state.\n"
    assert changed.steps() == []
