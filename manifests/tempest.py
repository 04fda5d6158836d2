"""``Tempest``: OpenStack's own test suite, run by the test operator. Fields and rules: rhoso.md, S12.

Its pods have no leg on the external and tenant networks (traps.md 33), so by default it runs tests of APIs only; that
an instance runs and reaches the world is the smoke test's business (smoke_test.py).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any

from settings import Settings

API_VERSION = "test.openstack.org/v1beta1"
CRD = "tempests.test.openstack.org"
KIND = "Tempest"
NAME = "tempest"

_DIGITS = 10

_APIS = ("tempest.api.identity.v3", "tempest.api.image.v2.test_images", "tempest.api.network.test_networks")


def render(
    settings: Settings, include: Sequence[str] = _APIS, image: str | None = None, after: str = ""
) -> dict[str, Any]:
    """One run of the tests that ``include`` names, a regular expression each.

    ``image`` is the URL of the image that tempest's configuration is made with; None leaves it to the suite, which
    takes CirrOS from the internet. ``after`` is what is tested: another one gives another run, for the operator never
    repeats one.
    """
    spec: dict[str, Any] = {
        # The operator's default is a class that this lab doesn't have.
        "storageClass": settings.openstack.storage.storage_class,
        "networkAttachments": ["ctlplane"],
        "tempestRun": {"includeList": "\n".join(include)},
    }
    if image is not None:
        spec["tempestconfRun"] = {"image": image}
    name = NAME
    if after:
        canonical = json.dumps([spec, after], sort_keys=True, separators=(",", ":"))
        name = f"{NAME}-{hashlib.sha256(canonical.encode()).hexdigest()[:_DIGITS]}"
    return {
        "apiVersion": API_VERSION,
        "kind": KIND,
        "metadata": {"name": name, "namespace": settings.openstack.namespace},
        "spec": spec,
    }
