"""What the computes are given to keep: their registration, their registry's login, their keys."""

from __future__ import annotations

import base64
import json

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from manifests import data_plane_secrets, node_set
from manifests.credentials import Credentials
from manifests.files import files
from settings.rotation import LABELS
from tests.lab import plan, settings
from tests.manifests.data_plane_lab import ACTIVATION, CREDENTIALS, LOGIN, red_hat, secrets, variables


def test_an_unregistered_compute_hears_nothing_of_red_hat() -> None:
    spec = node_set.render(settings(), plan())["spec"]["nodeTemplate"]["ansible"]
    assert "ansibleVarsFrom" not in spec
    assert not [name for name in spec["ansibleVars"] if name.startswith("rhc_")]
    names = [secret["metadata"]["name"] for secret in data_plane_secrets.render(settings(), CREDENTIALS)]
    assert names == ["libvirt-secret", "nova-migration-ssh-key", "dataplane-ansible-ssh-private-key-secret"]


def test_an_activation_key_registers_with_its_organization() -> None:
    the_settings = settings(compute=ACTIVATION)
    auth = json.loads(secrets(the_settings)["subscription-manager"]["rhc_auth"])
    assert auth == {"activation_keys": {"keys": ["key-of-the-lab"]}}
    spec = node_set.render(the_settings, plan())["spec"]["nodeTemplate"]["ansible"]
    assert spec["ansibleVarsFrom"] == [{"secretRef": {"name": "subscription-manager"}}]
    assert spec["ansibleVars"]["rhc_organization"] == "0123", "a text, though it looks like a number"
    assert spec["ansibleVars"]["rhc_release"] == "9.4"
    assert spec["ansibleVars"]["rhc_repositories"][0] == {"name": "*", "state": "disabled"}


def test_a_user_registers_with_a_password_that_stays_a_text() -> None:
    the_settings = settings(compute=LOGIN)
    auth = json.loads(secrets(the_settings)["subscription-manager"]["rhc_auth"])
    assert auth == {"login": {"username": "me", "password": "0123"}}
    assert "rhc_organization" not in variables(compute=LOGIN)


def test_packages_are_of_the_images_minor_release() -> None:
    compute = {"image": "rhel-9.6-x86_64-kvm.qcow2", "release": "9.6", **LOGIN}
    assert variables(compute=compute)["rhc_release"] == "9.6"


def test_a_registered_compute_pulls_images_with_the_login_of_the_pull_secret() -> None:
    encoded = base64.b64encode(b"1234|lab:to:ken").decode()
    the_settings = settings(compute=LOGIN, openshift=red_hat(encoded))
    logins = json.loads(secrets(the_settings)["redhat-registry"]["edpm_container_registry_logins"])
    assert logins == {"registry.redhat.io": {"1234|lab": "to:ken"}}
    assert data_plane_secrets.variable_sources(the_settings) == ["subscription-manager", "redhat-registry"]
    assert "redhat-registry" not in secrets(settings(openshift=red_hat(encoded))), "it is not registered"


@pytest.mark.parametrize("registry", ["registry.redhat.io", "registry.example.com"])
def test_without_a_login_for_the_registry_there_is_none_for_computes(registry: str) -> None:
    kept = {"pullSecret": json.dumps({"auths": {registry: {"credsStore": "desktop"}}})}
    assert "redhat-registry" not in secrets(settings(compute=LOGIN, openshift=kept))


def test_both_key_pairs_are_whole_and_not_the_same() -> None:
    made = secrets(settings())
    pairs = [made["nova-migration-ssh-key"], made["dataplane-ansible-ssh-private-key-secret"]]
    for pair in pairs:
        private = serialization.load_pem_private_key(pair["ssh-privatekey"].encode(), None)
        assert isinstance(private, ec.EllipticCurvePrivateKey)
        assert private.curve.name == "secp521r1"
        public = serialization.load_ssh_public_key(pair["ssh-publickey"].encode())
        assert public == private.public_key()
    assert pairs[0] != pairs[1]
    assert pairs[1]["ssh-publickey"] == CREDENTIALS.key_pair("computes").public, "the one that cloud-init authorises"


def test_every_derived_credential_has_its_label(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = set()

    def octets(self: Credentials, label: str, length: int, version: int | None = None) -> bytes:
        asked.add(label.rpartition("/")[2])
        return original(self, label, length, version)

    original = Credentials.octets
    monkeypatch.setattr(Credentials, "octets", octets)
    files(settings(), plan())
    assert asked - {"fingerprint"} == set(LABELS)
