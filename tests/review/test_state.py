"""The throwaway copy of a recorded state: access replaced wherever it stands, objects with masked Secrets."""

from __future__ import annotations

import json

import pytest

from review import state
from review.errors import ReviewError
from tests.review import states


def test_access_is_that_of_the_recorded_provider() -> None:
    found = state.access(states.deployment())
    assert found is not None
    assert (found.address, found.names) == ("192.168.130.5", ("api.lab.example.com",))
    assert (found.ca, found.certificate, found.key) == (states.CA, states.CERTIFICATE, states.KEY)


def test_a_state_without_a_cluster_has_no_access() -> None:
    assert state.access({"version": 3, "deployment": {"resources": []}}) is None


@pytest.mark.parametrize(
    ("config", "says"),
    [
        (states.kubeconfig("https://api.lab.example.com:6443"), "api.lab.example.com"),
        (states.kubeconfig("https://192.0.2.1:443"), "192.0.2.1:443"),
        (states.kubeconfig(token="sha256~token-of-somebody"), "client-certificate-data"),
    ],
)
def test_a_cluster_that_nothing_can_take_the_place_of_is_said(config: str, says: str) -> None:
    with pytest.raises(ReviewError, match=says) as caught:
        state.access(states.deployment(config))
    assert "token-of-somebody" not in str(caught.value)


def test_certificates_are_replaced_in_documents_within_documents_and_nothing_else_is() -> None:
    recorded = states.deployment()
    old = state.access(recorded)
    assert old is not None
    texts = state.replaced_access(old, "new ca\n", "new certificate\n", "new key\n")
    made = state.rewritten(recorded, texts)
    found = state.access(made)
    assert found is not None
    assert (found.address, found.ca, found.certificate, found.key) == (
        *("192.168.130.5", "new ca\n"),
        *("new certificate\n", "new key\n"),
    )
    gate = state.resources(made)[4]["inputs"]["stdin"]
    assert json.loads(state.plain(gate)) == {"api": {"ca": "new ca\n", "cert": "new certificate\n", "key": "new key\n"}}
    step = state.resources(made)[2]["outputs"]["stdout"]
    assert "new ca" not in str(step) and "tls-server-name" in str(step), "in base64 there, as a kubeconfig has it"
    back = state.replaced_access(found, old.ca, old.certificate, old.key)
    assert state.rewritten(made, back) == recorded


def test_objects_are_those_that_were_made_with_the_values_of_secrets_masked() -> None:
    secret, netconfig = state.objects(states.deployment())
    assert secret["data"] == {"key": state.MASKED} and "stringData" not in secret
    assert netconfig == {
        "apiVersion": "network.openstack.org/v1beta1",
        "kind": "NetConfig",
        "metadata": {"name": "it", "namespace": "openstack", "uid": "2"},
        "spec": {"networks": []},
    }


def test_secrets_are_values_of_secrets_and_secret_outputs_of_the_stack() -> None:
    found = state.secrets(states.deployment())
    assert states.PASSWORD in found and states.kubeconfig() in found
    assert any("YS1wYXNzd29yZA" in text for text in found), "the value of a Secret, as it is in the state"


def test_the_libvirt_of_the_lab_is_the_recorded_providers() -> None:
    assert state.uri(states.deployment(uri="qemu+ssh://root@kvm/system")) == "qemu+ssh://root@kvm/system"
