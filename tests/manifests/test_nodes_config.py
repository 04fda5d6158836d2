"""What a worker that joins a cluster is described by: the stand-in for ``oc adm node-image create`` takes it.

Joined to a real API server's cluster: tests/rehearsal/test_8_workers.py.
"""

from __future__ import annotations

import pytest

from manifests import nodes_config
from network import Node, Plan
from network import plan as make_plan
from rehearsal.oc.nodes_config import Taken, read
from rehearsal.openshift_install.fields import Document
from settings.stackfile import load_stack
from tests.manifests.options import OPTIONS, lab
from tests.manifests.test_golden import ROOT

EXAMPLES = {name: make_plan(load_stack(name, ROOT)) for name in ("lab", "wide")}
JOINING = EXAMPLES | {name: plan for name in OPTIONS if (plan := lab(name)[1]).workers}

every_lab = pytest.mark.parametrize("plan", JOINING.values(), ids=JOINING)


def cluster(plan: Plan, *without: Node) -> Taken:
    """The installed lab, but for some nodes."""
    nodes = [node for node in plan.cluster_nodes if node not in without]
    return Taken(
        {node.name: (str(node.ip),) for node in nodes},
        {nic.mac: node.name for node in nodes for nic in node.nics},
        str(plan.networks["ocp"].cidr),
        tuple(map(str, (*plan.api_vips, *plan.ingress_vips))),
    )


def complaints(node: Node, plan: Plan, taken: Taken) -> list[str]:
    """What the stand-in has against a node's document."""
    document = Document()
    read(document, nodes_config.render(node, plan), taken)
    return document.problems


@every_lab
def test_each_worker_is_taken_by_a_cluster_without_it(plan: Plan) -> None:
    assert {worker.name: complaints(worker, plan, cluster(plan, worker)) for worker in plan.workers} == {
        worker.name: [] for worker in plan.workers
    }


@every_lab
def test_no_worker_is_taken_by_a_cluster_that_has_it(plan: Plan) -> None:
    for worker in plan.workers:
        name, address, *macs = complaints(worker, plan, cluster(plan))
        assert f"The configured hostname {worker.name} is already used in the cluster" in name
        assert f"The configured address {worker.ip} is already used by the cluster node {worker.name}" in address
        assert len(macs) == len(worker.nics)
