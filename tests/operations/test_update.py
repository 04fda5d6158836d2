"""The minor update in upstream's order, from wherever an earlier run stopped."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from manifests import deployment
from operations import update
from readiness.errors import ConfigurationError, OutOfTimeError, TerminalFailureError
from tests.operations.fake_cluster import DEPLOYED, DEPLOYMENTS, GIVEN_UP, FakeCluster, Step, condition

VERSIONS = "/apis/core.openstack.org/v1beta1/namespaces/openstack/openstackversions"
CSVS = "/apis/operators.coreos.com/v1alpha1/namespaces/openstack-operators/clusterserviceversions"
OLD, NEW = "18.0.6", "18.0.7"
NEWER_SERVICES = [["ovn"], ["update-services"], ["update-system"]]
ASKED: dict[str, Any] = {
    "namespace": "openstack",
    "control_plane": "controlplane",
    "node_set": "computes",
    "services": NEWER_SERVICES,
    "skip_data_plane": False,
}
OVN, SERVICES, SYSTEM = (f"computes-18-0-7-{name}" for name in ("ovn", "update-services", "update-system"))
CONTROL_PLANE_OVN, DATA_PLANE_OVN = "MinorUpdateOVNControlplane", "MinorUpdateOVNDataplane"
CONTROL_PLANE, DATA_PLANE = "MinorUpdateControlplane", "MinorUpdateDataplane"


class Operator:
    """The openstack-operator: one thing happens after each request, or after each ``pace``-th.

    ``made`` has the conditions that were true when a Deployment was made; ``failing`` are the names of those that fail.
    """

    def __init__(self, cluster: FakeCluster, target: str = OLD, deployed: str = OLD, available: str = NEW) -> None:
        self.made: dict[str, list[str]] = {}
        self.failing: set[str] = set()
        self.nodes = True
        self.stuck = ""
        self.pace = 1
        status = {"availableVersion": available, "deployedVersion": deployed, "observedGeneration": 1}
        ready = [condition("Ready")]
        self.version = cluster.add(
            VERSIONS, "controlplane", spec={"targetVersion": target}, status={**status, "conditions": ready}
        )
        cluster.controllers.append(self._reconcile)

    @property
    def true(self) -> list[str]:
        return [one["type"] for one in self.version["status"]["conditions"] if one["status"] == "True"]

    def _reconcile(self, cluster: FakeCluster) -> None:
        if cluster.requests % self.pace:
            return
        for name in cluster.names(DEPLOYMENTS):
            obj = cluster.objects[f"{DEPLOYMENTS}/{name}"]
            if name not in self.made:
                self.made[name] = self.true
            elif "status" not in obj:
                obj["status"] = GIVEN_UP if name in self.failing else DEPLOYED
        status, target = self.version["status"], self.version["spec"]["targetVersion"]
        if status["observedGeneration"] != self.version["metadata"]["generation"]:
            status["observedGeneration"] = self.version["metadata"]["generation"]
        elif target == status["deployedVersion"]:
            status["conditions"] = [condition("Ready")]
        else:
            self._go_on(cluster, status, target)

    def _go_on(self, cluster: FakeCluster, status: dict[str, Any], target: str) -> None:
        steps = {
            CONTROL_PLANE_OVN: True,
            DATA_PLANE_OVN: not self.nodes or self._done(cluster, "ovn"),
            CONTROL_PLANE: True,
            DATA_PLANE: not self.nodes or self._done(cluster, "update-services") or self._done(cluster, "update"),
        }
        true = [step for step in steps if step in self.true]
        following = next(step for step in steps if step not in true)
        if steps[following] and following != self.stuck:
            true.append(following)
        status["conditions"] = [
            condition("Ready", "False", "Requested", "in progress"),
            *(condition(step, str(step in true), "Requested", "in progress") for step in steps),
        ]
        if true == list(steps):
            status["deployedVersion"] = target

    def _done(self, cluster: FakeCluster, service: str) -> bool:
        return any(
            obj.get("status") is DEPLOYED and obj["spec"]["servicesOverride"] == [service]
            for path, obj in cluster.objects.items()
            if path.startswith(DEPLOYMENTS)
        )


class Clock:
    """A second goes by with every request; nobody sleeps."""

    now = 0.0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        pass

    def tick(self, cluster: FakeCluster) -> None:
        self.now += 1


@pytest.fixture
def clock(cluster: FakeCluster, monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr("operations.cluster.time", clock)
    monkeypatch.setattr("readiness.wait.time", clock)
    cluster.controllers.append(clock.tick)
    return clock


def made(cluster: FakeCluster, *names: str, status: Any = DEPLOYED) -> None:
    """Deployments of an earlier run."""
    for name in names:
        services = [name.removeprefix("computes-18-0-7-")]
        cluster.add(DEPLOYMENTS, name, status=status, spec={"servicesOverride": services})


def test_with_the_operators_version_there_is_nothing_to_do(cluster: FakeCluster, step: Step) -> None:
    Operator(cluster, NEW, NEW)
    assert step("update", **ASKED) == {"version": NEW}
    assert cluster.writes == []
    assert step.progress == [f"OpenStackVersion controlplane has {NEW} already: nothing to do"]


def test_the_whole_update_keeps_the_order(cluster: FakeCluster, step: Step) -> None:
    operator = Operator(cluster)
    assert step("update", **ASKED) == {"version": NEW}
    posts = [("POST", name) for name in (OVN, SERVICES, SYSTEM)]
    assert cluster.writes == [("PATCH", "controlplane"), *posts]
    assert operator.version["spec"]["targetVersion"] == operator.version["status"]["deployedVersion"] == NEW
    assert CONTROL_PLANE_OVN in operator.made[OVN] and DATA_PLANE_OVN not in operator.made[OVN]
    assert CONTROL_PLANE in operator.made[SERVICES] and DATA_PLANE not in operator.made[SERVICES]
    spec = cluster.objects[f"{DEPLOYMENTS}/{SERVICES}"]["spec"]
    assert (spec["nodeSets"], spec["servicesOverride"]) == (["computes"], ["update-services"])


def test_the_older_releases_have_one_service_for_both(cluster: FakeCluster, step: Step) -> None:
    Operator(cluster)
    assert step("update", **{**ASKED, "services": [["ovn"], ["update"]]}) == {"version": NEW}
    assert cluster.names(DEPLOYMENTS) == [OVN, "computes-18-0-7-update"]


def test_without_a_data_plane_nothing_is_deployed_there(cluster: FakeCluster, step: Step) -> None:
    Operator(cluster).nodes = False
    assert step("update", **{**ASKED, "skip_data_plane": True}) == {"version": NEW}
    assert cluster.writes == [("PATCH", "controlplane")]


def test_ovn_is_deployed_even_if_its_condition_is_true_too_early(cluster: FakeCluster, step: Step) -> None:
    operator = Operator(cluster)
    operator.nodes = False
    assert step("update", **ASKED) == {"version": NEW}
    assert cluster.names(DEPLOYMENTS)[0] == OVN


@pytest.mark.parametrize(
    ("there", "still_made"),
    [
        ([], [OVN, SERVICES, SYSTEM]),
        ([OVN], [SERVICES, SYSTEM]),
        ([OVN, SERVICES], [SYSTEM]),
    ],
)
def test_it_goes_on_where_an_earlier_run_stopped(
    cluster: FakeCluster, step: Step, there: list[str], still_made: list[str]
) -> None:
    Operator(cluster, target=NEW)
    made(cluster, *there)
    assert step("update", **ASKED) == {"version": NEW}
    assert cluster.writes == [("POST", name) for name in still_made]


def test_what_was_left_undone_after_the_version_was_deployed_is_done(cluster: FakeCluster, step: Step) -> None:
    operator = Operator(cluster, NEW, NEW)
    made(cluster, OVN, SERVICES)
    made(cluster, SYSTEM, status=GIVEN_UP)
    assert step("update", **ASKED) == {"version": NEW}
    assert cluster.writes == [("POST", f"{SYSTEM}-2")]
    assert step("update", **ASKED) == {"version": NEW}
    assert list(operator.made) == [OVN, SERVICES, SYSTEM, f"{SYSTEM}-2"], "and only once"


def test_a_deployment_that_failed_earlier_is_tried_again_under_a_next_name(cluster: FakeCluster, step: Step) -> None:
    Operator(cluster, target=NEW)
    made(cluster, OVN, status=GIVEN_UP)
    assert step("update", **ASKED) == {"version": NEW}
    assert cluster.names(DEPLOYMENTS) == [OVN, f"{OVN}-2", SERVICES, SYSTEM]


def test_a_deployment_that_fails_now_ends_the_run(cluster: FakeCluster, step: Step) -> None:
    operator = Operator(cluster)
    operator.failing.add(SERVICES)
    with pytest.raises(TerminalFailureError, match=rf"bootstrap failed.*\n.*tries again, as {SERVICES}-2"):
        step("update", **ASKED)
    assert cluster.names(DEPLOYMENTS) == [OVN, SERVICES]
    assert step("update", **ASKED) == {"version": NEW}
    assert cluster.names(DEPLOYMENTS) == [OVN, SERVICES, f"{SERVICES}-2", SYSTEM]


def test_a_newer_operator_during_an_update_takes_it_over(cluster: FakeCluster, step: Step) -> None:
    operator = Operator(cluster, target=NEW, available="18.0.8")
    assert step("update", **ASKED) == {"version": "18.0.8"}
    assert cluster.writes[0] == ("PATCH", "controlplane")
    assert operator.version["status"]["deployedVersion"] == "18.0.8"


@pytest.mark.parametrize("stuck", [CONTROL_PLANE_OVN, CONTROL_PLANE, DATA_PLANE])
@pytest.mark.usefixtures("clock")
def test_a_wait_says_which_condition_and_in_its_words(cluster: FakeCluster, step: Step, stuck: str) -> None:
    Operator(cluster).stuck = stuck
    with pytest.raises(OutOfTimeError, match=rf"{stuck} is False \(Requested: in progress\)"):
        step("update", timeout=20, **ASKED)


def test_conditions_of_an_earlier_generation_do_not_count(cluster: FakeCluster, step: Step) -> None:
    operator = Operator(cluster)
    cluster.controllers.clear()
    operator.version["status"]["conditions"] = [condition(one) for one in (CONTROL_PLANE_OVN, DATA_PLANE_OVN)]
    with pytest.raises(OutOfTimeError, match="generation 2 not looked at yet"):
        step("update", timeout=0.1, **ASKED)
    assert cluster.names(DEPLOYMENTS) == []


def test_every_wait_has_the_whole_timeout(cluster: FakeCluster, step: Step, clock: Clock) -> None:
    Operator(cluster).pace = 4
    assert step("update", timeout=20, **ASKED) == {"version": NEW}
    assert clock.now > 20


def csv(cluster: FakeCluster, name: str, **environment: str) -> dict[str, Any]:
    env = [{"name": key, "value": value} for key, value in environment.items()]
    plain = {"name": "manager", "spec": {"template": {"spec": {"containers": [{"name": "proxy"}, {"env": env}]}}}}
    cluster.add(CSVS, name, spec={"install": {"spec": {"deployments": [plain]}}})
    return {"namespace": "openstack-operators", "name": name}


def test_an_operator_that_has_just_begun_to_run_is_waited_for(cluster: FakeCluster, step: Step) -> None:
    operator = Operator(cluster, OLD, OLD, available=OLD)
    asked = csv(cluster, "openstack-operator.v1.0.7", OPENSTACK_RELEASE_VERSION=NEW)

    def starts(world: FakeCluster) -> None:
        if world.requests == 6:
            operator.version["status"]["availableVersion"] = NEW

    cluster.controllers.append(starts)
    assert step("update", csv=asked, **ASKED) == {"version": NEW}
    assert any(f"availableVersion is {OLD}, the operator brings {NEW}" in line for line in step.progress)


def test_a_release_with_the_operators_epoch_is_known(cluster: FakeCluster, step: Step) -> None:
    release = {"OPENSTACK_RELEASE_VERSION": "18.0", "OPENSTACK_RELEASE_VERSION_SCHEME": "csvEpochAppend"}
    asked = csv(cluster, "openstack-operator.v1.0.7-0.1746000000.p", **release)
    Operator(cluster, available="18.0.1746000000.p")
    assert step("update", csv=asked, **ASKED) == {"version": "18.0.1746000000.p"}

    cluster.objects[f"{VERSIONS}/controlplane"]["status"]["availableVersion"] = "18.0.1700000000.p"
    with pytest.raises(OutOfTimeError, match=r"the operator brings 18\.0\.1746000000\.p"):
        step("update", timeout=0.1, csv=asked, **ASKED)


def test_an_operator_that_does_not_say_what_it_brings_is_taken_at_its_word(cluster: FakeCluster, step: Step) -> None:
    Operator(cluster, NEW, NEW)
    assert step("update", csv=csv(cluster, "openstack-operator.v1.0.7"), **ASKED) == {"version": NEW}


@pytest.mark.parametrize(
    ("missing", "said"),
    [("availableVersion", "availableVersion is not set"), ("deployedVersion", "no version is deployed")],
)
def test_a_control_plane_that_is_not_deployed_is_waited_for(
    cluster: FakeCluster, step: Step, missing: str, said: str
) -> None:
    del Operator(cluster).version["status"][missing]
    cluster.controllers.clear()
    with pytest.raises(OutOfTimeError, match=said):
        step("update", timeout=0.1, **ASKED)
    assert cluster.writes == []


def test_a_refused_version_is_told_in_the_webhooks_words(cluster: FakeCluster, step: Step) -> None:
    Operator(cluster)
    said = "admission webhook denied the request: CustomContainerImages must be updated"
    cluster.trouble["PATCH", f"{VERSIONS}/controlplane"].append((403, said))
    with pytest.raises(TerminalFailureError, match="CustomContainerImages must be updated"):
        step("update", **ASKED)


def test_the_services_of_ovn_alone_are_no_update(cluster: FakeCluster, step: Step) -> None:
    with pytest.raises(ConfigurationError, match="services must have"):
        step("update", **{**ASKED, "services": [["ovn"]]})


def test_deployments_say_what_all_deployments_of_the_program_say() -> None:
    node_set = {"metadata": {"name": "computes", "namespace": "openstack"}, "spec": {}}
    rendered = deployment.render(node_set, {}, ["ovn"])
    assert rendered["spec"] == {**update.DEPLOYMENT, "nodeSets": ["computes"], "servicesOverride": ["ovn"]}


@given(st.text(st.characters(codec="ascii", categories=["L", "N"]) | st.sampled_from(".-+_"), min_size=1, max_size=60))
def test_any_version_gives_names_of_which_two_attempts_give_two_jobs(version: str) -> None:
    part = update.slug(version)
    assert len(part) <= 16
    if any(letter.isalnum() for letter in version):
        assert part == part.lower().strip("-") != ""
    # As the operator makes a Job's name of the service's and the Deployment's (ansible_execution.go).
    names = {f"update-services-computes-{part}-update-services{end}"[:63] for end in ("", "-2", "-3", "-12")}
    assert len(names) == 4


def test_long_versions_that_begin_alike_have_different_names() -> None:
    assert update.slug("18.0.7-20300101.120000") != update.slug("18.0.7-20300101.120001")
    assert update.slug("18.0.7") == "18-0-7"
