"""The Tempest object, where a lab has one run."""

from __future__ import annotations

from manifests import tempest
from tests.lab import settings


def test_tempest_keeps_to_a_class_and_a_network_that_the_lab_has() -> None:
    the_settings = settings(openstack={"storage": {"storageClass": "mine"}})
    spec = tempest.render(the_settings, ["tempest.api.a", "tempest.api.b"], "http://mirror.example.com/guest.img")[
        "spec"
    ]
    assert spec["storageClass"] == "mine"
    assert spec["networkAttachments"] == ["ctlplane"]
    assert spec["tempestRun"]["includeList"].splitlines() == ["tempest.api.a", "tempest.api.b"]
    assert spec["tempestconfRun"] == {"image": "http://mirror.example.com/guest.img"}
    assert "tempestconfRun" not in tempest.render(the_settings)["spec"]
