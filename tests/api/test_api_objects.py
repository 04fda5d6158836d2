"""What is rendered for each example is accepted by a real API server with upstream's definitions."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as budget

from tests.api.examples import STACKS, objects_of, rendered
from tests.api.server import Definitions, Server
from tests.manifests.crd_schema import definitions as schemas
from tests.manifests.crd_schema import faults
from tests.strategies import configurations

pytestmark = pytest.mark.rehearsal

# An update brings the new definitions before the objects change, so older releases' objects must pass there too.
RELEASES = [("v0.6.0", "fr2"), ("v0.6.0", "fr3"), ("fr4", "fr2"), ("fr4", "fr3"), ("fr4", "fr4")]


def has_definition(item: dict[str, Any], definitions: str) -> bool:
    """NMState's definitions come with no Go module, so only the newer set has them."""
    return definitions != "v0.6.0" or not item["apiVersion"].startswith("nmstate.io/")


@pytest.mark.parametrize("stack", STACKS)
@pytest.mark.parametrize(("definitions", "release"), RELEASES, indirect=["definitions"])
def test_every_object_is_accepted(server: Server, definitions: Definitions, stack: str, release: str) -> None:
    objects = [item for item in rendered(stack, release) if has_definition(item, definitions.name)]
    complaints = server.dry_run(objects)
    assert not complaints, "\n".join(complaints)


@pytest.mark.parametrize(("definitions", "release"), [("v0.6.0", "fr2"), ("fr4", "fr4")], indirect=["definitions"])
@budget(
    deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
@given(configurations())
def test_every_object_of_any_lab_is_valid(
    definitions: Definitions, release: str, configuration: dict[str, Any]
) -> None:
    known = schemas(*definitions.directories)
    for item in objects_of(configuration, release):
        if schema := known.get((item["apiVersion"], item["kind"])):
            assert faults(item, schema) == [], item["metadata"]["name"]


@pytest.mark.parametrize("definitions", ["v0.6.0"], indirect=True)
def test_a_refusal_is_told_in_the_servers_own_words(server: Server) -> None:
    network = {"name": "ctlplane", "subnets": [], "mtu": 1500, "vlan": 20}
    config = {
        "apiVersion": "network.openstack.org/v1beta1",
        "kind": "NetConfig",
        "metadata": {"name": "netconfig", "namespace": "openstack"},
        "spec": {"networks": [network]},
    }
    there = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "openstack", "labels": {"lab": "no label"}}}
    unknown = {"apiVersion": "example.com/v1", "kind": "Nothing", "metadata": {"name": "nothing"}}

    strict, namespace, kind = server.dry_run([config, there, unknown])
    assert 'unknown field "spec.networks[0].vlan"' in strict
    assert "metadata.labels: Invalid value" in namespace
    assert kind == "Nothing nothing: the server has no kind Nothing in example.com/v1"
    del network["vlan"]
    assert "spec.networks[0].dnsDomain: Required value" in server.dry_run([config])[0]
