"""The control plane: Ready, or in the middle of a minor update that a later step goes on with."""

from __future__ import annotations

from typing import Any

import pytest

from readiness import spec
from tests.readiness.fake_api import FakeApi, Run, judged, says, thing

CORE = "/apis/core.openstack.org/v1beta1/namespaces/openstack"
PLANE = f"{CORE}/openstackcontrolplanes/plane"
VERSION = f"{CORE}/openstackversions/plane"
NOW = spec.control_plane("plane", "openstack", update_follows=False)
LATER = spec.control_plane("plane", "openstack", update_follows=True)
KEPT = says("Ready", "Unknown", "Init", "setup started")
KEPT_WORDS = "Ready is Unknown (Init: setup started)"


def version(target: str | None, deployed: str | None, name: str = "plane") -> dict[str, Any]:
    status = {} if deployed is None else {"deployedVersion": deployed}
    spec = {} if target is None else {"targetVersion": target}
    return {f"{CORE}/openstackversions/{name}": {"metadata": {"name": name}, "spec": spec, "status": status}}


UPDATING = version("1.0.7", "1.0.6")


def test_a_control_plane_is_ready_by_its_condition_without_a_look_at_the_version(api: FakeApi, run: Run) -> None:
    api.objects = {PLANE: thing("plane", says("Ready"), generation=2, observed=2), **UPDATING}
    assert run(NOW, LATER) == "layer ready: 2 conditions true"
    assert VERSION not in api.requests


def test_an_update_under_way_is_ready_only_for_whom_a_later_step_goes_on_with_it(api: FakeApi, run: Run) -> None:
    api.objects = {PLANE: thing("plane", KEPT), **UPDATING}
    [waiting] = judged(NOW, api.objects)
    assert (waiting.ready, waiting.failed, waiting.message) == (False, False, KEPT_WORDS)
    told = f"OpenStackControlPlane plane: an update is under way, from 1.0.6 to 1.0.7; {KEPT_WORDS}"
    assert run(LATER) == f"layer ready: 1 conditions true ({told})"


@pytest.mark.parametrize(
    "objects",
    [
        {},
        version("1.0.7", None),
        version(None, "1.0.6"),
        version("1.0.7", "1.0.7"),
        version("1.0.7", "1.0.6", name="other"),
    ],
)
def test_without_an_update_under_way_its_condition_is_waited_for(objects: dict[str, Any]) -> None:
    [verdict] = judged(LATER, {PLANE: thing("plane", KEPT), **objects})
    assert (verdict.ready, verdict.failed, verdict.message) == (False, False, KEPT_WORDS)


def leaving() -> dict[str, Any]:
    plane = thing("plane", says("Ready"))
    plane["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    return plane


@pytest.mark.parametrize("check", [NOW, LATER])
@pytest.mark.parametrize(
    ("objects", "message"),
    [
        ({}, "not found"),
        ({PLANE: leaving()}, "is being deleted"),
        ({PLANE: thing("plane", says("Ready"), generation=3, observed=2)}, "generation 3 not looked at yet (at 2)"),
        (
            {PLANE: thing("plane", says("Ready", observedGeneration=2), generation=3)},
            "generation 3 not looked at yet (at 2)",
        ),
    ],
)
def test_no_update_makes_up_for_a_control_plane_that_is_not_there_or_not_looked_at(
    check: dict[str, Any], objects: dict[str, Any], message: str
) -> None:
    [verdict] = judged(check, {**objects, **UPDATING})
    assert (verdict.ready, verdict.failed, verdict.message) == (False, False, message)


def test_a_control_plane_without_any_condition_says_so() -> None:
    [verdict] = judged(NOW, {PLANE: thing("plane")})
    assert (verdict.ready, verdict.message) == (False, "no condition Ready yet")


def test_what_many_ready_things_have_to_say_stays_short(api: FakeApi, run: Run) -> None:
    checks = []
    for name in ("a", "b", "c", "d", "e"):
        api.objects[f"{CORE}/openstackcontrolplanes/{name}"] = thing(name, says("Ready", "False", "Error", "x" * 5000))
        api.objects.update(version("1.0.7", "1.0.6", name))
        checks.append(spec.control_plane(name, "openstack", update_follows=True))
    result = run(*checks)
    assert result.endswith("…; and 2 more)")
    assert len(result) < 1100
