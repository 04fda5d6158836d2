"""What the tests of the data plane ask of a lab: its variables, its Secrets, its deployment."""

from __future__ import annotations

import json
from typing import Any

from manifests import data_plane_secrets, deployment, node_set
from manifests.credentials import Credentials
from network import plan as make_plan
from settings import Settings
from tests.lab import SECRET, settings

CREDENTIALS = Credentials(SECRET)
ACTIVATION = {"registration": {"organization": "0123", "activationKey": "key-of-the-lab"}}
LOGIN = {"registration": {"username": "me", "password": "0123"}}


def red_hat(auth: str) -> dict[str, Any]:
    """An installation whose pull secret has this entry for Red Hat's registry."""
    return {"pullSecret": json.dumps({"auths": {"registry.redhat.io": {"auth": auth}}})}


def variables(**changes: Any) -> dict[str, Any]:
    """The node set's own variables."""
    the_settings = settings(**changes)
    spec = node_set.render(the_settings, make_plan(the_settings))["spec"]
    result: dict[str, Any] = spec["nodeTemplate"]["ansible"]["ansibleVars"]
    return result


def secrets(the_settings: Settings) -> dict[str, dict[str, str]]:
    """Values by name of Secret."""
    made = data_plane_secrets.render(the_settings, CREDENTIALS)
    assert all((secret["kind"], secret["metadata"]["namespace"]) == ("Secret", "openstack") for secret in made)
    return {secret["metadata"]["name"]: secret["stringData"] for secret in made}


def deployed(the_settings: Settings | None = None, secret: str = SECRET) -> dict[str, Any]:
    """The deployment of a lab."""
    the_settings = the_settings or settings()
    fingerprints = data_plane_secrets.fingerprints(the_settings, Credentials(secret))
    return deployment.render(node_set.render(the_settings, make_plan(the_settings)), fingerprints)
