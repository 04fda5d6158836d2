"""What the engine's own deletions would leave in somebody else's cluster is taken away, and what is theirs is not."""

from __future__ import annotations

from typing import Any

import pytest

from readiness.errors import ConfigurationError, OutOfTimeError, TerminalFailureError
from tests.operations.fake_cluster import NAMESPACE, PODS, FakeCluster, Step, condition

OLM = "/apis/operators.coreos.com/v1alpha1/namespaces/metallb-system"
CSV = "metallb-operator.v4.18.0"
POLICIES = "/apis/nmstate.io/v1/nodenetworkconfigurationpolicies"
ENACTMENTS = "/apis/nmstate.io/v1beta1/nodenetworkconfigurationenactments"
CLAIMS = f"/api/v1/namespaces/{NAMESPACE}/persistentvolumeclaims"
MADE = [{"name": "ens4", "type": "ethernet", "state": "up"}]
CLEARED = [{"name": "ens4", "type": "ethernet", "state": "absent"}]
POLICY: dict[str, Any] = {"policies": {"worker-0": {"made": MADE, "cleared": CLEARED}}}
OPERATOR: dict[str, Any] = {"subscription": {"namespace": "metallb-system", "name": "metallb-operator-sub"}}
LEFTOVERS: dict[str, Any] = {"gone": {"pods": PODS}, "delete": {"PersistentVolumeClaim": CLAIMS}}


def policy(cluster: FakeCluster, interfaces: list[dict[str, Any]]) -> dict[str, Any]:
    return cluster.add(POLICIES, "worker-0", spec={"desiredState": {"interfaces": interfaces}})


def handler(cluster: FakeCluster) -> None:
    """NMState, which does at once what a policy says."""
    for path, obj in list(cluster.objects.items()):
        if path.startswith(POLICIES):
            name, generation = obj["metadata"]["name"], obj["metadata"]["generation"]
            obj["status"] = {"conditions": [condition("Available", reason="SuccessfullyConfigured")]}
            cluster.objects[f"{ENACTMENTS}/{name}.{name}"] = {
                "metadata": {"name": f"{name}.{name}", "labels": {"nmstate.io/policy": name}},
                "status": {"policyGeneration": generation, "conditions": [condition("Available")]},
            }


def test_nothing_happens_until_the_layer_goes(cluster: FakeCluster, step: Step) -> None:
    policy(cluster, MADE)
    assert step("hold", **POLICY, **OPERATOR, **LEFTOVERS) == {}
    assert cluster.writes == []


def test_a_bad_document_is_found_when_the_layer_is_made(cluster: FakeCluster, step: Step) -> None:
    with pytest.raises(ConfigurationError, match="unknown keys: delet"):
        step("hold", delet={})


def test_a_policy_clears_its_node_before_it_goes(cluster: FakeCluster, step: Step) -> None:
    cluster.controllers.append(handler)
    made = policy(cluster, MADE)
    assert step("teardown", **POLICY) == {}
    assert made["spec"]["desiredState"]["interfaces"] == CLEARED
    assert made["metadata"]["generation"] == 2


def test_a_node_that_is_not_cleared_is_waited_for(cluster: FakeCluster, step: Step) -> None:
    policy(cluster, MADE)
    with pytest.raises(OutOfTimeError, match="NNCP worker-0"):
        step("teardown", timeout=0.2, **POLICY)


def test_a_policy_that_is_gone_is_no_fault(cluster: FakeCluster, step: Step) -> None:
    assert step("teardown", **POLICY) == {}
    assert cluster.writes == []


def test_a_removal_that_was_stopped_is_taken_back_by_the_next_up(cluster: FakeCluster, step: Step) -> None:
    made = policy(cluster, CLEARED)
    assert step("hold", **POLICY) == {}
    assert made["spec"]["desiredState"]["interfaces"] == MADE


def test_an_operator_goes_with_its_subscription_and_another_stays(cluster: FakeCluster, step: Step) -> None:
    cluster.add(f"{OLM}/subscriptions", "metallb-operator-sub", status={"installedCSV": CSV, "currentCSV": CSV})
    cluster.add(f"{OLM}/clusterserviceversions", CSV)
    cluster.add(f"{OLM}/clusterserviceversions", "somebody-elses.v1.0.0")
    assert step("teardown", **OPERATOR) == {}
    assert cluster.names(f"{OLM}/clusterserviceversions") == ["somebody-elses.v1.0.0"]


def test_an_operator_that_lingers_is_waited_for(cluster: FakeCluster, step: Step) -> None:
    cluster.add(f"{OLM}/subscriptions", "metallb-operator-sub", status={"installedCSV": CSV})
    cluster.add(f"{OLM}/clusterserviceversions", CSV, metadata={"finalizers": ["operators.coreos.com/csv-cleanup"]})
    with pytest.raises(OutOfTimeError, match=rf"ClusterServiceVersion {CSV}: {CSV} still there"):
        step("teardown", timeout=0.2, **OPERATOR)


def test_what_an_operator_made_by_itself_goes_after_it(cluster: FakeCluster, step: Step) -> None:
    cluster.add(f"{OLM}/subscriptions", "metallb-operator-sub", status={"installedCSV": CSV})
    cluster.add(f"{OLM}/clusterserviceversions", CSV)
    cluster.add("/api/v1/namespaces", "made-by-it")
    objects = {"Namespace made-by-it": "/api/v1/namespaces/made-by-it", "Other gone": "/apis/x/v1/others/gone"}
    assert step("teardown", **OPERATOR, objects=objects) == {}
    assert cluster.writes == [("DELETE", CSV), ("DELETE", "made-by-it")]


def test_one_without_a_subscription_is_gone(cluster: FakeCluster, step: Step) -> None:
    assert step("teardown", **OPERATOR) == {}


def test_claims_are_deleted_and_pods_are_waited_for(cluster: FakeCluster, step: Step) -> None:
    for number in range(2):
        cluster.add(CLAIMS, f"mysql-db-{number}")
    cluster.add(PODS, "keystone-0", spec={})

    def kubelet(world: FakeCluster) -> None:
        if world.requests > 6:
            world.objects.pop(f"{PODS}/keystone-0", None)

    cluster.controllers.append(kubelet)
    assert step("teardown", **LEFTOVERS) == {}
    assert cluster.names(CLAIMS) == cluster.names(PODS) == []
    assert "pods: keystone-0 still there" in step.progress


def test_what_never_goes_is_named(cluster: FakeCluster, step: Step) -> None:
    for number in range(5):
        cluster.add(PODS, f"mine-{number}", spec={})
    with pytest.raises(OutOfTimeError, match="mine-0, mine-1, mine-2 and 2 more still there"):
        step("teardown", timeout=0.2, **LEFTOVERS)


def test_what_is_there_already_is_not_taken_for_the_stacks_own(cluster: FakeCluster, step: Step) -> None:
    objects = {"Namespace openstack": f"/api/v1/namespaces/{NAMESPACE}", "MetalLB metallb": "/apis/x/metallb"}
    assert step("unclaimed", objects=objects) == {"unclaimed": 2}
    cluster.add("/api/v1/namespaces", NAMESPACE)
    with pytest.raises(TerminalFailureError, match="Namespace openstack: there already, and not this stack's"):
        step("unclaimed", objects=objects)
