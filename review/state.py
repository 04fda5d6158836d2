"""The recorded state of a stack, and its throwaway copy that an embedded host answers for.

Pure functions over what ``pulumi stack export --show-secrets`` prints. Access to the cluster is replaced wherever it
occurs (the step that read it, the provider, the stack's outputs, documents of gates), or the engine would plan what
no change has asked for. Addresses stay as they are: the embedded API server stands at the cluster's own.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias
from urllib.parse import urlsplit

import yaml

from review.errors import ReviewError

Deployment: TypeAlias = Mapping[str, Any]
Object: TypeAlias = dict[str, Any]

MASKED = base64.b64encode(b"(secret)").decode()

_PROVIDER = "pulumi:providers:kubernetes"
_LIBVIRT = "pulumi:providers:libvirt"
_STACK = "pulumi:pulumi:Stack"
_SECRET = "kubernetes:core/v1:Secret"
_SECRET_MARK = "4dabf18193072939515e22adb298388d"
"""Key of a wrapped value in a state, from pulumi sdk/go/common/resource/sig."""
_API_PORT = 6443


@dataclass(frozen=True)
class Access:
    """How the recorded cluster is reached: `address` (IPv4, port 6443), other `names` in its certificate, PEM texts."""

    address: str
    names: tuple[str, ...]
    ca: str
    certificate: str
    key: str


def resources(deployment: Deployment) -> list[Mapping[str, Any]]:
    """The resources of an exported state that are not about to be deleted."""
    found = deployment.get("deployment", {}).get("resources") or []
    return [resource for resource in found if not resource.get("delete")]


def access(deployment: Deployment) -> Access | None:
    """How the cluster is reached; None as long as there is none. Raises ReviewError if nothing can take its place."""
    for resource in resources(deployment):
        if resource["type"] == _PROVIDER:
            text = plain(resource["inputs"].get("kubeconfig"))
            if isinstance(text, str):
                return _access(yaml.safe_load(text))
    return None


def _access(kubeconfig: Mapping[str, Any]) -> Access:
    context = _named(kubeconfig["contexts"], kubeconfig["current-context"])["context"]
    cluster = _named(kubeconfig["clusters"], context["cluster"])["cluster"]
    user = _named(kubeconfig["users"], context["user"])["user"]
    url = urlsplit(cluster["server"])
    if url.port != _API_PORT or not str(url.hostname).replace(".", "").isdigit():
        raise ReviewError(
            f"The recorded cluster is at {cluster['server']}; only https://<IPv4 address>:6443 can be stood in for."
        )
    keys = ("certificate-authority-data", cluster), ("client-certificate-data", user), ("client-key-data", user)
    for key, place in keys:
        if key not in place:
            raise ReviewError(f"The recorded kubeconfig has no {key}; only one with certificates can be stood in for.")
    texts = (base64.b64decode(place[key]).decode() for key, place in keys)
    names = (cluster["tls-server-name"],) if "tls-server-name" in cluster else ()
    return Access(str(url.hostname), names, *texts)


def _named(entries: list[dict[str, Any]], name: str) -> dict[str, Any]:
    return next(entry for entry in entries if entry["name"] == name)


def uri(deployment: Deployment) -> str | None:
    """How the recorded lab's libvirt is reached."""
    for resource in resources(deployment):
        if resource["type"] == _LIBVIRT:
            found = plain(resource["inputs"].get("uri"))
            return found if isinstance(found, str) else None
    return None


def rewritten(deployment: Deployment, texts: Mapping[str, str]) -> Any:
    """The state with each of `texts` replaced wherever it stands, in documents within documents too."""
    pairs = [(_escaped(old, depth), _escaped(new, depth)) for old, new in texts.items() for depth in range(3)]
    pairs.sort(key=lambda pair: len(pair[0]), reverse=True)
    return _replaced(deployment, list(dict.fromkeys(pairs)))


def replaced_access(old: Access, ca: str, certificate: str, key: str) -> dict[str, str]:
    """What `rewritten` has to replace so that these PEM texts take the place of `old`'s, plain and in base64."""
    found = {}
    for before, after in ((old.ca, ca), (old.certificate, certificate), (old.key, key)):
        found[before] = after
        found[base64.b64encode(before.encode()).decode()] = base64.b64encode(after.encode()).decode()
    return found


def _escaped(text: str, depth: int) -> str:
    for _ in range(depth):
        text = json.dumps(text)[1:-1]
    return text


def _replaced(value: Any, pairs: list[tuple[str, str]]) -> Any:
    if isinstance(value, str):
        for old, new in pairs:
            value = value.replace(old, new)
        return value
    if isinstance(value, Mapping):
        return {key: _replaced(item, pairs) for key, item in value.items()}
    if isinstance(value, list):
        return [_replaced(item, pairs) for item in value]
    return value


def plain(value: Any) -> Any:
    """A value of a state without the wrapping of secrets; of one that is still encrypted, None."""
    if isinstance(value, Mapping):
        if _SECRET_MARK in value:
            return json.loads(value["plaintext"]) if "plaintext" in value else None
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value


def objects(deployment: Deployment) -> list[Object]:
    """The recorded objects of the cluster as the API server had them, with the values of Secrets masked."""
    return [item for resource in resources(deployment) if (item := _object(resource)) is not None]


def _object(resource: Mapping[str, Any]) -> Object | None:
    if not resource.get("custom") or not resource["type"].startswith("kubernetes:"):
        return None
    recorded = plain(resource.get("outputs") or {})
    metadata = recorded.get("metadata")
    # One that could not be made has nothing but its inputs, and is not in the cluster.
    if not isinstance(metadata, dict) or "uid" not in metadata:
        return None
    found = {key: value for key, value in recorded.items() if not key.startswith("__") and value is not None}
    if found["kind"] == "Secret":
        found.pop("stringData", None)
        found["data"] = dict.fromkeys(found.get("data") or {}, MASKED)
    return found


def secrets(deployment: Deployment) -> set[str]:
    """Every credential in the state: values of Secrets, and what the stack puts out as secret.

    Documents for steps and gates are secret as a whole, but what is secret in them is in these too.
    """
    found: set[str] = set()
    for resource in resources(deployment):
        if resource["type"] == _STACK:
            found |= set(_texts(list(_marked(resource.get("outputs") or {}))))
        elif resource["type"] == _SECRET:
            inputs, outputs = (plain(resource.get(key) or {}) for key in ("inputs", "outputs"))
            found |= set(_texts([inputs.get("stringData"), inputs.get("data"), outputs.get("data")]))
    return found


def _marked(value: Any) -> Iterator[Any]:
    if isinstance(value, Mapping):
        if _SECRET_MARK in value:
            yield plain(value)
            return
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from _marked(item)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, str):
        yield value
