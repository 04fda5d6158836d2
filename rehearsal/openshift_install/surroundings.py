"""Rules of install-config's sections about the world around the cluster: proxy, mirrors, capabilities, trust, FIPS."""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rehearsal.openshift_install import syntax
from rehearsal.openshift_install.fields import FORBIDDEN, INVALID, REQUIRED, Document

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


def proxy(document: Document, value: object) -> None:
    """Check the proxy section."""
    if value is None:
        return
    section = document.mapping(value, "proxy", ("httpProxy", "httpsProxy", "noProxy"))
    if not section.get("httpProxy") and not section.get("httpsProxy"):
        document.refuse("proxy", REQUIRED, "must include httpProxy or httpsProxy")
    for key, schemes in (("httpProxy", ("http",)), ("httpsProxy", ("http", "https"))):
        if section.get(key):
            reason = syntax.url(str(section[key]), schemes)
            if reason:
                document.refuse(f"proxy.{key}", INVALID, reason, section[key])
    for element in str(section.get("noProxy") or "").split(","):
        if element and not _no_proxy_element(element):
            message = "each element of noProxy must be a IP, CIDR or domain without wildcard characters"
            document.refuse("proxy.noProxy", INVALID, message, element)


def _no_proxy_element(element: str) -> bool:
    if element == "*":
        return True
    try:
        ipaddress.ip_network(element, strict=False)
    except ValueError:
        return not syntax.subdomain(element.removeprefix("."))
    return True


def mirrors(document: Document, config: Mapping[str, Any], pull_secret: str) -> None:
    """Check imageDigestSources and its deprecated predecessor."""
    if config.get("imageDigestSources") and config.get("imageContentSources"):
        document.refuse("imageContentSources", INVALID, "cannot set imageContentSources and imageDigestSources")
    for key in ("imageDigestSources", "imageContentSources"):
        for path, item in document.items(config.get(key), key):
            entry = document.mapping(item, path, ("source", "mirrors", "sourcePolicy"))
            source = document.text(entry.get("source"), f"{path}.source")
            names = [(f"{path}.source", source)] if source else []
            names += [(where, str(name)) for where, name in document.items(entry.get("mirrors"), f"{path}.mirrors")]
            for where, name in names:
                reason = syntax.repository(name)
                if reason:
                    document.refuse(where, INVALID, reason, name)
                elif where != f"{path}.source" and not _has_credentials(name, pull_secret):
                    document.warn(f"{where}: pullSecret has no credentials for mirror {name}")


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
        document.refuse("fips", FORBIDDEN, "target cluster is in FIPS mode but the installer's host is not")


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
