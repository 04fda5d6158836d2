"""Rule gated-objects."""

from __future__ import annotations

import pytest

from policy.gates import WITHOUT_GATE, of_a_definition, violations
from tests.policy.things import command, resource

NODE_SET = "kubernetes:dataplane.openstack.org/v1beta1:OpenStackDataPlaneNodeSet"


@pytest.mark.parametrize("create", ["python3 -m readiness", "python3 -m operations attempt"])
def test_an_object_that_a_gate_depends_on_is_fine(create: str) -> None:
    assert not list(violations([resource("set", NODE_SET), command("set-up", create, "set")]))


@pytest.mark.parametrize(
    "others",
    [
        [],
        [command("elsewhere", "python3 -m readiness")],
        [command("no-gate", "python3 -m operations read", "set")],
        [command("step", "echo done", "set"), command("behind-it", "python3 -m readiness", "step")],
        [resource("no-command", "kubernetes:batch/v1:Job", "set")],
    ],
)
def test_an_object_that_no_gate_depends_on_directly_is_found(others: list[object]) -> None:
    made = resource("set", NODE_SET)
    [found] = violations([made, *others])  # type: ignore[list-item]
    assert found.urn == made.urn
    assert "set: no gate waits for this dataplane.openstack.org/OpenStackDataPlaneNodeSet" in found.message
    assert "components/gate.py" in found.message


def test_kinds_that_cannot_say_when_they_are_done_need_none() -> None:
    for kind in WITHOUT_GATE:
        group, _, name = kind.partition("/")
        assert not list(violations([resource("it", f"kubernetes:{group}/v1:{name}")]))
    assert all(WITHOUT_GATE.values()), "each has its reason"


def test_only_objects_of_definitions_are_asked_for_a_gate() -> None:
    assert of_a_definition(NODE_SET) == "dataplane.openstack.org/OpenStackDataPlaneNodeSet"
    assert of_a_definition("kubernetes:k8s.cni.cncf.io/v1:NetworkAttachmentDefinition") is not None
    for plain in (
        *("kubernetes:core/v1:Secret", "kubernetes:batch/v1:Job", "kubernetes:rbac.authorization.k8s.io/v1:Role"),
        *("pulumi:providers:kubernetes", "libvirt:index/domain:Domain", "rhoso:openstack:Verification"),
    ):
        assert of_a_definition(plain) is None, plain
