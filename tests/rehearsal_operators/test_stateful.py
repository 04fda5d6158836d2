"""A control plane's replicas: where they and their volumes are, and where they come again."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from rehearsal.operators import control_plane
from rehearsal.operators.control_plane_replicas import STATEFUL_SETS
from rehearsal.operators.lvms import LvmCluster
from rehearsal.operators.standin import StandIn, View
from rehearsal.operators.stateful import CLAIMS, SELECTED, VOLUMES, Claim, StatefulSet, Volume
from rehearsal.operators.world import Object, World, kind_of
from rehearsal.operators.writer import OWNER
from tests.rehearsal_operators.openstack_lab import NAMESPACE, PLANE, lab

GALERA = STATEFUL_SETS, "openstack-galera", NAMESPACE
LVM = "LVMCluster.lvm.topolvm.io"
STANDINS: tuple[StandIn, ...] = (StatefulSet(), Claim(), Volume())


class Kubernetes:
    """Objects by kind and name, and rounds in which they are made, pruned and protected as the runner does it."""

    def __init__(self, objects: Iterator[Object]) -> None:
        self.objects: dict[tuple[str, str], dict[str, Any]] = {}
        self._uids = itertools.count(1)
        for obj in objects:
            self.apply(obj)

    def apply(self, obj: Object) -> None:
        key = kind_of(obj), str(obj["metadata"]["name"])
        old = self.objects.get(key, {"metadata": {"uid": f"uid-{next(self._uids)}"}})
        if key[0] == "Pod" and "spec" in old:
            assert old["spec"] == obj["spec"], "what a pod is can't be changed, nor where it runs"
        made = {**old, **copy.deepcopy(dict(obj))}
        self.objects[key] = {**made, "metadata": {**old["metadata"], **obj["metadata"]}}

    def delete(self, kind: str, name: str) -> None:
        """A claim and a volume are protected, a pod of the rehearsal ends at once."""
        if kind in (CLAIMS, VOLUMES):
            self.objects[kind, name]["metadata"]["deletionTimestamp"] = "2030-01-01T00:00:00Z"
        else:
            del self.objects[kind, name]

    def world(self) -> World:
        return World(copy.deepcopy(list(self.objects.values())))

    def round(self) -> bool:
        before, world = copy.deepcopy(self.objects), self.world()
        for stand_in in STANDINS:
            for obj in world.all(stand_in.kind):
                if not obj["metadata"].get("deletionTimestamp"):
                    self._make(stand_in.parts(View(obj, "ready"), world), obj)
                elif stand_in.gone(obj, world) is None:
                    del self.objects[stand_in.kind, obj["metadata"]["name"]]
        self._sweep(world)
        return self.objects != before

    def _make(self, parts: list[dict[str, Any]], owner: Object) -> None:
        uid = owner["metadata"]["uid"]
        for part in parts:
            annotations = {**part["metadata"].get("annotations", {}), OWNER: uid}
            self.apply({**part, "metadata": {**part["metadata"], "annotations": annotations}})
        asked = {(kind_of(part), part["metadata"]["name"]) for part in parts}
        for key, obj in list(self.objects.items()):
            if owner_of(obj) == uid and key not in asked and not obj["metadata"].get("deletionTimestamp"):
                self.delete(*key)

    def _sweep(self, world: World) -> None:
        uids = {obj["metadata"]["uid"] for obj in world.everything()}
        for key, obj in list(self.objects.items()):
            if owner_of(obj) is not None and owner_of(obj) not in uids:
                self.delete(*key)

    def settle(self) -> Kubernetes:
        for _ in range(60):
            if not self.round():
                return self
        raise AssertionError("the stand-ins never come to rest")

    def node(self, pod: str) -> str:
        """Where a pod runs; "" while it is Pending."""
        return str(self.objects["Pod", pod]["spec"].get("nodeName", ""))

    def said(self, pod: str) -> str:
        [condition] = self.objects["Pod", pod]["status"]["conditions"]
        assert (condition["type"], condition["status"], condition["reason"]) == (
            "PodScheduled",
            "False",
            "Unschedulable",
        )
        return str(condition["message"])

    def pinned(self) -> dict[str, str]:
        """The node of each claim's volume."""
        found = {}
        for (kind, _), obj in self.objects.items():
            if kind == VOLUMES:
                [term] = obj["spec"]["nodeAffinity"]["required"]["nodeSelectorTerms"]
                [expression] = term["matchExpressions"]
                assert (expression["key"], expression["operator"]) == ("topology.topolvm.io/node", "In")
                [found[obj["spec"]["claimRef"]["name"]]] = expression["values"]
        return found

    def cordon(self, *nodes: str) -> None:
        for node in nodes:
            self.objects["Node", node]["spec"]["unschedulable"] = True


def owner_of(obj: Mapping[str, Any]) -> str | None:
    found: str | None = obj["metadata"].get("annotations", {}).get(OWNER)
    return found


@pytest.fixture(scope="module")
def ready() -> list[Object]:
    """A lab with a ready control plane; its pods have not been looked at yet."""
    made = lab().settle()
    assert made.is_ready(PLANE)
    return list(made.objects.values())


@pytest.fixture
def cluster(ready: list[Object]) -> Kubernetes:
    """Of it nodes, storage, and one set of replicas: galera's."""
    kept = ("Node", "StorageClass.storage.k8s.io", LVM)
    return Kubernetes(obj for obj in ready if kind_of(obj) in kept or obj["metadata"]["name"] == GALERA[1]).settle()


def test_the_lab_has_upstreams_sets_with_the_replicas_and_volumes_of_its_spec(ready: list[Object]) -> None:
    sets = {obj["metadata"]["name"]: obj["spec"] for obj in ready if kind_of(obj) == STATEFUL_SETS}
    told = {
        f"{one['volumeClaimTemplates'][0]['metadata']['name']}-{name}": (
            one["replicas"],
            one["volumeClaimTemplates"][0]["spec"]["resources"]["requests"]["storage"],
        )
        for name, one in sets.items()
    }
    assert told == {
        "mysql-db-openstack-galera": (3, "5Gi"),
        "mysql-db-openstack-cell1-galera": (3, "5Gi"),
        "persistence-rabbitmq-server": (3, "10Gi"),
        "persistence-rabbitmq-cell1-server": (3, "10Gi"),
        "ovndbcluster-nb-etc-ovn-ovsdbserver-nb": (3, "10Gi"),
        "ovndbcluster-sb-etc-ovn-ovsdbserver-sb": (3, "10Gi"),
        "swift-swift-storage": (3, "10Gi"),
    }
    classes = {one["volumeClaimTemplates"][0]["spec"]["storageClassName"] for one in sets.values()}
    assert classes == {"lvms-local-storage"}


def test_a_service_that_is_off_or_not_up_has_none(ready: list[Object]) -> None:
    made = lab()
    made.round()
    assert not [key for key in made.objects if key[0] == STATEFUL_SETS], "nothing is up yet"
    made.spec("swift")["enabled"] = False
    made.spec("galera", "templates", "openstack")["replicas"] = 1
    made.settle()
    names = {key[1] for key in made.objects if key[0] == STATEFUL_SETS}
    assert "swift-storage" not in names and "openstack-galera" in names
    assert made.get(GALERA)["spec"]["replicas"] == 1


def test_a_set_that_is_there_outlives_its_services_trouble() -> None:
    made = lab().settle()
    made.drop("StorageClass.storage.k8s.io", "lvms-local-storage")
    made.settle()
    view = View(made.get(PLANE), "waiting")
    parts = control_plane.STANDINS[0].parts(view, made.world())
    names = [part["metadata"]["name"] for part in parts if part["kind"] == "StatefulSet"]
    assert not made.is_ready(PLANE) and "openstack-galera" in names


def test_each_replica_runs_where_its_volume_is_and_no_two_share_a_node(cluster: Kubernetes) -> None:
    nodes = {number: cluster.node(f"openstack-galera-{number}") for number in range(3)}
    assert len(set(nodes.values())) == 3 and all(node.startswith("worker-") for node in nodes.values())
    assert cluster.pinned() == {f"mysql-db-openstack-galera-{number}": node for number, node in nodes.items()}
    for number, node in nodes.items():
        claim = cluster.objects[CLAIMS, f"mysql-db-openstack-galera-{number}"]
        assert claim["spec"]["volumeName"] == f"pvc-{claim['metadata']['uid']}"
        assert (claim["status"]["phase"], claim["metadata"]["annotations"][SELECTED]) == ("Bound", node)
        volume = cluster.objects[VOLUMES, claim["spec"]["volumeName"]]
        assert (volume["status"]["phase"], volume["spec"]["claimRef"]["uid"]) == ("Bound", claim["metadata"]["uid"])
        pod = cluster.objects["Pod", f"openstack-galera-{number}"]
        assert pod["metadata"]["labels"]["statefulset.kubernetes.io/pod-name"] == f"openstack-galera-{number}"


def test_a_pod_that_is_deleted_comes_again_where_its_volume_is(cluster: Kubernetes) -> None:
    node, pins = cluster.node("openstack-galera-1"), cluster.pinned()
    cluster.delete("Pod", "openstack-galera-1")
    cluster.settle()
    assert (cluster.node("openstack-galera-1"), cluster.pinned()) == (node, pins)


def test_a_pod_whose_volume_is_on_a_cordoned_node_waits_until_it_is_open_again(cluster: Kubernetes) -> None:
    node = cluster.node("openstack-galera-1")
    cluster.cordon(node)
    cluster.settle()
    assert cluster.node("openstack-galera-1") == node, "what runs is not touched"
    cluster.delete("Pod", "openstack-galera-1")
    cluster.settle()
    assert cluster.node("openstack-galera-1") == ""
    assert f"1 node(s) were unschedulable ({node})" in cluster.said("openstack-galera-1")
    cluster.objects["Node", node]["spec"].pop("unschedulable")
    cluster.settle()
    assert cluster.node("openstack-galera-1") == node


def test_a_pod_of_a_node_that_is_gone_waits_for_it(cluster: Kubernetes) -> None:
    node = cluster.node("openstack-galera-1")
    cluster.delete("Node", node)
    cluster.settle()
    assert cluster.node("openstack-galera-1") == ""
    assert cluster.said("openstack-galera-1").endswith(f"node affinity ({node}, which is gone).")
    assert "mysql-db-openstack-galera-1" in cluster.pinned()


def test_without_its_claim_a_replica_comes_again_elsewhere(cluster: Kubernetes) -> None:
    node = cluster.node("openstack-galera-1")
    others = {cluster.node("openstack-galera-0"), cluster.node("openstack-galera-2")}
    cluster.cordon(node)
    cluster.delete(CLAIMS, "mysql-db-openstack-galera-1")
    cluster.settle()
    assert cluster.node("openstack-galera-1") == node, "a claim in use is protected, its volume too"
    assert cluster.pinned()["mysql-db-openstack-galera-1"] == node
    cluster.delete("Pod", "openstack-galera-1")
    cluster.settle()
    assert cluster.node("openstack-galera-1") not in {"", node, *others}
    assert cluster.pinned()["mysql-db-openstack-galera-1"] == cluster.node("openstack-galera-1")
    assert len(cluster.pinned()) == 3, "the old volume is gone"


def test_a_replica_waits_while_no_node_has_room(cluster: Kubernetes) -> None:
    workers = [name for kind, name in cluster.objects if kind == "Node" and name.startswith("worker")]
    cluster.cordon(*workers)
    cluster.delete(CLAIMS, "mysql-db-openstack-galera-1")
    cluster.delete("Pod", "openstack-galera-1")
    cluster.settle()
    assert cluster.node("openstack-galera-1") == ""
    assert "none that takes pods has StorageClass lvms-local-storage" in cluster.said("openstack-galera-1")
    assert cluster.objects[CLAIMS, "mysql-db-openstack-galera-1"]["status"] == {"phase": "Pending"}
    cluster.objects["Node", "worker-9"]["spec"].pop("unschedulable")
    cluster.settle()
    assert cluster.node("openstack-galera-1") == "worker-9"


@pytest.mark.parametrize("why", ["no disk", "not ready"])
def test_a_node_without_the_disk_or_not_ready_gets_none(cluster: Kubernetes, why: str) -> None:
    cluster.cordon(*(f"worker-{number}" for number in range(9)))
    if why == "no disk":
        [device_class] = cluster.objects[LVM, "lvmcluster"]["status"]["deviceClassStatuses"]
        device_class["nodeStatus"] = [node for node in device_class["nodeStatus"] if node["node"] != "worker-9"]
    else:
        cluster.objects["Node", "worker-9"]["status"] = {"conditions": [{"type": "Ready", "status": "False"}]}
    cluster.delete(CLAIMS, "mysql-db-openstack-galera-1")
    cluster.delete("Pod", "openstack-galera-1")
    cluster.settle()
    assert cluster.node("openstack-galera-1") == ""


def test_fewer_nodes_than_replicas_are_shared(cluster: Kubernetes) -> None:
    """Upstream's operators only prefer that they be apart."""
    gone = cluster.node("openstack-galera-1")
    keep = {cluster.node("openstack-galera-0"), cluster.node("openstack-galera-2")}
    cluster.cordon(*(f"worker-{number}" for number in range(10) if f"worker-{number}" not in keep), gone)
    cluster.delete(CLAIMS, "mysql-db-openstack-galera-1")
    cluster.delete("Pod", "openstack-galera-1")
    cluster.settle()
    assert cluster.node("openstack-galera-1") in keep


def test_a_smaller_set_keeps_the_data_and_a_larger_one_finds_it_again(cluster: Kubernetes) -> None:
    """StatefulSets retain their claims (persistentVolumeClaimRetentionPolicy, by default)."""
    before, node = cluster.pinned(), cluster.node("openstack-galera-2")
    [galera] = cluster.world().all(STATEFUL_SETS)
    smaller = {**galera, "spec": {**galera["spec"], "replicas": 2}}
    cluster.apply(smaller)
    cluster.settle()
    assert ("Pod", "openstack-galera-2") not in cluster.objects
    assert cluster.pinned() == before
    cluster.apply(galera)
    cluster.settle()
    assert cluster.node("openstack-galera-2") == node
    cluster.apply(smaller)
    cluster.settle()
    cluster.delete(CLAIMS, "mysql-db-openstack-galera-2")
    cluster.settle()
    assert sorted(cluster.pinned()) == ["mysql-db-openstack-galera-0", "mysql-db-openstack-galera-1"]


def test_all_of_it_goes_with_the_set_and_lvms_waits_no_longer(cluster: Kubernetes) -> None:
    [lvm] = cluster.world().all(LVM)
    assert "found one or more logical volumes" in (LvmCluster().gone(lvm, cluster.world()) or "")
    cluster.delete(STATEFUL_SETS, "openstack-galera")
    cluster.settle()
    left = [key for key in cluster.objects if key[0] in ("Pod", CLAIMS, VOLUMES)]
    assert left == [] and LvmCluster().gone(lvm, cluster.world()) is None


def test_the_set_says_how_many_are_ready(cluster: Kubernetes) -> None:
    cluster.cordon(cluster.node("openstack-galera-1"))
    cluster.delete("Pod", "openstack-galera-1")
    cluster.settle()
    [galera] = cluster.world().all(STATEFUL_SETS)
    status = StatefulSet().status(View(galera, "ready"), cluster.world())
    assert (status["replicas"], status["readyReplicas"]) == (3, 2)


def test_a_class_that_is_the_same_everywhere_ties_nobody_down(ready: list[Object]) -> None:
    made = Kubernetes(obj for obj in ready if kind_of(obj) == "Node" or obj["metadata"]["name"] == GALERA[1])
    shared = {"apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "metadata": {"name": "lvms-local-storage"}}
    made.apply({**shared, "provisioner": "nfs.example.com"})
    made.settle()
    assert all("nodeAffinity" not in obj["spec"] for (kind, _), obj in made.objects.items() if kind == VOLUMES)
    node = made.node("openstack-galera-1")
    made.cordon(node)
    made.delete("Pod", "openstack-galera-1")
    made.settle()
    assert made.node("openstack-galera-1") not in ("", node)
