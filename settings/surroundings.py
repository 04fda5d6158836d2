"""How the cluster reaches the world: through a proxy, from mirrors, with which parts of OpenShift at all.

The rules are the installer's (openshift/installer pkg/types/validation: validateProxy, validateImageDigestSources,
validateCapabilities); the last is stricter here where RHOSO needs a part.
"""

from __future__ import annotations

import re
from ipaddress import ip_network
from typing import Annotated, Literal, TypeAlias
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr

from settings.base import REBUILD, Model
from settings.types import Text, refusal

_DOMAIN = re.compile(r"\.?[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*", re.IGNORECASE)


def _proxy_url(schemes: tuple[str, ...]) -> AfterValidator:
    def check(secret: SecretStr) -> SecretStr:
        remedy = f"Write it like {schemes[0]}://proxy.example.com:3128."
        try:
            text = secret.get_secret_value()
            url = urlsplit(text)
            clean = not re.search(r"[\s\x00-\x1f\x7f]", text)
            good = clean and url.scheme in schemes and bool(url.hostname) and (url.port is None or url.port > 0)
        except ValueError:
            good = False
        if not good:
            raise refusal(f"is not the URL of a proxy ({' or '.join(schemes)})", remedy)
        return secret

    return AfterValidator(check)


def _no_proxy(element: str) -> str:
    if element != "*" and not _DOMAIN.fullmatch(element):
        try:
            network = ip_network(element, strict=False)
            if "/" in element and not element.endswith(f"/{network.prefixlen}"):
                raise ValueError(element)
        except ValueError:
            rule = "is neither an address, a network nor a domain; wildcards and spaces are not understood"
            raise refusal(rule, "Write it like .example.com or 10.0.0.0/8.") from None
    return element


HttpProxy: TypeAlias = Annotated[SecretStr, _proxy_url(("http",))]
HttpsProxy: TypeAlias = Annotated[SecretStr, _proxy_url(("http", "https"))]
NoProxy: TypeAlias = Annotated[str, AfterValidator(_no_proxy)]
Repository: TypeAlias = Annotated[
    str,
    Text(
        r"[A-Za-z0-9][A-Za-z0-9.-]*(?::[0-9]{1,5})?(?:/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*",
        "is not a repository: a registry and a path, without tag and digest",
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

    http: HttpProxy | None = Field(
        default=None,
        title="HTTP proxy",
        description="URL for plain connections.",
        examples=["http://proxy.example.com:3128"],
        json_schema_extra=REBUILD,
    )
    https: HttpsProxy | None = Field(
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

    baseline: Literal["None", "v4.16", "v4.17", "v4.18", "v4.19", "v4.20", "vCurrent"] = Field(
        default="vCurrent",
        title="Baseline",
        description="The set to begin with: None, or all that a release had.",
        json_schema_extra=REBUILD,
    )
    additional: tuple[Capability, ...] = Field(
        default=(), title="Additional", description="Parts added to the baseline.", json_schema_extra=REBUILD
    )
