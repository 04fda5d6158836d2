"""Rules of install-config.yaml for an agent-based installation on platform baremetal or none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rehearsal.openshift_install import defaults, networking, surroundings, syntax
from rehearsal.openshift_install.fields import DUPLICATE, INVALID, UNSUPPORTED, Document

_KNOWN = (
    "apiVersion", "kind", "baseDomain", "metadata", "controlPlane", "compute", "networking", "platform", "pullSecret",
    "sshKey", "additionalTrustBundle", "additionalTrustBundlePolicy", "proxy", "imageDigestSources",
    "imageContentSources", "fips", "capabilities", "publish", "credentialsMode", "cpuPartitioningMode", "featureSet",
    "featureGates", "bootstrapInPlace",
)  # fmt: skip
_POOL = ("name", "replicas", "architecture", "hyperthreading", "platform")
_BAREMETAL = (
    "apiVIPs", "ingressVIPs", "apiVIP", "ingressVIP", "hosts", "loadBalancer", "provisioningNetwork",
    "provisioningNetworkCIDR", "provisioningNetworkInterface", "externalBridge", "additionalNTPServers",
)  # fmt: skip
_VERSIONS = ("v1", "v1beta3", "v1beta4")
_PLATFORMS = ("baremetal", "vsphere", "nutanix", "none", "external")
# A DNS label's 63 characters less the installer's room for what it puts in front of the name.
_NAME_LIMIT = 63 - 9


@dataclass(frozen=True)
class InstallConfig:
    """What the installation needs of a valid install-config."""

    name: str
    base_domain: str
    platform: str
    masters: int
    workers: int
    machine_network: tuple[networking.Network, ...]
    api_vip: str
    ingress_vip: str


def read(document: Document, value: object) -> InstallConfig:
    """Fill in the defaults, then check; problems go to `document`, the result is only good when there are none."""
    config = defaults.fill(document.mapping(value, "", _KNOWN))
    version = document.text(config.get("apiVersion"), "apiVersion")
    if version and version not in _VERSIONS:
        document.refuse("apiVersion", INVALID, f"cannot upconvert from version {version}", version)
    platform, section = _platform(document, config.get("platform"))
    name, domain = _names(document, config, platform)
    masters, workers = _pools(document, config)
    network = networking.read(document, config.get("networking"))
    _topology(document, config, masters, workers, platform, network.network_type)
    api, ingress = networking.vips(document, section, network.machine) if platform == "baremetal" else ("", "")
    secret = document.text(config.get("pullSecret"), "pullSecret")
    reason = syntax.pull_secret(secret) if secret else ""
    if reason:
        document.refuse("pullSecret", INVALID, reason, secret)
    surroundings.fips(document, config, _ssh_key(document, config.get("sshKey")))
    surroundings.trust(document, config)
    surroundings.proxy(document, config.get("proxy"), network)
    surroundings.mirrors(document, config, secret)
    surroundings.capabilities(document, config.get("capabilities"), platform)
    surroundings.leftovers(document, config, platform)
    return InstallConfig(name, domain, platform, masters, workers, network.machine, api, ingress)


def _platform(document: Document, value: object) -> tuple[str, Mapping[str, Any]]:
    given = value if isinstance(value, Mapping) else {}
    if len(given) != 1:
        message = "must specify one of the platforms" if not given else "must only specify a single type of platform"
        document.refuse("platform", INVALID, message, ", ".join(map(str, given)))
        return "", {}
    platform = str(next(iter(given)))
    if platform not in _PLATFORMS:
        choices = ", ".join(f'"{name}"' for name in _PLATFORMS)
        document.refuse("platform", UNSUPPORTED, f"supported values: {choices}", platform)
    if platform != "baremetal":
        return platform, {}
    section = document.mapping(given["baremetal"], "platform.baremetal", _BAREMETAL)
    if section.get("hosts"):
        document.warn("hosts from install-config.yaml are ignored")
    return platform, section


def _names(document: Document, config: Mapping[str, Any], platform: str) -> tuple[str, str]:
    metadata = document.mapping(config.get("metadata"), "metadata", ("name", "namespace", "creationTimestamp"))
    name = document.text(metadata.get("name"), "metadata.name")
    domain = document.text(config.get("baseDomain"), "baseDomain").removesuffix(".")
    if name:
        if len(name) > _NAME_LIMIT:
            document.refuse("metadata.name", INVALID, f"must be no more than {_NAME_LIMIT} characters", name)
        elif syntax.subdomain(name):
            document.refuse("metadata.name", INVALID, syntax.subdomain(name), name)
        if platform == "baremetal" and "." in name:
            document.refuse("metadata.name", INVALID, "cluster name must not contain '.'", name)
    if domain:
        reason = syntax.subdomain(domain) or (syntax.subdomain(f"{name}.{domain}") if name else "")
        if reason:
            document.refuse("baseDomain", INVALID, reason, domain)
    return name, domain


def _pools(document: Document, config: Mapping[str, Any]) -> tuple[int, int]:
    control = document.mapping(config.get("controlPlane"), "controlPlane", _POOL)
    masters = _pool(document, control, "controlPlane", "master")
    workers = 0
    names: set[object] = set()
    for path, item in document.items(config.get("compute"), "compute"):
        pool = document.mapping(item, path, _POOL)
        if pool.get("name") in names:
            document.refuse(f"{path}.name", DUPLICATE, value=pool.get("name"))
        names.add(pool.get("name"))
        workers += _pool(document, pool, path, "worker")
    return masters, workers


def _pool(document: Document, pool: Mapping[str, Any], path: str, name: str) -> int:
    if pool.get("name") != name:
        document.refuse(f"{path}.name", UNSUPPORTED, f'supported values: "{name}"', pool.get("name") or "")
    replicas = document.integer(pool.get("replicas"), f"{path}.replicas", default=0)
    if replicas < 0:
        document.refuse(f"{path}.replicas", INVALID, "number of replicas must not be negative", replicas)
    if pool.get("architecture"):
        document.one_of(pool["architecture"], f"{path}.architecture", ("amd64",))
    for key, unused in (("hyperthreading", "Enabled"), ("platform", {})):
        if pool.get(key) not in (None, unused):
            document.warn(f"{path}.{key}: {pool[key]} is ignored")
    return replicas


def _topology(
    document: Document, config: Mapping[str, Any], masters: int, workers: int, platform: str, network_type: str
) -> None:
    if masters not in (1, 3, 4, 5):
        document.refuse("controlPlane.replicas", UNSUPPORTED, 'supported values: "3", "1", "4", "5"', masters)
    if masters != 1:
        return
    if workers:
        message = "Total number of compute replicas must be 0 when controlPlane.replicas is 1 for platform none"
        document.refuse("compute", INVALID, message, workers)
    if platform not in ("none", "external"):
        message = "only platform none and external supports 1 ControlPlane and 0 Compute nodes"
        document.refuse("platform", INVALID, message, platform)
    if network_type != "OVNKubernetes":
        message = "Only OVNKubernetes network type is allowed for Single Node OpenShift (SNO) cluster"
        document.refuse("networking.networkType", INVALID, message, network_type)
    if config.get("bootstrapInPlace") and platform == "baremetal":
        document.refuse("bootstrapInPlace", INVALID, "single-node OpenShift is not supported on the baremetal platform")


def _ssh_key(document: Document, value: object) -> list[str]:
    if value is None or value == "":
        return []
    algorithms, reason = syntax.ssh_keys(str(value))
    if reason:
        document.refuse("sshKey", INVALID, reason, value)
    return algorithms


__all__ = ["InstallConfig", "read"]
