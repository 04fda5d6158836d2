"""A kubeconfig as this program needs it: one file that holds all it names, and says who comes.

It is written by whoever owns the cluster, so what can't be used is said here and not an hour later. No message quotes
it: all of it is secret. Source: kubernetes/client-go tools/clientcmd/api/v1/types.go.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Annotated, Any, TypeAlias

import yaml
from pydantic import AfterValidator, SecretStr

from settings.types import refusal

_WHOLE = "Write one that holds everything: oc config view --raw --minify --flatten"
_OUTSIDE = {
    "exec": "asks a program for its credentials",
    "auth-provider": "asks a provider for its credentials",
    "username": "logs in with a password, which no OpenShift cluster takes",
    "tokenFile": "keeps its token in another file",
    "client-certificate": "keeps its certificate in another file",
    "client-key": "keeps its key in another file",
}
"""Keys of a user that lead outside the file, or to no cluster of today."""


class NoKubeconfigError(ValueError):
    """What is wrong with it, and never a word of it."""


def server(text: str) -> str:
    """URL of the API server that the current context leads to. Raises NoKubeconfigError."""
    try:
        document = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError):
        document = None
    # Raised here and not in the handler: the parser's error carries the text.
    if not isinstance(document, Mapping):
        raise NoKubeconfigError("is no kubeconfig: it is not a YAML mapping")
    context = _named(document, "contexts", "context", document.get("current-context"))
    cluster = _named(document, "clusters", "cluster", context.get("cluster"))
    user = _named(document, "users", "user", context.get("user"))
    _check_cluster(cluster)
    _check_user(user)
    return str(cluster["server"])


def _named(document: Mapping[str, Any], section: str, kind: str, name: object) -> Mapping[str, Any]:
    entries = document.get(section)
    for entry in entries if isinstance(entries, list) else ():
        if isinstance(entry, Mapping) and entry.get("name") == name and isinstance(entry.get(kind), Mapping):
            found: Mapping[str, Any] = entry[kind]
            return found
    raise NoKubeconfigError(f"is no kubeconfig: its current context names a {kind} that is not in it")


def _check_cluster(cluster: Mapping[str, Any]) -> None:
    url = cluster.get("server")
    if not isinstance(url, str) or not url.startswith("https://"):
        raise NoKubeconfigError("names a server that is not reached by https://")
    if cluster.get("insecure-skip-tls-verify"):
        raise NoKubeconfigError("does not verify its server, to which secrets would be sent")
    if cluster.get("proxy-url"):
        raise NoKubeconfigError("reaches its server through a proxy, which the program's waits can't")
    if "certificate-authority" in cluster:
        raise NoKubeconfigError("keeps its authority's certificate in another file")
    _check_pem(cluster, "certificate-authority-data")


def _check_user(user: Mapping[str, Any]) -> None:
    for key, does in _OUTSIDE.items():
        if key in user:
            raise NoKubeconfigError(does)
    if "client-certificate-data" in user and "client-key-data" in user:
        _check_pem(user, "client-certificate-data")
        _check_pem(user, "client-key-data")
    elif not isinstance(user.get("token"), str):
        raise NoKubeconfigError("holds neither a token nor a certificate with its key")


def _check_pem(section: Mapping[str, Any], key: str) -> None:
    """What is there must be PEM; without an authority the system's own are asked."""
    if key not in section:
        return
    try:
        text = base64.b64decode(section[key], validate=True)
    except (binascii.Error, TypeError, ValueError):
        text = b""
    if not text.lstrip().startswith(b"-----BEGIN "):
        raise NoKubeconfigError(f"holds {key} that is no PEM text")


def _checked(secret: SecretStr) -> SecretStr:
    try:
        server(secret.get_secret_value())
    except NoKubeconfigError as error:
        rule = str(error)
    else:
        return secret
    raise refusal(rule, _WHOLE)


Kubeconfig: TypeAlias = Annotated[SecretStr, AfterValidator(_checked)]
"""A kubeconfig that needs no other file or program."""

STAND_IN = """\
current-context: stand-in
contexts: [{name: stand-in, context: {cluster: stand-in, user: stand-in}}]
clusters: [{name: stand-in, cluster: {server: "https://api.example.com:6443"}}]
users: [{name: stand-in, user: {token: stand-in}}]
"""
"""One of the right form, for what needs none."""
