"""What the catalogs offer."""

from __future__ import annotations

from pathlib import Path

import pytest

from rehearsal.operators.packages import PACKAGES, package_of
from rehearsal.operators.world import CSV_NAMES


def test_each_operator_that_stand_ins_name_can_be_installed() -> None:
    assert {package.key for package in PACKAGES} == set(CSV_NAMES)


def test_each_version_is_found_again_by_its_name() -> None:
    for package in PACKAGES:
        assert package.default_channel in package.channels
        for versions in package.channels.values():
            for version in versions:
                found = package_of(package.csv(version))
                assert found is not None
                assert (found[0].name, found[1]) == (package.name, version)


def test_before_the_init_object_the_product_brings_every_kind_itself(
    monkeypatch: pytest.MonkeyPatch, engine: Path
) -> None:
    monkeypatch.setenv("RHOSO_ENGINE", str(engine))

    def kinds(version: str) -> set[str]:
        found = package_of(f"openstack-operator.v{version}")
        assert found is not None
        return {crd["metadata"]["name"] for crd in found[0].crds(version)}

    assert kinds("1.0.7") == {"openstacks.operator.openstack.org"}
    assert "openstacks.operator.openstack.org" not in kinds("1.0.6")
    assert "openstackcontrolplanes.core.openstack.org" in kinds("1.0.6")
