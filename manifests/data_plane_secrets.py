"""Secrets and ConfigMaps of the data plane: how the operators log in to the computes, and what these are given to hold.

Source: rhoso.md, S5. All are derived from the stack's secret, except what registers a compute at Red Hat: that comes
from the settings, and is there only if they register at all.
"""

from __future__ import annotations

import base64
import json
from typing import Any

from manifests import nova_extra_config, osp_secret
from manifests.credentials import Credentials
from settings import Rotation, Settings

LIBVIRT = "libvirt-secret"
MIGRATION = "nova-migration-ssh-key"
SSH = "dataplane-ansible-ssh-private-key-secret"
REGISTRATION = "subscription-manager"
REGISTRY = "redhat-registry"

COMPUTES_KEY = "computes"
"""Label of the key pair that cloud-init authorises on the computes."""

_REGISTRY_HOST = "registry.redhat.io"


def render(settings: Settings, credentials: Credentials) -> list[dict[str, Any]]:
    """The Secrets, whose values are plain here, and Nova's ConfigMap where there is one."""
    secrets = [_secret(settings.openstack.namespace, name, data) for name, data in _values(settings, credentials)]
    return [*secrets, *nova_extra_config.render(settings)]


def _values(settings: Settings, credentials: Credentials) -> list[tuple[str, dict[str, str]]]:
    return [
        (LIBVIRT, {"LibvirtPassword": credentials.password(f"{LIBVIRT}/LibvirtPassword")}),
        (MIGRATION, _key_pair(credentials, "nova-migration")),
        (SSH, _key_pair(credentials, COMPUTES_KEY)),
        *_registration(settings).items(),
    ]


def variable_sources(settings: Settings) -> list[str]:
    """Names of those Secrets whose keys are Ansible variables of the node set."""
    return list(_registration(settings))


def fingerprints(settings: Settings, credentials: Credentials) -> dict[str, str]:
    """By name of Secret or ConfigMap, what changes when a value changes that a deployment brings to the computes.

    Of ``osp-secret`` only the keys count that the computes hold.
    """
    held = dict(_values(settings, credentials))
    if extra := nova_extra_config.data(settings):
        held[nova_extra_config.NAME] = extra
    shared = osp_secret.data(credentials)
    held[osp_secret.NAME] = {key: shared[key] for key in shared if osp_secret.rotation(key) is Rotation.DATA_PLANE}
    return {name: credentials.fingerprint(_json(data)) for name, data in held.items()}


def _key_pair(credentials: Credentials, label: str) -> dict[str, str]:
    pair = credentials.key_pair(label)
    return {"ssh-privatekey": pair.private, "ssh-publickey": pair.public}


def _registration(settings: Settings) -> dict[str, dict[str, str]]:
    """The operators read each value as JSON where they can (a password 0123 would become a number), so each is an
    object with the texts inside."""
    given = settings.compute.registration
    auth: dict[str, Any]
    if given.activation_key is not None:
        auth = {"activation_keys": {"keys": [given.activation_key.get_secret_value()]}}
    elif given.username is not None and given.password is not None:
        auth = {"login": {"username": given.username, "password": given.password.get_secret_value()}}
    else:
        return {}
    secrets = {REGISTRATION: {"rhc_auth": _json(auth)}}
    if login := _registry_login(settings):
        secrets[REGISTRY] = {"edpm_container_registry_logins": _json({_REGISTRY_HOST: login})}
    return secrets


def _registry_login(settings: Settings) -> dict[str, str]:
    """User and token for Red Hat's registry, as the pull secret has them; empty if it has none for it."""
    auths = json.loads(settings.openshift.registries)["auths"]
    user, _, token = base64.b64decode(auths.get(_REGISTRY_HOST, {}).get("auth", "")).decode().partition(":")
    return {user: token} if user else {}


def _secret(namespace: str, name: str, data: dict[str, str]) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": name, "namespace": namespace},
        "type": "Opaque",
        "stringData": data,
    }


def _json(value: Any) -> str:
    return json.dumps(value, sort_keys=True)
