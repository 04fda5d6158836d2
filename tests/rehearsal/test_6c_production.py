"""A lab that is marked production: nothing of it is deleted or replaced, and it can be given up again. In small."""

from __future__ import annotations

import re

import pytest

from tests.rehearsal.changing import uuids
from tests.rehearsal.conftest import Lab

pytestmark = pytest.mark.rehearsal

HELD = tuple(f"libvirt:index/{kind}" for kind in ("domain:Domain", "volume:Volume", "network:Network", "pool:Pool"))
DIAGNOSED = re.compile(r"^  \S+ \((\S+)\):$", re.MULTILINE)
"""The names of the resources that a run had something to say about, in the end."""
NOW = ("--yes", "--skip-preview")


def ids(lab: Lab) -> dict[str, str]:
    """Every resource's id by its URN."""
    return {resource["urn"]: resource.get("id", "") for resource in lab.resources()}


def test_nothing_of_a_lab_in_production_is_deleted_or_replaced(small: Lab) -> None:
    before, machines = ids(small), uuids(small)
    try:
        small.pulumi("up", *NOW, small.configured("production", production=True), "--policy-pack", "policy")
        marked = small.resources()
        holding = {resource["urn"] for resource in marked if resource["type"] in HELD}
        [record] = [urn for urn in before if urn.endswith("::openshift-install-complete")]
        [seal] = [urn for urn in before if urn.endswith("::seal")]
        assert {resource["urn"] for resource in marked if resource.get("protect")} == holding | {record, seal}

        for options in (NOW, ("--preview-only",)):
            # That it comes back is shown too: from a resource that is only protected the engine goes on for hours.
            destroyed = small.pulumi("destroy", *options, expect=None)
            said = destroyed.stdout + destroyed.stderr
            assert destroyed.returncode != 0
            assert "production is true, so nothing of this stack may be deleted; first set it to false" in said
            assert DIAGNOSED.findall(said) == ["seal"], "it comes first, and alone"
        higher = small.configured("refused", production=True, generation=2)
        refused = small.pulumi("preview", higher, expect=None)
        assert refused.returncode != 0
        said = refused.stdout + refused.stderr
        assert "generation: recorded 1, now 2. This would rebuild a lab with production: true" in said
        assert (ids(small), uuids(small)) == (before, machines)
    finally:
        small.pulumi("up", *NOW)
    assert (ids(small), uuids(small)) == (before, machines)
    given_up = small.resources()
    assert [r["urn"] for r in given_up if r.get("protect") or r.get("resourceHooks")] == [], "it can be destroyed again"
