"""A kubeconfig is taken only if the program can use it from one file, and no word of it is ever shown."""

from __future__ import annotations

import base64
from typing import Any

import pytest
import yaml

from settings import SettingsError, parse
from settings.kubeconfig import STAND_IN, server
from tests import existing

CANARY = "sha256~the-token-of-somebody"
PEM = base64.b64encode(b"-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n").decode()


def written(cluster: dict[str, Any] | None = None, user: dict[str, Any] | None = None, **top: Any) -> str:
    """A kubeconfig with parts changed."""
    reached = {"server": "https://api.lab.example.com:6443", "certificate-authority-data": PEM}
    document = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "lab/admin",
        "contexts": [
            {"name": "other", "context": {"cluster": "other", "user": "other"}},
            {"name": "lab/admin", "context": {"cluster": "lab", "user": "admin", "namespace": "default"}},
        ],
        "clusters": [{"name": "lab", "cluster": reached | (cluster or {})}],
        "users": [{"name": "admin", "user": {"token": CANARY} if user is None else user}],
    }
    return yaml.safe_dump(document | top)


def lab(kubeconfig: str, **more: Any) -> dict[str, Any]:
    nodes = [dict(node) for node in existing.NODES]
    return existing.raw(openshift={"existing": {"kubeconfig": kubeconfig, "nodes": nodes, **more}})


@pytest.mark.parametrize(
    "text",
    [
        STAND_IN,
        written(),
        written(cluster={"tls-server-name": "api.lab.example.com"}),
        written(user={"client-certificate-data": PEM, "client-key-data": PEM}),
    ],
)
def test_one_that_holds_all_it_names_is_taken(text: str) -> None:
    made = parse("lab", lab(text)).openshift.existing
    assert made.kubeconfig is not None
    assert made.kubeconfig.get_secret_value() == text
    assert made.api == server(text)


def test_the_cluster_is_known_by_what_the_user_says_or_else_by_its_server() -> None:
    assert parse("lab", lab(written(cluster={"server": "https://192.0.2.5:6443/"}))).openshift.existing.api == (
        "https://192.0.2.5:6443"
    )
    told = parse("lab", lab(written(), api="https://api.earlier.example.com:6443"))
    assert told.openshift.existing.api == "https://api.earlier.example.com:6443"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (CANARY, "not a YAML mapping"),
        (f"a: {{{CANARY}", "not a YAML mapping"),
        (yaml.safe_dump({"token": CANARY}), "names a context that is not in it"),
        (written(clusters=[]), "names a cluster that is not in it"),
        (written(users=[{"name": "other", "user": {"token": CANARY}}]), "names a user that is not in it"),
        (written(None, None, **{"current-context": "nobody"}), "names a context"),
        (written(cluster={"server": "http://api.lab.example.com"}), "not reached by https"),
        (written(cluster={"insecure-skip-tls-verify": True}), "does not verify"),
        (written(cluster={"proxy-url": "http://proxy.example.com"}), "through a proxy"),
        (written(cluster={"certificate-authority": "/etc/ca.crt"}), "authority's certificate in another file"),
        (written(cluster={"certificate-authority-data": CANARY}), "certificate-authority-data that is no PEM"),
        (written(user={"exec": {"command": "oc"}, "token": CANARY}), "asks a program"),
        (written(user={"username": "kubeadmin", "password": CANARY}), "logs in with a password"),
        (written(user={"client-key": "/etc/key", "client-certificate-data": PEM}), "its key in another file"),
        (written(user={"client-certificate-data": PEM}), "neither a token nor a certificate with its key"),
        (written(user={"client-certificate-data": PEM, "client-key-data": CANARY}), "client-key-data that is no PEM"),
        (written(user={}), "neither a token nor"),
    ],
)
def test_any_other_is_refused_and_never_shown(text: str, words: str) -> None:
    with pytest.raises(SettingsError) as caught:
        parse("lab", lab(text))
    [problem] = caught.value.problems
    assert problem.field == "openshift.existing.kubeconfig"
    assert words in problem.rule
    assert "oc config view --raw --minify --flatten" in problem.remedy
    assert CANARY not in str(caught.value) + repr(caught.value.problems)
