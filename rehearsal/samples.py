"""One sample change for every setting, made on the smallest lab with all stages: another value that is valid there.

`changes` previews each of them on the engine. A setting that has no sample here, or whose sample the settings refuse
for another reason than the one given, fails a test.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from settings.catalogue import ANY, FILLED_IN, values
from settings.load import parse

SMALLEST: Mapping[str, Any] = {"topology": {"workers": {"count": 2}, "computes": {"count": 1}}}
"""What is laid over Pulumi.rehearsal.yaml: two workers, for with one alone replicas have no other valid number."""

GONE: Any = object()
"""Takes a setting or a section out of the configuration."""

_SHA256 = "0" * 64
_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ1u1m1Y6n2d7v7Jkq4n8bJd0u8gqj3m6m5t8t2v0w7P another"
_PULL_SECRET = '{"auths": {"registry.example.com": {"auth": "c2FtcGxlOmFub3RoZXI="}}}'
_PROXY = "http://proxy.example.com:3128"
_CERTIFICATE = """\
-----BEGIN CERTIFICATE-----
MIIBFTCBu6ADAgECAgEBMAoGCCqGSM49BAMCMBMxETAPBgNVBAMMCGEgbWlycm9y
MCAXDTI1MDEwMTAwMDAwMFoYDzIxMDAwMTAxMDAwMDAwWjATMREwDwYDVQQDDAhh
IG1pcnJvcjBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABFXr/fdjiTKOir1K9fQz
iuSvQERs3rIWHoplt2HL97QrqZOI9XfgsMYxcuu9V0p8gAV3iDwzuEnrvmtSTZwn
2K8wCgYIKoZIzj0EAwIDSQAwRgIhAMOISjXuwLMo2rQLuVUjttRBu0g94MDjdTHY
TTsgzGTYAiEAsorzBrPmmaLFmSQtGeATbFoh9coeeKK4mSoZnr/VH7M=
-----END CERTIFICATE-----
"""
_KUBECONFIG = """\
current-context: admin
contexts: [{name: admin, context: {cluster: other, user: admin}}]
clusters: [{name: other, cluster: {server: "https://api.other.example.com:6443"}}]
users: [{name: admin, user: {token: another}}]
"""
_NODES = [{"name": "worker-0", "nic": "ens4"}]
_EXISTING = {
    "openshift.existing.kubeconfig": _KUBECONFIG,
    "openshift.existing.nodes": _NODES,
    # What the settings demand of a lab on an existing cluster.
    "topology.masters": GONE,
    "topology.workers": GONE,
    "networks.ctlplane.mode": "bridge",
    "networks.ctlplane.bridge": "br0",
    "openstack.storage.volumes": "nfs",
    "openstack.storage.nfsShares": ["nfs.example.com:/volumes"],
}
_UPSTREAM = {"openstack.catalog": "upstream", "openstack.version": None, "compute.system": "centos-stream"}
_BRIDGE = {"mode": "bridge", "bridge": "br0", "gateway": "192.168.130.1", "dns": ["192.0.2.53"]}


@dataclass(frozen=True)
class Sample:
    """`value` is what the setting becomes, with `along` (path → value) where it is valid only together.

    `refused` is part of the settings' own sentence where no other value is valid in any lab, or not in this one.
    """

    value: Any
    along: Mapping[str, Any] = field(default_factory=dict)
    refused: str = ""


def _bridge(network: str, *keys: str) -> dict[str, Any]:
    return {f"networks.{network}.{key}": _BRIDGE[key] for key in keys}


_HOST = {
    "uri": Sample("qemu+unix:///system"),
    "pool": Sample("/var/lib/libvirt/another"),
    "imageCache": Sample("/var/lib/libvirt/other-images"),
    "memoryMib": Sample(65536),
    "diskGb": Sample(100000),
    "overcommit": Sample(False),
    "domainType": Sample("kvm"),
    "cpuMode": Sample("maximum"),
    "machine": Sample("q35", refused="not one of"),
    "diskCache": Sample("none"),
}
_SIZES = {
    "vcpus": Sample(2),
    "memoryMib": Sample(128),
    "diskGb": Sample(200),
    "dataDiskGb": Sample(50),
}
_TOPOLOGY = {
    "masters.count": Sample(4),
    "workers.count": Sample(3),
    "workers.released": Sample(["worker-1"]),
    "computes.count": Sample(2),
    **{f"{role}.{size}": sample for role in ("masters", "workers", "computes") for size, sample in _SIZES.items()},
    "hardwareFloors": Sample(True, refused="is less than the"),
}
_NETWORKS = {
    "block": Sample("10.60.0.0/21"),
    "machine.cidr": Sample("192.168.140.0/24"),
    "machine.mode": Sample("bridge", _bridge("machine", "bridge", "gateway", "dns")),
    "machine.bridge": Sample("br0", _bridge("machine", "mode", "gateway", "dns")),
    "machine.gateway": Sample("192.168.130.1"),
    "machine.dns": Sample(["192.0.2.53"]),
    "ctlplane.cidr": Sample("192.168.141.0/24"),
    "ctlplane.mode": Sample("bridge", _bridge("ctlplane", "bridge")),
    "ctlplane.bridge": Sample("br0", _bridge("ctlplane", "mode")),
    "internalapi.cidr": Sample("172.20.0.0/24"),
    "storage.cidr": Sample("172.20.0.0/24"),
    "tenant.cidr": Sample("172.20.0.0/24"),
    "external.cidr": Sample("10.9.0.0/24"),
    "external.mode": Sample("isolated"),
    "external.bridge": Sample("br0", _bridge("external", "mode")),
    "external.gateway": Sample("10.0.0.1"),
    "external.roles": Sample(["computes", "workers"]),
    **{f"{name}.vlan": Sample(100) for name in ("internalapi", "storage", "tenant")},
    **{f"{name}.mtu": Sample(9000) for name in ("machine", "ctlplane", "external")},
    **{f"{name}.mtu": Sample(1400) for name in ("internalapi", "storage", "tenant")},
}
_OPENSHIFT = {
    "installer": Sample("/usr/bin/env"),
    "client": Sample("/usr/bin/env"),
    "version": Sample("4.20"),
    "pullSecret": Sample(_PULL_SECRET),
    "sshKeys": Sample([_KEY]),
    "ntp": Sample(["192.0.2.123"]),
    "apiVip": Sample("192.168.130.10"),
    "ingressVip": Sample("192.168.130.11"),
    "podNetwork": Sample("10.200.0.0/16"),
    "podHostPrefix": Sample(24),
    "serviceNetwork": Sample("10.201.0.0/16"),
    "proxy.http": Sample(_PROXY),
    "proxy.https": Sample(_PROXY),
    "proxy.noProxy": Sample([".example.com"], {"openshift.proxy.http": _PROXY}),
    "mirrors": Sample([{"source": "quay.io/openshift-release-dev/ocp-release", "mirrors": ["m.example.com:5000/ocp"]}]),
    "fips": Sample(True),
    "trustBundle": Sample(_CERTIFICATE),
    "trustPolicy": Sample("Always", {"openshift.trustBundle": _CERTIFICATE}),
    "existing.kubeconfig": Sample(_KUBECONFIG, _EXISTING),
    "existing.api": Sample("https://api.other.example.com:6443", _EXISTING),
    "existing.nodes": Sample(_NODES, _EXISTING),
    "capabilities.baseline": Sample("v4.18"),
    "capabilities.additional": Sample(["marketplace"]),
}
_INI = "[DEFAULT]\ndebug = true\n"
_NEEDED = {"keystone": "without keystone", "placement": "without placement", "glance": "without glance"}
_NEEDED |= {"neutron": "without neutron"}
_OFF_AT_FIRST = ("heat", "octavia", "designate", "manila", "ironic")


def _service(name: str) -> dict[str, Sample]:
    refused = "needs a network octavia" if name == "octavia" else _NEEDED.get(name, "")
    return {
        "replicas": Sample(1),
        "enabled": Sample(name in _OFF_AT_FIRST, refused=refused),
        "config": Sample("SESSION_TIMEOUT = 86400\n" if name == "horizon" else _INI),
        "metrics": Sample(True),
    }


_OPENSTACK = {
    "namespace": Sample("cloud", refused="not one of"),
    "catalog": Sample("upstream", _UPSTREAM),
    "channel": Sample("stable-v1.1"),
    "version": Sample("1.0.16"),
    "release": Sample("fr3"),
    "storage.storageClass": Sample("fast"),
    "storage.volumes": Sample("nfs", {"openstack.storage.nfsShares": ["nfs.example.com:/volumes"]}),
    "storage.nfsShares": Sample(["nfs.example.com:/volumes"], {"openstack.storage.volumes": "nfs"}),
}
_COMPUTE = {
    "image": Sample("rhel-9.4-x86_64-kvm.qcow2"),
    "system": Sample("centos-stream", _UPSTREAM),
    "release": Sample("9.6"),
    "user": Sample("stack"),
    "bootstrapCommand": Sample("dnf -y update"),
    "registration.organization": Sample("1234567", {"compute.registration.activationKey": "lab"}),
    "registration.activationKey": Sample("lab", {"compute.registration.organization": "1234567"}),
    "registration.username": Sample("me", {"compute.registration.password": "another"}),
    "registration.password": Sample("another", {"compute.registration.username": "me"}),
    "registration.release": Sample(
        "9.4", {"compute.registration.organization": "1234567", "compute.registration.activationKey": "lab"}
    ),
}
_VERIFICATION = {
    "image.url": Sample("http://127.0.0.1:8091/other.img"),
    "image.sha256": Sample(_SHA256),
    "tempest": Sample(True, {"openstack.release": "fr3"}),
}
_SECTIONS: Mapping[str, Mapping[str, Sample]] = {
    f"hosts.{ANY}": _HOST,
    "topology": _TOPOLOGY,
    "networks": _NETWORKS,
    "openshift": _OPENSHIFT,
    "openstack": _OPENSTACK,
    "compute": _COMPUTE,
    "verification": _VERIFICATION,
}
_WHOLE_LAB = {
    "name": Sample("another"),
    "domain": Sample("example.org"),
    "generation": Sample(2),
    "through": Sample("dataplane"),
    "secret": Sample("sample-another-" + "0" * 32),
    "allowSampleSecret": Sample(False),
    "production": Sample(True),
}


def written_out() -> list[tuple[str, str]]:
    """(section, key) of the samples that are written out; those of services, rotation and timeouts are alike."""
    return [(section, key) for section, inside in {"": _WHOLE_LAB, **_SECTIONS}.items() for key in inside]


def sample(path: str) -> Sample:
    """The sample change of the setting at a path as the catalogue writes it. Raises LookupError for one without."""
    for section, inside in {"": _WHOLE_LAB, **_SECTIONS}.items():
        rest = path.removeprefix(f"{section}.") if section else path
        if (not section or rest != path) and rest in inside:
            return inside[rest]
    match path.split("."):
        case ["openstack", "services", name, key]:
            return _service(name)[key]
        case ["rotation", _]:
            return Sample(2)
        case ["timeouts", _]:
            return Sample(7200)
    raise LookupError(f"rehearsal/samples.py has no sample change of {path}")


def merged(below: Any, above: Any) -> Any:
    """A configuration with another laid over it, section by section."""
    if isinstance(below, Mapping) and isinstance(above, Mapping):
        return {**below, **{key: merged(below.get(key), value) for key, value in above.items()}}
    return above


def current(raw: Mapping[str, Any]) -> dict[str, object]:
    """Every setting's value in a lab (its configuration by key), by path as the catalogue writes it; lists whole."""
    settings = parse("rehearsal", raw)
    before = f"hosts.{settings.host_key}."
    return {
        path.replace(before, f"hosts.{ANY}."): value
        for path, value in values(settings).items()
        if path not in FILLED_IN
    }


def changed(raw: Mapping[str, Any], path: str) -> dict[str, Any]:
    """A lab's configuration with the sample change of one setting."""
    result: dict[str, Any] = copy.deepcopy(dict(raw))
    [host] = result["hosts"]
    made = sample(path)
    for place, value in {**made.along, path: made.value}.items():
        *sections, key = [host if step == ANY else step for step in place.split(".")]
        here = result
        for section in sections:
            here = here.setdefault(section, {})
        if value is GONE:
            here.pop(key, None)
        else:
            here[key] = copy.deepcopy(value)
    return result
