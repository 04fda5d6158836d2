"""The options of an installation, each as a small lab: tests/golden/options shows them, the stand-in takes them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from network import Plan
from network import plan as make_plan
from settings import Settings, parse
from tests.lab import configuration

CERTIFICATE = """\
-----BEGIN CERTIFICATE-----
MIIBOTCB4KADAgECAgEBMAoGCCqGSM49BAMCMBwxGjAYBgNVBAMMEUV4YW1wbGUg
YXV0aG9yaXR5MB4XDTI2MDEwMTAwMDAwMFoXDTM2MDEwMTAwMDAwMFowHDEaMBgG
A1UEAwwRRXhhbXBsZSBhdXRob3JpdHkwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNC
AAQVPcaBWN40A9sRb+3FOj1S0qBP5nRkyLOsvg63k6unAmjroOR2ONJBwMZ7yPj+
tRbZB+t6vR+yPYiheqpWY85EoxMwETAPBgNVHRMBAf8EBTADAQH/MAoGCCqGSM49
BAMCA0gAMEUCIHh8mEFWwhfB1om0rd6SoRAXpMkLxFrcaGbbEGwfbtiaAiEAhUk5
FAngAV8RP/fmFQLZyVhBveCsmBrMoLH8YG4JiDo=
-----END CERTIFICATE-----
"""
"""Of an authority that signs nothing: its key is not kept."""
KEY = (
    "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBAiga4WG"
    "kDdNwQz+HQQd2gI6LsR9ZVzM8aPL3B5w5Dv52eX8W9L2jz3m4AlOTkbYo+nsdy3NnHNCw7R6vuEUe58= me"
)
PROXY = "http://proxy.example.com:3128"
RELEASE = {
    "source": "quay.io/openshift-release-dev/ocp-release",
    "mirrors": ["registry.example.com/openshift/release-images"],
}
ARTIFACTS = {
    "source": "quay.io/openshift-release-dev/ocp-v4.0-art-dev",
    "mirrors": ["registry.example.com/openshift/release"],
}
STRANGER = {"source": "quay.io/other/images", "mirrors": ["mirror.example.com:5000/other/images"]}
BRIDGE = {
    "mode": "bridge",
    "bridge": "br0",
    "cidr": "192.168.130.0/24",
    "gateway": "192.168.130.254",
    "dns": ["192.0.2.53", "192.0.2.54"],
}
SKIP_HOSTCRYPT = {"OPENSHIFT_INSTALL_SKIP_HOSTCRYPT_VALIDATION": "1"}
SMALL = {"topology.workers.count": 2, "topology.computes.count": 0}
"""Few machines, so that a golden file can be read."""


@dataclass(frozen=True)
class Option:
    """Settings beside the smallest lab's; what the installer is told by its environment, and what it remarks on."""

    changes: dict[str, Any]
    remarks: tuple[str, ...] = ()
    environment: dict[str, str] = field(default_factory=dict)


OPTIONS: dict[str, Option] = {
    "three-and-workers": Option({}),
    "compact": Option({"topology.workers.count": 0}),
    "single-node": Option({"topology.masters.count": 1, "topology.workers.count": 0}),
    "five-masters": Option({"topology.masters.count": 5}),
    "proxy": Option(
        {
            "openshift.proxy": {"http": PROXY, "https": PROXY, "noProxy": [".example.com", "192.0.2.0/24"]},
            "openshift.trustBundle": CERTIFICATE,
        }
    ),
    "disconnected": Option({"openshift.mirrors": [RELEASE, ARTIFACTS], "openshift.trustBundle": CERTIFICATE}),
    "mirrors-of-no-release": Option(
        {"openshift.mirrors": [STRANGER]},
        (
            f"imageDigestSources[0].mirrors[0]: pullSecret has no credentials for mirror {STRANGER['mirrors'][0]}",
            "The imageDigestSources configuration in install-config.yaml should have at least one source field "
            "matching the releaseImage value quay.io/openshift-release-dev/ocp-release",
        ),
    ),
    "trust-bundle": Option({"openshift.trustBundle": CERTIFICATE, "openshift.trustPolicy": "Proxyonly"}),
    "ntp": Option({"openshift.ntp": ["192.168.130.1", "ntp.example.com"]}),
    "fips": Option(
        {"openshift.fips": True, "openshift.sshKeys": [KEY]},
        ("target cluster is in FIPS mode but the installer's host is not",),
        SKIP_HOSTCRYPT,
    ),
    "capabilities": Option(
        {
            "openshift.capabilities": {
                "baseline": "None",
                "additional": [
                    "Ingress",
                    "baremetal",
                    "MachineAPI",
                    "OperatorLifecycleManager",
                    "marketplace",
                    "Console",
                ],
            }
        }
    ),
    "ssh-keys": Option({"openshift.sshKeys": [KEY, KEY.replace(" me", " another")]}),
    "addresses": Option(
        {
            "openshift.apiVip": "192.168.130.10",
            "openshift.ingressVip": "192.168.130.11",
            "openshift.podNetwork": "10.200.0.0/16",
            "openshift.podHostPrefix": 24,
            "openshift.serviceNetwork": "10.201.0.0/16",
        }
    ),
    "services-on-dockers-range": Option(
        {"networks.block": "10.60.0.0/21", "openshift.serviceNetwork": "172.17.0.0/16"},
        ("networking.serviceNetwork[0]: 172.17.0.0/16 overlaps with default Docker Bridge subnet",),
    ),
    "existing-bridge": Option({"networks.machine": BRIDGE}),
    "jumbo-frames": Option({"networks.machine.mtu": 9000, "networks.ctlplane.mtu": 9000}),
    "workers-on-external": Option({"networks.external.roles": ["computes", "workers"]}),
}


def lab(option: str) -> tuple[Settings, Plan]:
    """The small lab with one option."""
    settings = parse("lab", configuration(SMALL | OPTIONS[option].changes))
    return settings, make_plan(settings)
