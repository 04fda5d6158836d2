"""OLM's judgement: what leads to an installed operator, and its own words where something is missing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from rehearsal.operators import olm
from rehearsal.operators.olm_csv import ClusterServiceVersion
from rehearsal.operators.olm_resolution import resolve
from rehearsal.operators.standin import View
from rehearsal.operators.world import World

SPACE = "openstack-operators"
Made = dict[str, Any]


def made(kind: str, name: str, spec: Mapping[str, Any], namespace: str = SPACE, version: str = "v1alpha1") -> Made:
    metadata = {"name": name, "namespace": namespace, "uid": f"uid-{name}", "generation": 1}
    return {"apiVersion": f"operators.coreos.com/{version}", "kind": kind, "metadata": metadata, "spec": dict(spec)}


def catalog(image: str = "registry.redhat.io/redhat/redhat-operator-index:v4.18") -> Made:
    spec = {"sourceType": "grpc", "image": image}
    return made("CatalogSource", "redhat-operators", spec, "openshift-marketplace")


def group(name: str = "openstack", targets: list[str] | None = None) -> Made:
    return made("OperatorGroup", name, {"targetNamespaces": targets} if targets else {}, version="v1")


def subscription(status: Mapping[str, Any] | None = None, **changes: Any) -> Made:
    spec = {
        "name": "openstack-operator",
        "channel": "stable-v1.0",
        "source": "redhat-operators",
        "sourceNamespace": "openshift-marketplace",
        "installPlanApproval": "Manual",
        "startingCSV": "openstack-operator.v1.0.7",
        **changes,
    }
    return {**made("Subscription", "openstack", {k: v for k, v in spec.items() if v}), "status": dict(status or {})}


def csv(version: str, phase: str = "Succeeded", base: str = "openstack-operator", **spec: Any) -> Made:
    return {**made("ClusterServiceVersion", f"{base}.v{version}", spec), "status": {"phase": phase}}


WHOLE = (catalog(), group())
SATISFIED = "constraints not satisfiable: {}, subscription openstack exists"


def test_with_everything_there_the_starting_version_is_next() -> None:
    assert resolve(subscription(), World(WHOLE)).csv == "openstack-operator.v1.0.7"
    assert resolve(subscription(startingCSV=None), World(WHOLE)).csv == "openstack-operator.v1.0.16"
    assert resolve(subscription(channel=None), World(WHOLE)).csv == "openstack-operator.v1.0.7"


@pytest.mark.parametrize(
    ("objects", "wanted", "reason", "sentence"),
    [
        ([catalog()], {}, "ErrorPreventedResolution", "expected 1 OperatorGroup in the namespace, found 0"),
        (
            [*WHOLE, group("second")],
            {},
            "ErrorPreventedResolution",
            "expected 1 OperatorGroup in the namespace, found 2",
        ),
        (
            [group()],
            {},
            "ConstraintsNotSatisfiable",
            SATISFIED.format(
                "no operators found from catalog redhat-operators in namespace openshift-marketplace "
                "referenced by subscription openstack"
            ),
        ),
        (
            [catalog("registry.example.com/nothing:1"), group()],
            {},
            "ConstraintsNotSatisfiable",
            SATISFIED.format(
                "no operators found from catalog redhat-operators in namespace openshift-marketplace "
                "referenced by subscription openstack"
            ),
        ),
        (
            WHOLE,
            {"name": "open-stack"},
            "ConstraintsNotSatisfiable",
            SATISFIED.format(
                "no operators found in package open-stack in the catalog referenced by subscription openstack"
            ),
        ),
        (
            WHOLE,
            {"channel": "alpha"},
            "ConstraintsNotSatisfiable",
            SATISFIED.format(
                "no operators found in channel alpha of package openstack-operator in the catalog "
                "referenced by subscription openstack"
            ),
        ),
        (
            WHOLE,
            {"startingCSV": "openstack-operator.v1.0.8"},
            "ConstraintsNotSatisfiable",
            SATISFIED.format(
                "no operators found with name openstack-operator.v1.0.8 in channel stable-v1.0 of package "
                "openstack-operator in the catalog referenced by subscription openstack"
            ),
        ),
        (
            [*WHOLE, csv("1.0.7")],
            {},
            "ConstraintsNotSatisfiable",
            SATISFIED.format(
                "clusterserviceversion openstack-operator.v1.0.7 exists and is not referenced by a subscription"
            ),
        ),
    ],
)
def test_what_is_missing_is_said_in_olms_own_words(
    objects: list[Made], wanted: dict[str, Any], reason: str, sentence: str
) -> None:
    world, asked = World(objects), subscription(**wanted)
    found = resolve(asked, world)
    assert (found.csv, found.reason, found.message) == ("", reason, sentence)

    stand_in = olm.Subscription()
    unmet = tuple(stand_in.unmet(asked, world))
    assert [need.sentence for need in unmet] == [sentence]
    status = stand_in.status(View(asked, "waiting", unmet), world)
    told = {entry["type"]: (entry["status"], entry["reason"], entry["message"]) for entry in status["conditions"]}
    assert told["ResolutionFailed"] == ("True", reason, sentence)
    assert "currentCSV" not in status


def test_a_missing_catalog_is_unhealthy() -> None:
    world, asked = World([group()]), subscription()
    stand_in = olm.Subscription()
    status = stand_in.status(View(asked, "waiting", tuple(stand_in.unmet(asked, world))), world)
    [health] = [entry for entry in status["conditions"] if entry["type"] == "CatalogSourcesUnhealthy"]
    assert (health["status"], health["message"]) == (
        "True",
        "targeted catalogsource openshift-marketplace/redhat-operators missing",
    )
    assert olm.CatalogSource().status(View(catalog("nowhere/x:1"), "ready"), world)["connectionState"][
        "lastObservedState"
    ] == ("TRANSIENT_FAILURE")


def test_a_newer_version_waits_as_a_plan_that_nobody_approved() -> None:
    now = {"currentCSV": "openstack-operator.v1.0.7", "installedCSV": "openstack-operator.v1.0.7"}
    asked, world = subscription(now), World([*WHOLE, csv("1.0.7")])
    [plan] = olm.Subscription().makes(asked, world)
    assert plan["spec"]["clusterServiceVersionNames"] == ["openstack-operator.v1.0.16"]
    assert (plan["spec"]["approval"], plan["spec"]["approved"]) == ("Manual", False)
    plan["metadata"]["uid"] = "uid-plan"

    world = World([*WHOLE, csv("1.0.7"), {**plan, "status": {"phase": "RequiresApproval"}}])
    assert olm.Subscription().makes(asked, world) == [], "a plan is made once"
    status = olm.Subscription().status(View(asked, "ready"), world)
    assert (status["installedCSV"], status["currentCSV"], status["state"]) == (
        "openstack-operator.v1.0.7",
        "openstack-operator.v1.0.16",
        "UpgradePending",
    )
    [pending] = [entry for entry in status["conditions"] if entry["type"] == "InstallPlanPending"]
    assert pending["reason"] == "RequiresApproval"


def test_an_automatic_plan_is_approved_from_the_beginning() -> None:
    [plan] = olm.Subscription().makes(subscription(installPlanApproval="Automatic"), World(WHOLE))
    assert plan["spec"]["approved"] is True


class TestInstallPlan:
    """Approval, and the namespace's OperatorGroup."""

    @staticmethod
    def plan(approved: bool) -> Made:
        names = ["openstack-operator.v1.0.16"]
        return made(
            "InstallPlan",
            "install-1",
            {"approval": "Manual", "approved": approved, "clusterServiceVersionNames": names},
        )

    def phase(self, approved: bool, *groups: Made) -> tuple[str, str]:
        world, plan, stand_in = World([*groups]), self.plan(approved), olm.InstallPlan()
        unmet = tuple(stand_in.unmet(plan, world))
        status = stand_in.status(View(plan, "waiting" if unmet else "ready", unmet), world)
        return status["phase"], status.get("message", "")

    def test_phases(self) -> None:
        assert self.phase(False, group()) == ("RequiresApproval", "")
        assert self.phase(True, group()) == ("Complete", "")
        assert self.phase(True) == ("Installing", "no operator group found that is managing this namespace")
        said = "more than one operator group(s) are managing this namespace count=2"
        assert self.phase(True, group(), group("second")) == ("Installing", said)

    def test_it_makes_the_version_that_it_names_which_replaces_the_one_before(self) -> None:
        [found] = olm.InstallPlan().makes(self.plan(True), World())
        assert (found["metadata"]["name"], found["spec"]["replaces"]) == (
            "openstack-operator.v1.0.16",
            "openstack-operator.v1.0.7",
        )

    @pytest.mark.parametrize(("phase", "settled"), [("Complete", True), ("Failed", True), ("Installing", False)])
    def test_it_is_history_once_it_ended(self, phase: str, settled: bool) -> None:
        assert olm.InstallPlan().settled({**self.plan(True), "status": {"phase": phase}}) == settled


class TestClusterServiceVersion:
    """The namespace's OperatorGroup must suit the install modes; a newer version takes over."""

    @staticmethod
    def judged(obj: Made, *objects: Made) -> tuple[str, str, str]:
        world, stand_in = World([obj, *objects]), ClusterServiceVersion()
        unmet = tuple(stand_in.unmet(obj, world))
        status = stand_in.status(View(obj, "waiting" if unmet else "ready", unmet), world)
        return status["phase"], status["reason"], status["message"]

    def test_with_a_suitable_group_it_succeeds(self) -> None:
        succeeded = ("Succeeded", "InstallSucceeded", "install strategy completed with no errors")
        assert self.judged(csv("1.0.7"), group()) == succeeded
        nmstate = csv("4.18.0", base="kubernetes-nmstate-operator")
        assert self.judged(nmstate, group(targets=[SPACE])) == succeeded

    @pytest.mark.parametrize(
        ("groups", "reason", "sentence"),
        [
            ([], "NoOperatorGroup", "csv in namespace with no operatorgroups"),
            (
                [group(), group("second")],
                "TooManyOperatorGroups",
                "csv created in namespace with multiple operatorgroups, can't pick one automatically",
            ),
            (
                [group(targets=[SPACE])],
                "UnsupportedOperatorGroup",
                "OwnNamespace InstallModeType not supported, cannot configure to watch own namespace",
            ),
        ],
    )
    def test_with_another_group_it_fails(self, groups: list[Made], reason: str, sentence: str) -> None:
        assert self.judged(csv("1.0.7"), *groups) == ("Failed", reason, sentence)

    @pytest.mark.parametrize("base", ["kubernetes-nmstate-operator", "lvms-operator"])
    def test_some_operators_can_not_watch_all_namespaces(self, base: str) -> None:
        said = "AllNamespaces InstallModeType not supported, cannot configure to watch all namespaces"
        assert self.judged(csv("4.18.0", base=base), group()) == ("Failed", "UnsupportedOperatorGroup", said)

    def test_it_is_replaced_by_a_newer_one(self) -> None:
        newer = csv("1.0.16", "Installing")
        said = "being replaced by csv: openstack-operator.v1.0.16"
        assert self.judged(csv("1.0.7"), group(), newer) == ("Replacing", "BeingReplaced", said)
        assert self.judged(newer, group(), csv("1.0.7"))[0] == "Succeeded"

    def test_one_that_no_catalog_has_stays_pending(self) -> None:
        assert self.judged(csv("9.9.9"), group())[:2] == ("Pending", "RequirementsNotMet")
