"""How the cluster reaches the world: through a proxy, from mirrors, with which parts of OpenShift at all.

The rules are the installer's (openshift/installer pkg/types/validation: validateProxy, validateImageDigestSources,
validateCapabilities); the last is stricter here where RHOSO needs a part. What the installer takes and the first node
refuses when it registers the cluster is refused too (openshift/assisted-service pkg/validations): a user would see no
more of it than a bootstrap that takes too long.
"""

from __future__ import annotations

import re
from ipaddress import ip_network
from typing import Annotated, Literal, TypeAlias
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr

from settings.base import REBUILD, Model
from settings.types import Text, refusal

_DOMAIN = re.compile(r"\.?[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*")
_LOGIN = re.compile(r"(?:[A-Za-z0-9._:~!$&'()*+,;=@-]|%[0-9A-Fa-f]{2})*")
"""User and password in a URL, as Go takes them (net/url); other characters are written as %XX."""
_HOST, _LOWER = "[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?", "[a-z0-9](?:[a-z0-9-]*[a-z0-9])?"
_PATH = "[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*"


def _proxy(secret: SecretStr) -> SecretStr:
    text = secret.get_secret_value()
    try:
        url = urlsplit(text)
        clean = not re.search(r"[\s\x00-\x1f\x7f]", text)
        good = clean and url.scheme == "http" and bool(url.hostname) and (url.port is None or url.port > 0)
        encoded = _LOGIN.fullmatch(url.netloc.rpartition("@")[0])
    except ValueError:
        good, encoded = False, None
    if not good:
        raise refusal("is not the URL of a proxy (http)", "Write it like http://proxy.example.com:3128.")
    if not encoded:
        raise refusal("has a character in its user or password that a URL can't have", "Write it as %XX, % as %25.")
    return secret


def _no_proxy(element: str) -> str:
    if element == "*":
        # The installer takes it alone, adds the machine network, and the list of both is refused on the first node.
        raise refusal("means everything, and the machine network is added to it", "List what is reached directly.")
    if not _DOMAIN.fullmatch(element):
        try:
            network = ip_network(element, strict=False)
            if "/" in element and not element.endswith(f"/{network.prefixlen}"):
                raise ValueError(element)
        except ValueError:
            rule = "is no address, network or lower-case domain; wildcards and spaces are not understood"
            raise refusal(rule, "Write it like .example.com or 10.0.0.0/8.") from None
    return element


ProxyUrl: TypeAlias = Annotated[SecretStr, AfterValidator(_proxy)]
"""Of the proxy for encrypted connections too: one that is itself spoken to by https is refused on the first node."""
NoProxy: TypeAlias = Annotated[str, AfterValidator(_no_proxy)]
Repository: TypeAlias = Annotated[
    str,
    Text(
        rf"(?:(?:localhost|{_HOST}(?:\.{_HOST})+)(?::[0-9]{{1,5}})?|{_HOST}:[0-9]{{1,5}})(?:/{_PATH})+"
        rf"|{_LOWER}(?:\.{_LOWER})*(?::[0-9]{{1,5}})?",
        "is not a repository: a registry with its domain or port, and a path, without tag and digest",
        "Write it like mirror.example.com:5000/openshift/release.",
    ),
]
Capability: TypeAlias = Literal[
    "Build",
    "CSISnapshot",
    "CloudControllerManager",
    "CloudCredential",
    "Console",
    "DeploymentConfig",
    "ImageRegistry",
    "Ingress",
    "Insights",
    "MachineAPI",
    "NodeTuning",
    "OperatorLifecycleManager",
    "OperatorLifecycleManagerV1",
    "Storage",
    "baremetal",
    "marketplace",
    "openshift-samples",
]
"""An optional part of OpenShift by its name in install-config (openshift/api config/v1 ClusterVersionCapability)."""


class Proxy(Model):
    """The proxy of the nodes and of what runs on them. URLs may carry a password, so they are secrets."""

    http: ProxyUrl | None = Field(
        default=None,
        title="HTTP proxy",
        description="URL for plain connections.",
        examples=["http://proxy.example.com:3128"],
        json_schema_extra=REBUILD,
    )
    https: ProxyUrl | None = Field(
        default=None,
        title="HTTPS proxy",
        description="URL for encrypted connections.",
        examples=["http://proxy.example.com:3128"],
        json_schema_extra=REBUILD,
    )
    no_proxy: tuple[NoProxy, ...] = Field(
        default=(),
        title="Without proxy",
        description="Addresses, networks and domains that are reached directly; the machine network always is.",
        json_schema_extra=REBUILD,
    )


class Mirror(Model):
    """Where images of one repository come from instead."""

    source: Repository = Field(
        title="Source", description="The repository as images name it.", json_schema_extra=REBUILD
    )
    mirrors: tuple[Repository, ...] = Field(
        title="Mirrors", description="Repositories that have its images, in order.", json_schema_extra=REBUILD
    )


class Capabilities(Model):
    """Which optional parts of OpenShift are installed."""

    baseline: Literal["None", "v4.16", "v4.17", "v4.18", "vCurrent"] = Field(
        default="vCurrent",
        title="Baseline",
        description="The set to begin with: None, or all that a release had. After 4.18 there is no newer set.",
        json_schema_extra=REBUILD,
    )
    additional: tuple[Capability, ...] = Field(
        default=(), title="Additional", description="Parts added to the baseline.", json_schema_extra=REBUILD
    )
