"""Which definitions the answering API server gets, and what is said of kinds that nobody can check."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from review import definitions
from review.definitions import Kind
from review.errors import ReviewError

NETCONFIG = Kind("network.openstack.org", "v1beta1", "NetConfig", True)
SUBSCRIPTION = Kind("operators.coreos.com", "v1alpha1", "Subscription", True)
NMSTATE = Kind("nmstate.io", "v1", "NMState", False)
SECRET = Kind("", "v1", "Secret", True)
JOB = Kind("batch", "v1", "Job", True)


def definition(kind: Kind, **schema: Any) -> dict[str, Any]:
    names = {"kind": kind.name, "plural": f"{kind.name.lower()}s"}
    version = {"name": kind.version, "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}
    spec = {"group": kind.group, "names": names, "versions": [version], "scope": "Namespaced"}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{names['plural']}.{kind.group}", "resourceVersion": "7"},
        "spec": {**spec, "conversion": {"strategy": "Webhook"}},
        "status": {"conditions": []},
    }


@pytest.fixture
def engine(tmp_path: Path) -> Path:
    made = tmp_path / "engine" / "crds"
    made.mkdir(parents=True)
    documents = [definition(kind, type="object", title="engine's") for kind in (NETCONFIG, SUBSCRIPTION)]
    (made / "some.yaml").write_text(yaml.safe_dump_all(documents))
    return made.parent


def title(chosen: definitions.Chosen, kind: Kind) -> object:
    [found] = [item for item in chosen.definitions if item["spec"]["names"]["kind"] == kind.name]
    return found["spec"]["versions"][0]["schema"]["openAPIV3Schema"].get("title")


def test_only_the_kinds_that_are_asked_for_and_none_that_is_built_in(engine: Path) -> None:
    chosen = definitions.choose([NETCONFIG, SECRET, JOB, NMSTATE, NETCONFIG], "fr2", engine, None)
    assert sorted(item["spec"]["names"]["kind"] for item in chosen.definitions) == ["NMState", "NetConfig"]
    assert chosen.unchecked == ()


def test_conversion_by_a_webhook_and_what_a_server_noted_is_left_out(engine: Path) -> None:
    [found] = definitions.choose([NETCONFIG], "fr2", engine, None).definitions
    assert "conversion" not in found["spec"]
    assert found["metadata"] == {"name": "netconfigs.network.openstack.org"}
    assert not found["status"]


def test_openstacks_kinds_of_another_release_are_not_checked_and_that_is_said(engine: Path) -> None:
    chosen = definitions.choose([NETCONFIG, SUBSCRIPTION], "fr4", engine, None)
    assert chosen.unchecked == ("NetConfig.network.openstack.org",)
    assert title(chosen, NETCONFIG) is None and title(chosen, SUBSCRIPTION) == "engine's"


def test_what_the_caller_has_of_the_real_cluster_wins(engine: Path, tmp_path: Path) -> None:
    listed = {"kind": "List", "items": [definition(NETCONFIG, type="object", title="the cluster's")]}
    given = tmp_path / "crds.yaml"
    given.write_text(yaml.safe_dump(listed))
    chosen = definitions.choose([NETCONFIG], "fr4", engine, given)
    assert title(chosen, NETCONFIG) == "the cluster's" and chosen.unchecked == ()


def test_a_kind_that_nobody_describes_is_taken_unread_and_that_is_said(engine: Path) -> None:
    unknown = Kind("example.com", "v1", "Widget", True)
    chosen = definitions.choose([unknown], "fr2", engine, None)
    assert chosen.unchecked == ("Widget.example.com",)
    assert chosen.definitions[0]["spec"]["scope"] == "Namespaced"


def test_definitions_that_are_not_there_are_an_error(tmp_path: Path) -> None:
    with pytest.raises(ReviewError, match="no such file"):
        definitions.choose([NETCONFIG], "fr2", None, tmp_path / "nowhere")
