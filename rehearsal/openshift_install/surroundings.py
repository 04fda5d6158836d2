"""Rules of install-config's sections about the world around the cluster: proxy, mirrors, capabilities, trust, FIPS."""

from __future__ import annotations

import ipaddress
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from rehearsal.openshift_install import syntax
from rehearsal.openshift_install.fields import FORBIDDEN, INVALID, REQUIRED, Document
from rehearsal.openshift_install.networking import Networking

RELEASE_REPOSITORY = "quay.io/openshift-release-dev/ocp-release"
"""Where the release image of the product's own binaries lies."""
_RELEASE_OVERRIDE = "OPENSHIFT_INSTALL_RELEASE_IMAGE_OVERRIDE"
_SKIP_HOSTCRYPT = "OPENSHIFT_INSTALL_SKIP_HOSTCRYPT_VALIDATION"

_CAPABILITY_SETS = ("None", "v4.11", "v4.12", "v4.13", "v4.14", "v4.15", "v4.16", "v4.17", "v4.18", "vCurrent")
_CAPABILITIES = (
    "Build", "CSISnapshot", "CloudControllerManager", "CloudCredential", "Console", "DeploymentConfig",
    "ImageRegistry", "Ingress", "Insights", "MachineAPI", "NodeTuning", "OperatorLifecycleManager",
    "OperatorLifecycleManagerV1", "Storage", "baremetal", "marketplace", "openshift-samples",
)  # fmt: skip


def trust(document: Document, config: Mapping[str, Any]) -> None:
    """Check additionalTrustBundle and its policy."""
    bundle = config.get("additionalTrustBundle")
    if bundle:
        reason = syntax.certificates(str(bundle))
        if reason:
            document.refuse("additionalTrustBundle", INVALID, reason)
    policy = config.get("additionalTrustBundlePolicy")
    if policy:
        document.one_of(policy, "additionalTrustBundlePolicy", ("Proxyonly", "Always"))


def proxy(document: Document, value: object, networks: Networking) -> None:
    """Check the proxy section; the nodes need the proxy before the cluster's own networks are there."""
    if value is None:
        return
    section = document.mapping(value, "proxy", ("httpProxy", "httpsProxy", "noProxy"))
    if not section.get("httpProxy") and not section.get("httpsProxy"):
        document.refuse("proxy", REQUIRED, "must include httpProxy or httpsProxy")
    for key, schemes in (("httpProxy", ("http",)), ("httpsProxy", ("http", "https"))):
        if section.get(key):
            reason = syntax.url(str(section[key]), schemes) or _inside(str(section[key]), networks)
            if reason:
                document.refuse(f"proxy.{key}", INVALID, reason, section[key])
    exceptions = str(section.get("noProxy") or "")
    if exceptions in ("", "*"):
        return
    if " " in exceptions:
        document.refuse("proxy.noProxy", INVALID, "noProxy must not have spaces", exceptions)
    for number, element in enumerate(exceptions.split(",")):
        if not _no_proxy_element(element.strip()):
            message = "each element of noProxy must be a IP, CIDR or domain without wildcard characters"
            said = f'{message}, which is violated by element {number} "{element.strip()}"'
            document.refuse("proxy.noProxy", INVALID, said, exceptions)


def _inside(url: str, networks: Networking) -> str:
    """Return why a proxy at an address of the cluster's own networks is refused, "" when it is elsewhere or a name."""
    try:
        address = ipaddress.ip_address(urlsplit(url).hostname or "")
    except ValueError:
        return ""
    if any(address in network for network in networks.cluster):
        return "proxy value is part of the cluster networks"
    if any(address in network for network in networks.service):
        return "proxy value is part of the service networks"
    if networks.join is not None and address in networks.join:
        return "proxy value is part of the ovn-kubernetes IPv4 InternalJoinSubnet"
    return ""


def _no_proxy_element(element: str) -> bool:
    try:
        ipaddress.ip_network(element, strict=False)
    except ValueError:
        return not syntax.subdomain(element.removeprefix(".").removesuffix("."))
    return True


def mirrors(document: Document, config: Mapping[str, Any], pull_secret: str) -> None:
    """Check imageDigestSources and its deprecated predecessor."""
    if config.get("imageDigestSources") and config.get("imageContentSources"):
        document.refuse("imageContentSources", INVALID, "cannot set imageContentSources and imageDigestSources")
    if config.get("imageContentSources"):
        document.warn("imageContentSources is deprecated, please use imageDigestSources")
    sources = set()
    for key in ("imageDigestSources", "imageContentSources"):
        for path, item in document.items(config.get(key), key):
            entry = document.mapping(item, path, ("source", "mirrors", "sourcePolicy"))
            source = document.text(entry.get("source"), f"{path}.source")
            sources.add(source)
            names = [(f"{path}.source", source)] if source else []
            names += [(where, str(name)) for where, name in document.items(entry.get("mirrors"), f"{path}.mirrors")]
            for where, name in names:
                reason = syntax.repository(name)
                if reason:
                    document.refuse(where, INVALID, reason, name)
                elif where != f"{path}.source" and not _has_credentials(name, pull_secret):
                    document.warn(f"{where}: pullSecret has no credentials for mirror {name}")
    release = os.environ.get(_RELEASE_OVERRIDE) or RELEASE_REPOSITORY
    if sources and _repository(release) not in sources:
        message = "The imageDigestSources configuration in install-config.yaml should have at least one source field"
        document.warn(f"{message} matching the releaseImage value {release}")


def _repository(image: str) -> str:
    """An image's repository: what stands before its digest or tag."""
    base, _, last = image.partition("@")[0].rpartition("/")
    return f"{base}/{last.partition(':')[0]}"


def _has_credentials(mirror: str, pull_secret: str) -> bool:
    try:
        auths = json.loads(pull_secret)["auths"]
    except (ValueError, KeyError, TypeError):
        return True
    return any(mirror == registry or mirror.startswith(f"{registry}/") for registry in auths)


def capabilities(document: Document, value: object, platform: str) -> None:
    """Check baselineCapabilitySet and additionalEnabledCapabilities."""
    if value is None:
        return
    section = document.mapping(value, "capabilities", ("baselineCapabilitySet", "additionalEnabledCapabilities"))
    baseline = section.get("baselineCapabilitySet") or "vCurrent"
    document.one_of(baseline, "capabilities.baselineCapabilitySet", _CAPABILITY_SETS)
    path = "capabilities.additionalEnabledCapabilities"
    enabled = [name for _, name in document.items(section.get("additionalEnabledCapabilities"), path)]
    for name in enabled:
        document.one_of(name, path, _CAPABILITIES)
    if baseline != "None":
        return
    if "baremetal" in enabled and "MachineAPI" not in enabled:
        document.refuse(path, INVALID, "the baremetal capability requires the MachineAPI capability", enabled)
    if platform == "baremetal" and "baremetal" not in enabled:
        document.refuse(path, INVALID, "platform baremetal requires the baremetal capability", enabled)
    if "marketplace" in enabled and "OperatorLifecycleManager" not in enabled:
        document.refuse(path, INVALID, "the marketplace capability requires the OperatorLifecycleManager capability")
    if "Ingress" not in enabled:
        document.refuse(path, INVALID, "the Ingress capability is required", enabled)


def fips(document: Document, config: Mapping[str, Any], algorithms: list[str]) -> None:
    """Check `fips`: only rsa and ecdsa keys, and an installer that runs on a FIPS host itself."""
    value = config.get("fips", False)
    if not isinstance(value, bool):
        document.refuse("fips", INVALID, "must be true or false", value)
    if value is not True:
        return
    for algorithm in algorithms:
        if not algorithm.startswith(("ssh-rsa", "ecdsa-")):
            document.refuse("sshKey", INVALID, f"SSH key type {algorithm} unavailable when FIPS is enabled")
    flag = Path("/proc/sys/crypto/fips_enabled")
    if not flag.exists() or flag.read_text().strip() != "1":
        message = "target cluster is in FIPS mode but the installer's host is not"
        if os.environ.get(_SKIP_HOSTCRYPT):
            document.warn(message)
        else:
            document.refuse("fips", FORBIDDEN, message)


def leftovers(document: Document, config: Mapping[str, Any], platform: str) -> None:
    """Check what on-premise platforms do not have: credentialsMode and internal publishing."""
    if config.get("credentialsMode"):
        message = f'cannot be set when using the "{platform}" platform'
        document.refuse("credentialsMode", INVALID, message, config["credentialsMode"])
    publish = config.get("publish")
    if publish in ("Internal", "Mixed"):
        message = f'{publish} publish strategy is not supported on "{platform}" platform'
        document.refuse("publish", INVALID, message, publish)
    elif publish:
        document.one_of(publish, "publish", ("External", "Internal", "Mixed"))
    if config.get("cpuPartitioningMode"):
        document.one_of(config["cpuPartitioningMode"], "cpuPartitioningMode", ("None", "AllNodes"))
