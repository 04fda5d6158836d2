"""A recorded state as ``pulumi stack export --show-secrets`` prints one, as small as it can be."""

from __future__ import annotations

import base64
import json
from typing import Any

import yaml

MARK = "4dabf18193072939515e22adb298388d"
CA, CERTIFICATE, KEY = (f"-----BEGIN {what}-----\n{what * 8}\n-----END {what}-----\n" for what in ("CA", "CERT", "KEY"))
PASSWORD = "e1a0c6b04d3f4d6c8d6ba1f0a1b2c3d4"
SERVER = "https://192.168.130.5:6443"


def secret(value: object) -> dict[str, str]:
    """A value as a state marks a secret."""
    return {MARK: "1b47061264138c4ac30d75fd1eb44270", "plaintext": json.dumps(value)}


def kubeconfig(server: str = SERVER, **user: str) -> str:
    """One with certificates, or with what `user` says."""
    cluster = {"server": server, "tls-server-name": "api.lab.example.com", "certificate-authority-data": _base64(CA)}
    keys = user or {"client-certificate-data": _base64(CERTIFICATE), "client-key-data": _base64(KEY)}
    return yaml.safe_dump(
        {
            "clusters": [{"name": "c", "cluster": cluster}],
            "users": [{"name": "u", "user": keys}],
            "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
            "current-context": "x",
        }
    )


def deployment(config: str | None = None, uri: str = "qemu:///system") -> dict[str, Any]:
    """A lab of a provider, a step that read the kubeconfig, a gate, and three objects; one of them was never made."""
    text = config or kubeconfig()
    api = json.dumps({"api": {"ca": CA, "cert": CERTIFICATE, "key": KEY}})
    return {
        "version": 3,
        "deployment": {
            "resources": [
                _resource("pulumi:pulumi:Stack", outputs={"kubeconfig": secret(text), "password": secret(PASSWORD)}),
                _resource("pulumi:providers:libvirt", inputs={"uri": uri}),
                _resource("command:local:Command", outputs={"stdout": secret(json.dumps({"kubeconfig": text}))}),
                _resource("pulumi:providers:kubernetes", inputs={"kubeconfig": secret(text)}),
                _resource("command:local:Command", inputs={"stdin": secret(api)}),
                _object(
                    "v1", "Secret", {"uid": "1"}, data=secret({"key": _base64("a-password")}), stringData=secret({})
                ),
                _object("network.openstack.org/v1beta1", "NetConfig", {"uid": "2"}, spec={"networks": []}, __inputs={}),
                _object("network.openstack.org/v1beta1", "NetConfig", {}),
                {**_object("v1", "ConfigMap", {"uid": "3"}), "delete": True},
            ]
        },
    }


def _resource(kind: str, **properties: Any) -> dict[str, Any]:
    return {"urn": f"urn:pulumi:lab::rhoso-lab::{kind}::x", "type": kind, "custom": True, "inputs": {}, **properties}


def _object(version: str, kind: str, metadata: dict[str, str], **rest: Any) -> dict[str, Any]:
    named = {"name": "it", "namespace": "openstack", **metadata}
    outputs = {"apiVersion": version, "kind": kind, "metadata": named, **rest}
    core = "core/v1" if version == "v1" else version
    return _resource(f"kubernetes:{core}:{kind}", outputs=outputs)


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
