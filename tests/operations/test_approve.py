"""The pinned version is approved, and nothing else ever is."""

from __future__ import annotations

from typing import Any

import pytest

from readiness.errors import OutOfTimeError, TerminalFailureError
from tests.operations.fake_cluster import FakeCluster, Step, condition

OLM = "/apis/operators.coreos.com/v1alpha1/namespaces/openstack-operators"
WANTED, NEWER = "openstack-operator.v1.0.7", "openstack-operator.v1.0.16"
ASKED: dict[str, Any] = {"namespace": "openstack-operators", "subscription": "openstack-operator", "csv": WANTED}


def subscription(cluster: FakeCluster, **status: Any) -> None:
    cluster.add(f"{OLM}/subscriptions", "openstack-operator", spec={"channel": "stable-v1.0"}, status=status)


def plan(cluster: FakeCluster, name: str, *csvs: str, phase: str = "RequiresApproval", **more: Any) -> dict[str, Any]:
    owner = {"kind": "Subscription", "name": more.pop("owner", "openstack-operator")}
    return cluster.add(
        f"{OLM}/installplans",
        name,
        metadata={"ownerReferences": [owner]},
        spec={"approval": "Manual", "approved": phase != "RequiresApproval", "clusterServiceVersionNames": list(csvs)},
        status={"phase": phase, **more},
    )


def olm(cluster: FakeCluster) -> None:
    """OLM, which carries out what is approved."""
    for path, obj in cluster.objects.items():
        if "/installplans/" in path and obj["spec"]["approved"] and obj["status"]["phase"] == "RequiresApproval":
            obj["status"]["phase"] = "Installing"
        elif "/installplans/" in path and obj["status"]["phase"] == "Installing":
            obj["status"]["phase"] = "Complete"


def test_the_plan_of_the_pinned_version_is_approved_and_no_other(cluster: FakeCluster, step: Step) -> None:
    cluster.controllers.append(olm)
    subscription(cluster, currentCSV=NEWER, state="UpgradePending")
    plan(cluster, "install-wanted", WANTED, "rabbitmq-cluster-operator.v2.9")
    newer = plan(cluster, "install-newer", NEWER)
    assert step("approve", **ASKED) == {"csv": WANTED}
    assert cluster.writes == [("PATCH", "install-wanted")]
    assert newer["spec"]["approved"] is False
    assert f"approving InstallPlan install-wanted: {WANTED}, rabbitmq-cluster-operator.v2.9" in step.progress


def test_a_plan_that_comes_later_is_waited_for(cluster: FakeCluster, step: Step) -> None:
    subscription(cluster)

    def resolver(world: FakeCluster) -> None:
        if world.requests == 4:
            plan(world, "install-wanted", WANTED)

    cluster.controllers += [resolver, olm]
    assert step("approve", **ASKED) == {"csv": WANTED}
    assert any("OLM has made none yet" in line for line in step.progress)


@pytest.mark.parametrize("phase", ["Installing", "Complete"])
def test_what_is_approved_already_is_left_alone(cluster: FakeCluster, step: Step, phase: str) -> None:
    cluster.controllers.append(lambda world: olm(world) if world.requests > 4 else None)
    subscription(cluster, currentCSV=WANTED)
    plan(cluster, "install-wanted", WANTED, phase=phase)
    assert step("approve", **ASKED) == {"csv": WANTED}
    assert cluster.writes == []


def test_a_version_that_is_installed_needs_no_plan_any_more(cluster: FakeCluster, step: Step) -> None:
    subscription(cluster, installedCSV=WANTED, currentCSV=NEWER, state="UpgradePending")
    plan(cluster, "install-newer", NEWER)
    assert step("approve", settled=0, **ASKED) == {"csv": WANTED}
    assert cluster.writes == []


def test_a_plan_of_another_subscription_is_not_ours(cluster: FakeCluster, step: Step) -> None:
    subscription(cluster)
    plan(cluster, "install-other", WANTED, owner="somebody-elses")
    with pytest.raises(OutOfTimeError, match="OLM has made none yet"):
        step("approve", timeout=0.1, **ASKED)
    assert cluster.writes == []


def test_the_newest_plan_of_the_version_counts(cluster: FakeCluster, step: Step) -> None:
    cluster.controllers.append(olm)
    subscription(cluster)
    plan(cluster, "install-zz-first", WANTED, phase="Failed")
    plan(cluster, "install-again", WANTED)
    step("approve", **ASKED)
    assert cluster.writes == [("PATCH", "install-again")]


def test_a_failed_plan_is_the_end_with_its_own_message_and_a_remedy(cluster: FakeCluster, step: Step) -> None:
    subscription(cluster)
    said = condition("Installed", "False", "InstallComponentFailed", "CRD is owned by another operator")
    plan(cluster, "install-wanted", WANTED, phase="Failed", conditions=[said])
    with pytest.raises(
        TerminalFailureError, match=r"CRD is owned by another operator.*delete InstallPlan install-wanted"
    ):
        step("approve", **ASKED)


@pytest.mark.parametrize("state", ["AtLatestKnown", "UpgradePending"])
def test_when_olm_settles_on_another_version_the_setting_is_named(cluster: FakeCluster, step: Step, state: str) -> None:
    subscription(cluster, installedCSV="openstack-operator.v1.0.6", currentCSV=NEWER, state=state)
    plan(cluster, "install-newer", NEWER)
    said = rf"OLM offers {NEWER}, not {WANTED} .*channel stable-v1\.0.*set openstack\.version to 1\.0\.16.*v1\.0\.6"
    with pytest.raises(TerminalFailureError, match=said):
        step("approve", settled=0, **ASKED)
    assert cluster.writes == []


def test_another_version_for_a_moment_is_not_the_end(cluster: FakeCluster, step: Step) -> None:
    subscription(cluster, currentCSV=NEWER, state="AtLatestKnown")

    def resolver(world: FakeCluster) -> None:
        if world.requests == 6:
            plan(world, "install-wanted", WANTED)

    cluster.controllers += [resolver, olm]
    assert step("approve", **ASKED) == {"csv": WANTED}
    assert any(f"OLM offers {NEWER}" in line for line in step.progress)


def test_what_olm_says_is_shown_and_stays_when_time_is_up(cluster: FakeCluster, step: Step) -> None:
    missing = condition("ResolutionFailed", "True", "ConstraintsNotSatisfiable", "no operators found in channel fast")
    subscription(cluster, conditions=[missing, condition("CatalogSourcesUnhealthy", "False")])
    with pytest.raises(OutOfTimeError, match="no operators found in channel fast"):
        step("approve", timeout=0.1, **ASKED)
    assert not any("CatalogSourcesUnhealthy" in line for line in step.progress)


def test_without_the_subscription_it_waits_for_it(cluster: FakeCluster, step: Step) -> None:
    with pytest.raises(OutOfTimeError, match="Subscription openstack-operator not found"):
        step("approve", timeout=0.1, **ASKED)


@pytest.mark.parametrize(
    "trouble", [(500, "failed calling webhook: no endpoints available"), (503, ""), "drop", "lost"]
)
def test_an_approval_is_repeated_while_the_server_is_in_trouble(cluster: FakeCluster, step: Step, trouble: Any) -> None:
    cluster.controllers.append(olm)
    subscription(cluster)
    plan(cluster, "install-wanted", WANTED)
    cluster.trouble["PATCH", f"{OLM}/installplans/install-wanted"].append(trouble)
    assert step("approve", **ASKED) == {"csv": WANTED}
    assert any("does not answer" in line for line in step.progress)


def test_an_approval_that_is_refused_is_the_end(cluster: FakeCluster, step: Step) -> None:
    subscription(cluster)
    plan(cluster, "install-wanted", WANTED)
    cluster.trouble["PATCH", f"{OLM}/installplans/install-wanted"].append((403, "installplans is forbidden"))
    with pytest.raises(TerminalFailureError, match=r"InstallPlan install-wanted is refused: .*forbidden \(HTTP 403\)"):
        step("approve", **ASKED)


def test_an_older_version_than_what_is_installed_is_refused_at_once(cluster: FakeCluster, step: Step) -> None:
    subscription(cluster, installedCSV=NEWER, currentCSV=NEWER, state="AtLatestKnown")
    plan(cluster, "install-old", WANTED, phase="Complete")
    with pytest.raises(TerminalFailureError, match=r"Set openstack\.version to 1\.0\.16"):
        step("approve", **ASKED)
    assert cluster.writes == []
