"""Rules secrets-are-secret and secret-outputs."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from policy.model import UNKNOWN, Hidden, Resource
from policy.plain_text import ALWAYS, of_outputs, violations
from tests.policy.things import command, resource

KEY = "-----BEGIN EC PRIVATE KEY-----\nMHcCAQEEIB"


def of_type(resource_type: str, key: str, value: Any) -> Resource:
    """A resource with one property."""
    return Resource("urn::it", resource_type, "it", {key: value})


@pytest.mark.parametrize(("resource_type", "key"), [(kind, key) for kind, keys in ALWAYS.items() for key in keys])
def test_what_must_always_be_a_secret_is_found_in_plain_text_and_not_quoted(resource_type: str, key: str) -> None:
    for value, path in (("hunter2", key), ({"password": "hunter2"}, f"{key}.password")):
        [found] = violations(of_type(resource_type, key, value))
        assert f"it: {path} is in plain text" in found.message and "components/outputs.py" in found.message
        assert "hunter2" not in found.message


@pytest.mark.parametrize(("resource_type", "key"), [(kind, key) for kind, keys in ALWAYS.items() for key in keys])
def test_the_same_is_fine_as_a_secret_or_while_it_is_not_known(resource_type: str, key: str) -> None:
    for value in (Hidden(), {"password": Hidden()}, UNKNOWN, None, ""):
        assert not list(violations(of_type(resource_type, key, value)))


@pytest.mark.parametrize("name", ["OS_PASSWORD", "API_TOKEN", "KUBECONFIG", "clientSecret", "api_key"])
def test_a_command_s_variable_with_a_credential_s_name_must_be_a_secret(name: str) -> None:
    [found] = violations(command("run", "true", environment={name: "hunter2", "LANG": "C"}))
    assert f"environment.{name}" in found.message and "hunter2" not in found.message
    assert not list(violations(command("run", "true", environment={name: Hidden()})))


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (KEY, "a private key"),
        ("users: [{user: {client-key-data: LS0t}}]", "a kubeconfig with a key"),
        ('{"auths": {"quay.io": {"auth": "bWU6aHVudGVyMg=="}}}', "a registry's credentials"),
        ("http://me:hunter2@proxy.example.com:3128", "a URL with a password"),
    ],
)
def test_credentials_are_known_by_what_they_look_like_anywhere(content: str, what: str) -> None:
    made = resource("made", "kubernetes:core/v1:ConfigMap", data={"a": ["x", content]})
    [found] = violations(made)
    assert f"made: data.a[1] is in plain text, and it holds {what}" in found.message
    assert content not in found.message
    assert not list(violations(dataclasses.replace(made, props={"data": {"a": Hidden()}})))


def test_what_only_looks_alike_is_left_alone() -> None:
    harmless = [
        "-----BEGIN PUBLIC KEY-----",
        "https://quay.io/v2/",
        "http://[fd00::1]:8080/",
        "10.0.0.1:80@eth0",
        7,
    ]
    assert not list(violations(resource("it", "kubernetes:core/v1:ConfigMap", data=harmless)))


def test_a_command_that_puts_out_a_key_must_declare_it() -> None:
    openly = command("read", "cat", stdout=KEY)
    [found] = of_outputs([openly])
    assert "read: stdout holds a private key and is not declared secret" in found.message
    assert "MHcCAQEEIB" not in found.message
    declared: list[Resource] = [dataclasses.replace(openly, secret_outputs=frozenset(["stdout", "stderr"]))]
    assert not list(of_outputs(declared))
    assert not list(of_outputs([command("a", "true", stdout="done"), command("b", "true", stdout=UNKNOWN)]))
