"""An operator of another feature release than `openstack.release` is told before its definitions refuse an object."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from components import waits
from manifests import control_plane
from manifests.release import RELEASES
from readiness import spec
from readiness.errors import TerminalFailureError
from readiness.verdict import Verdict
from tests.lab import plan, settings
from tests.manifests import crd_schema
from tests.readiness.fake_api import FakeApi, Run, judged

FR4 = Path(__file__).parents[3] / "shared" / "crds" / "fr4"
PATH = spec.path("apiextensions.k8s.io/v1", "customresourcedefinitions", control_plane.CRD)


def definition(*fields: str, version: str = "v1beta1", served: bool = True) -> dict[str, Any]:
    """A definition with nothing but these fields."""
    schema: dict[str, Any] = {"type": "object"}
    for field in fields:
        at = schema
        for part in field.split("."):
            at = at.setdefault("additionalProperties", {}) if part == "*" else at.setdefault("properties", {})
            at = at if part == "*" else at.setdefault(part, {})
    versions = [{"name": version, "served": served, "schema": {"openAPIV3Schema": schema}}]
    return {"metadata": {"name": control_plane.CRD}, "spec": {"versions": versions}}


def of(release: str) -> dict[str, Any]:
    """As the operator of a feature release brings it: from FR5 on the buses' former fields are still known
    (openstack-operator, config/crd/bases, 18.0-fr2 to 18.0-fr6)."""
    known = set(RELEASES[release].fields)
    if RELEASES[release].messaging_bus:
        known |= set(RELEASES["fr4"].fields) - {"spec.glance.template.glanceAPIs.*.containerImage"}
    if release == "fr4":
        known |= set(RELEASES["fr2"].fields)
    return definition(*known)


def verdict(release: str, installed: dict[str, Any]) -> Verdict:
    [found] = judged(waits.fits(release), {PATH: installed})
    return found


@pytest.mark.parametrize(
    ("installed", "fitting"),
    [
        ("fr2", ["fr2", "fr3"]),
        ("fr3", ["fr2", "fr3"]),
        ("fr4", ["fr2", "fr3", "fr4"]),
        ("fr5", ["fr5", "fr6"]),
        ("fr6", ["fr5", "fr6"]),
    ],
)
def test_what_is_written_for_a_release_must_be_known_to_the_operator(installed: str, fitting: list[str]) -> None:
    assert [release for release in RELEASES if verdict(release, of(installed)).ready] == fitting


def test_the_missing_fields_and_the_release_that_would_fit_are_told() -> None:
    found = verdict("fr4", of("fr6"))
    assert found.failed, "no waiting mends it"
    assert found.name == "openstack.release fr4"
    assert found.message == (
        "the installed openstack-operator knows no spec.glance.template.glanceAPIs.*.containerImage; "
        "its fields are those of fr6, set openstack.release to that"
    )
    found = verdict("fr6", of("fr4"))
    assert found.failed
    assert "knows no spec.nova.template.cellTemplates.*.messagingBus, spec.notificationsBus;" in found.message
    assert found.message.endswith("those of fr4, set openstack.release to that")


def test_a_definition_that_fits_no_known_release_is_refused_without_advice() -> None:
    found = verdict("fr6", definition("spec.something"))
    assert found.failed
    assert found.message.endswith("spec.notificationsBus")


@pytest.mark.parametrize("installed", [definition(version="v1"), definition(served=False)], ids=["another", "off"])
def test_a_version_that_is_not_served_yet_is_waited_for(installed: dict[str, Any]) -> None:
    found = verdict("fr6", installed)
    assert (found.ready, found.failed, found.message) == (False, False, "v1beta1 is not served")
    [absent] = judged(waits.fits("fr6"), {})
    assert (absent.ready, absent.failed, absent.message) == (False, False, "not found")


def test_the_operators_last_gate_asks_it() -> None:
    openstack = settings(openstack={"release": "fr5"}).openstack
    assert waits.fits("fr5") in waits.initialised("openstack", plan(), openstack)


def test_the_gate_ends_at_once(api: FakeApi, run: Run) -> None:
    api.objects[PATH] = of("fr6")
    with pytest.raises(TerminalFailureError, match=r"openstack\.release fr4: .* set openstack\.release to that"):
        run(waits.fits("fr4"))


@pytest.mark.skipif(not FR4.is_dir(), reason="needs ../shared/crds/fr4, upstream's definitions of FR4")
def test_upstreams_definition_of_fr4_fits_what_it_accepts() -> None:
    installed = crd_schema.documents(FR4)[control_plane.CRD]
    assert [release for release in RELEASES if verdict(release, installed).ready] == ["fr2", "fr3", "fr4"]
