"""docs/changes.md against the engine: a sample of its rows, one of each class and stage, is made anew. In small.

All rows are made by ``make changes``; that none is missing, and none of an earlier set of settings, is tested without
an engine (tests/rehearsal_host/test_changes.py).
"""

from __future__ import annotations

import json

import pytest

from rehearsal import changetable
from rehearsal.changetable import Row
from settings import catalogue
from tests.rehearsal.conftest import Lab

pytestmark = pytest.mark.rehearsal

SAMPLE = (
    *("hosts.*.uri", "domain", "openshift.fips"),
    *("topology.computes.count", "openstack.services.heat.enabled", "rotation.MetadataSecret", "timeouts.install"),
)
"""Settings whose rows are the same with one worker as with two."""


@pytest.fixture(scope="module")
def found(small: Lab) -> dict[str, Row]:
    options = [word for path in SAMPLE for word in ("--only", path)]
    said = small.run(".venv/bin/python", "-m", "rehearsal.changes", *options).stdout
    return {row.path: row for row in (Row(*json.loads(line)) for line in said.splitlines())}


def test_the_sample_has_every_class() -> None:
    assert {catalogue()[path].change for path in SAMPLE} == {setting.change for setting in catalogue().values()}


@pytest.mark.parametrize("path", SAMPLE)
def test_the_engine_plans_what_the_table_says(found: dict[str, Row], path: str) -> None:
    assert found[path] == changetable.read()[path], f"renew it: make changes ONLY='{path}'"
