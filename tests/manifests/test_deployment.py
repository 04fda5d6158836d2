"""Deployments: a new one for whatever reaches the computes, and for nothing else."""

from __future__ import annotations

import base64
import copy
import json

import pytest

from manifests import data_plane_secrets, deployment, node_set, osp_secret
from manifests.credentials import Credentials
from network import plan as make_plan
from settings import Rotation
from settings.rotation import LABELS
from tests.lab import SECRET, plan, settings
from tests.manifests.data_plane_lab import CREDENTIALS, LOGIN, deployed, red_hat, secrets


def test_a_deployment_deploys_the_node_set_with_its_own_services() -> None:
    made = deployed()
    assert made["spec"]["nodeSets"] == ["computes"]
    assert "servicesOverride" not in made["spec"]
    assert made["metadata"]["name"].startswith("computes-")


def test_the_same_lab_deploys_under_the_same_name_whatever_the_order_of_keys() -> None:
    nodes = node_set.render(settings(), plan())
    shuffled = copy.deepcopy(nodes)
    shuffled["spec"] = dict(reversed(nodes["spec"].items()))
    names = {deployment.render(each, {"a": "1", "b": "2"})["metadata"]["name"] for each in (nodes, shuffled)}
    names.add(deployment.render(nodes, {"b": "2", "a": "1"})["metadata"]["name"])
    assert len(names) == 1


def test_whatever_reaches_the_computes_gives_a_deployment_of_its_own() -> None:
    nodes = node_set.render(settings(), plan())
    changed = [
        deployed(),
        deployed(secret="f" * 64),
        deployed(settings(topology={"computes": {"count": 3}})),
        deployed(settings(openstack={"services": {"telemetry": {"enabled": False}}})),
        deployed(settings(compute=LOGIN)),
        deployed(settings(compute={"registration": {"username": "me", "password": "another"}})),
        deployment.render(nodes, data_plane_secrets.fingerprints(settings(), CREDENTIALS), ["ovn"]),
    ]
    names = [made["metadata"]["name"] for made in changed]
    assert len(set(names)) == len(names)
    assert changed[-1]["spec"]["servicesOverride"] == ["ovn"]


@pytest.mark.parametrize(
    "label", [name for name, label in LABELS.items() if label.rotation is not Rotation.NEVER], ids=str
)
def test_what_the_computes_hold_is_replaced_with_a_deployment_and_nothing_else_makes_one(label: str) -> None:
    rotated = settings(rotation={label: 2})
    credentials = Credentials(SECRET, rotated.rotation)
    told = data_plane_secrets.fingerprints(rotated, credentials)
    held = data_plane_secrets.render(rotated, credentials), osp_secret.render("openstack", credentials)
    before = data_plane_secrets.render(settings(), CREDENTIALS), osp_secret.render("openstack", CREDENTIALS)
    made = deployment.render(node_set.render(rotated, make_plan(rotated)), told)
    assert held != before, "it is replaced somewhere"
    assert (made != deployed()) is (LABELS[label].rotation is Rotation.DATA_PLANE)


def test_a_secret_that_no_compute_holds_leaves_the_deployment_alone() -> None:
    before = data_plane_secrets.fingerprints(settings(), CREDENTIALS)
    assert before.keys() == {*secrets(settings()), osp_secret.NAME}
    other = settings(openshift=red_hat(base64.b64encode(b"u:t").decode()))
    assert data_plane_secrets.fingerprints(other, CREDENTIALS) == before


@pytest.mark.parametrize(("key", "counts"), [("MetadataSecret", True), ("SwiftPassword", False)])
def test_of_the_shared_secret_only_what_computes_hold_counts(
    key: str, counts: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = deployed()
    data = osp_secret.data(CREDENTIALS) | {key: "rotated"}
    monkeypatch.setattr(osp_secret, "data", lambda _: data)
    assert (deployed() != before) is counts


def test_no_fingerprint_tells_a_secret() -> None:
    the_settings = settings(compute=LOGIN)
    told = json.dumps([data_plane_secrets.fingerprints(the_settings, CREDENTIALS), deployed(the_settings)])
    told += json.dumps(node_set.render(the_settings, plan()))
    for values in secrets(the_settings).values():
        for value in values.values():
            assert value not in told
            assert json.dumps(value)[1:-1] not in told


def test_names_of_the_operators_jobs_are_not_cut() -> None:
    made, nodes = deployed(), node_set.render(settings(), plan())
    for service in nodes["spec"]["services"]:
        assert len(f"{service}-{made['metadata']['name']}-{nodes['metadata']['name']}") <= 63
