"""Every document renders for any lab that settings accept, and the installer's stand-in has nothing against it.

The stand-in's rules were written from the installer's own (agent-installer.md §1), apart from the renderers.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import yaml
from hypothesis import HealthCheck, given
from hypothesis import settings as budget

from manifests import agent_config, cloud_init, domain_xslt, install_config, net_config
from network import plan
from rehearsal.openshift_install import create
from rehearsal.openshift_install.documents import Inputs
from rehearsal.openshift_install.log import Log
from settings import parse
from tests.strategies import configurations

# A real key: the stand-in looks into it as the installer does.
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ1u1m1Y6n2d7v7Jkq4n8bJd0u8gqj3m6m5t8t2v0w7P lab"


def as_read(document: dict[str, Any]) -> Any:
    """A document after its way through a file. JSON, for Python's YAML would take most of the test's time."""
    return json.loads(json.dumps(document))


@budget(deadline=None, max_examples=500, suppress_health_check=[HealthCheck.too_slow])
@given(configurations())
def test_every_document_of_any_lab_renders_and_is_accepted(configuration: dict[str, Any]) -> None:
    settings = parse("lab", configuration)
    the_plan = plan(settings)

    install, agent = install_config.render(settings, the_plan, KEY), agent_config.render(settings, the_plan)
    inputs = Inputs(as_read(install), as_read(agent), {}, "", ())
    with tempfile.TemporaryDirectory() as directory:
        accepted, hosts = create.validated(inputs, Log(Path(directory), "error"))
    assert (accepted.masters, accepted.workers) == (len(the_plan.masters), len(the_plan.workers))
    assert len(hosts.hosts) == len(the_plan.cluster_nodes)

    networks = as_read(net_config.render(the_plan, "openstack"))["spec"]["networks"]
    assert [network["name"] for network in networks] == list(the_plan.openstack)
    for node in the_plan.computes[-1:]:
        ethernets = yaml.safe_load(cloud_init.network_config(node, the_plan))["ethernets"]
        assert [ethernet["match"]["macaddress"] for ethernet in ethernets.values()] == [nic.mac for nic in node.nics]
        assert yaml.safe_load(cloud_init.user_data(node, "cloud-admin", KEY))["fqdn"] == node.fqdn
    for node in the_plan.nodes:
        sheet = domain_xslt.stylesheet(node.name, node.nics, settings.host.disk_cache)
        assert sheet.count('="/domain/devices/interface[') == len(node.nics)
