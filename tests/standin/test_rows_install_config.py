"""The installer's rules of install-config row by row: each row of agent-installer.md §1.4 (1 to 39) has a case here.

What a user's settings can violate is refused before any document is written: settings/test_settings_installer_rows.py.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from rehearsal.openshift_install import install_config
from rehearsal.openshift_install.fields import Document
from tests.lab import certificate
from tests.standin import documents
from tests.standin.spoil import MISSING, spoil

ROWS = range(1, 40)
NET, METAL, CAPABILITIES = "networking", "platform.baremetal", "capabilities.additionalEnabledCapabilities"
SINGLE = {"controlPlane.replicas": 1, "compute[0].replicas": 0}
RELEASE = {"source": "quay.io/openshift-release-dev/ocp-release", "mirrors": ["registry.example.com/release"]}
PROXY = {"httpProxy": "http://proxy.example.com:3128"}
JOIN = {"ipv4": {"internalJoinSubnet": "10.77.0.0/16"}}
IPV6 = [{"cidr": "fd01::/48", "hostPrefix": 60}]
VIPS = {"apiVIPs": ["192.168.130.5"], "ingressVIPs": ["192.168.130.7"]}
USERS = {"loadBalancer": {"type": "UserManaged"}}
SKIP = "OPENSHIFT_INSTALL_SKIP_HOSTCRYPT_VALIDATION"


def none_of(*capabilities: str) -> dict[str, Any]:
    """A capabilities section that begins with nothing."""
    return {"baselineCapabilitySet": "None", "additionalEnabledCapabilities": list(capabilities)}


@dataclass(frozen=True)
class Case:
    """A valid document with `changes`, in environment `given`, is refused (or, `warns`, remarked on) at `at`."""

    row: int
    name: str
    changes: dict[str, Any]
    at: str
    says: str
    warns: bool = False
    given: dict[str, str] = field(default_factory=dict)


def warned(row: int, name: str, changes: dict[str, Any], says: str, **given: str) -> Case:
    """A row that the real tool only remarks on: the document is accepted."""
    return Case(row, name, changes, "", says, True, given)


CASES = [
    Case(1, "no apiVersion", {"apiVersion": MISSING}, "apiVersion", "Required"),
    Case(1, "apiVersion that is not v1", {"apiVersion": "v2"}, "apiVersion", "cannot upconvert from version v2"),
    Case(2, "a name of 55 characters", {"metadata.name": "a" * 55}, "metadata.name", "no more than 54 characters"),
    Case(2, "a name in capitals", {"metadata.name": "Lab"}, "metadata.name", "RFC 1123"),
    Case(3, "a dot in the name on baremetal", {"metadata.name": "a.b"}, "metadata.name", "must not contain '.'"),
    Case(4, "a domain that is none", {"baseDomain": "exa_mple.com"}, "baseDomain", "RFC 1123"),
    Case(4, "too long with the name before it", {"baseDomain": "a." * 125 + "b"}, "baseDomain", "no more than 253"),
    Case(5, "a pull secret that is no JSON", {"pullSecret": "{"}, "pullSecret", "invalid JSON"),
    Case(5, "a pull secret for no registry", {"pullSecret": '{"auths": {}}'}, "pullSecret", "auths required"),
    Case(5, "no credentials", {"pullSecret": '{"auths": {"quay.io": {}}}'}, "pullSecret", "auth or credsStore"),
    Case(6, "a key that is none", {"sshKey": "ssh-rsa AAAA"}, "sshKey", "no key found"),
    Case(6, "the second of two", {"sshKey": f"{documents.ECDSA_KEY}\nssh-rsa AAAA"}, "sshKey", "no key found"),
    Case(7, "ed25519 and FIPS", {"fips": True, "sshKey": documents.ED25519_KEY}, "sshKey", "unavailable when FIPS"),
    Case(7, "FIPS on a host without", {"fips": True}, "fips", "Forbidden: target cluster is in FIPS mode"),
    warned(7, "the way out of the host's check", {"fips": True}, "installer's host is not", **{SKIP: "1"}),
    Case(8, "no certificate", {"additionalTrustBundle": "AAAA"}, "additionalTrustBundle", "invalid block"),
    Case(8, "a blank tail", {"additionalTrustBundle": certificate() + "\n"}, "additionalTrustBundle", "invalid block"),
    Case(9, "another policy", {"additionalTrustBundlePolicy": "On"}, "additionalTrustBundlePolicy", '"Proxyonly"'),
    Case(10, "OpenShiftSDN", {f"{NET}.networkType": "OpenShiftSDN"}, f"{NET}.networkType", "use OVNKubernetes"),
    Case(10, "Kuryr", {f"{NET}.networkType": "Kuryr"}, f"{NET}.networkType", "use OVNKubernetes"),
    Case(
        11,
        "host bits",
        {f"{NET}.clusterNetwork[0].cidr": "10.128.0.1/14"},
        f"{NET}.clusterNetwork[0].cidr",
        "got 10.128.0.1/14, expecting 10.128.0.0/14",
    ),
    Case(11, "0.0.0.0", {f"{NET}.serviceNetwork[0]": "0.0.0.0/0"}, f"{NET}.serviceNetwork[0]", "not 0.0.0.0"),
    Case(12, "services of a /11", {f"{NET}.serviceNetwork": ["20.0.0.0/11"]}, f"{NET}.serviceNetwork[0]", "/12 or"),
    Case(
        13,
        "services among the machines",
        {f"{NET}.serviceNetwork": ["192.168.0.0/16"]},
        f"{NET}.serviceNetwork[0]",
        "must not overlap with 192.168.130.0/24",
    ),
    Case(
        13,
        "two machine networks that overlap",
        {f"{NET}.machineNetwork": [{"cidr": "192.168.130.0/24"}, {"cidr": "192.168.130.128/25"}]},
        f"{NET}.machineNetwork[1].cidr",
        "must not overlap with 192.168.130.0/24",
    ),
    Case(14, "join", {f"{NET}.serviceNetwork": ["100.64.0.0/16"]}, f"{NET}.serviceNetwork[0]", "join subnet"),
    Case(14, "transit", {f"{NET}.serviceNetwork": ["100.88.0.0/16"]}, f"{NET}.serviceNetwork[0]", "transit subnet"),
    Case(14, "masquerade", {f"{NET}.serviceNetwork": ["169.254.0.0/20"]}, f"{NET}.serviceNetwork[0]", "masquerade"),
    warned(15, "Docker's bridge", {f"{NET}.serviceNetwork": ["172.17.0.0/16"]}, "overlaps with default Docker Bridge"),
    Case(
        16,
        "a node's pods larger than all",
        {f"{NET}.clusterNetwork[0].hostPrefix": 13},
        f"{NET}.clusterNetwork[0].hostPrefix",
        "must not be larger size than CIDR",
    ),
    Case(
        16,
        "two sizes",
        {f"{NET}.clusterNetwork": [{"cidr": f"10.{n}.0.0/16", "hostPrefix": n} for n in (23, 24)]},
        f"{NET}.clusterNetwork",
        "must be the same value",
    ),
    Case(16, "IPv6", {f"{NET}.clusterNetwork": IPV6}, f"{NET}.clusterNetwork[0].hostPrefix", "must be 64 for IPv6"),
    Case(
        17,
        "two service networks",
        {f"{NET}.serviceNetwork": ["172.30.0.0/16", "172.31.0.0/16"]},
        f"{NET}.serviceNetwork",
        "only one service network can be specified",
    ),
    Case(18, "the pods' MTU", {f"{NET}.clusterNetworkMTU": 8900}, f"{NET}.clusterNetworkMTU", "only in AWS"),
    Case(19, "no API VIP", {f"{METAL}.apiVIPs": MISSING}, f"{METAL}.apiVIPs", "at least one VIP for the API"),
    Case(19, "no ingress VIP", {f"{METAL}.ingressVIPs": []}, f"{METAL}.ingressVIPs", "one VIP for the Ingress"),
    Case(19, "three", {f"{METAL}.apiVIPs": [f"192.168.130.{n}" for n in (2, 3, 4)]}, f"{METAL}.apiVIPs", "Too many"),
    Case(19, "a VIP by name", {f"{METAL}.apiVIPs": ["api"]}, f"{METAL}.apiVIPs", '"api" is not a valid IP'),
    Case(
        20,
        "one VIP for both",
        {f"{METAL}.apiVIPs": ["192.168.130.7"]},
        f"{METAL}.apiVIPs",
        "VIP for API must not be one of the Ingress VIPs",
    ),
    Case(
        21,
        "a VIP in another network",
        {f"{METAL}.ingressVIPs": ["192.168.131.7"]},
        f"{METAL}.ingressVIPs",
        "expected to be in one of the machine networks: 192.168.130.0/24",
    ),
    Case(
        22,
        "two VIPs of one family",
        {f"{METAL}.ingressVIPs": ["192.168.130.7", "192.168.130.8"]},
        f"{METAL}.ingressVIPs",
        "one must be an IPv4 address, the other an IPv6",
    ),
    Case(23, "the network", {f"{METAL}.apiVIPs": ["192.168.130.0"]}, f"{METAL}.apiVIPs", "network or broadcast"),
    Case(23, "broadcast", {f"{METAL}.apiVIPs": ["192.168.130.255"]}, f"{METAL}.apiVIPs", "network or broadcast"),
    Case(24, "two platforms", {"platform.none": {}}, "platform", "must only specify a single type of platform"),
    Case(25, "a cloud", {"platform": {"aws": {}}}, "platform", '"baremetal", "vsphere", "nutanix", "none", "external"'),
    Case(26, "another pool", {"compute[0].name": "edge"}, "compute[0].name", 'supported values: "worker"'),
    Case(26, "a pool twice", {"compute": [{"name": "worker", "replicas": 1}] * 2}, "compute[1].name", "Duplicate"),
    Case(26, "less than nothing", {"compute[0].replicas": -1}, "compute[0].replicas", "must not be negative"),
    Case(27, "two masters", {"controlPlane.replicas": 2}, "controlPlane.replicas", 'values: "3", "1", "4", "5"'),
    Case(27, "six masters", {"controlPlane.replicas": 6}, "controlPlane.replicas", "Unsupported value: 6"),
    Case(
        28, "one master with workers", {"controlPlane.replicas": 1}, "compute", "must be 0 when controlPlane.replicas"
    ),
    Case(29, "one master on baremetal", SINGLE, "platform", "only platform none and external supports 1 ControlPlane"),
    Case(
        29,
        "one master with another network",
        {**SINGLE, f"{NET}.networkType": "Calico", "platform": {"none": {}}},
        f"{NET}.networkType",
        "Only OVNKubernetes",
    ),
    Case(30, "a CPU of no release", {"controlPlane.architecture": "arm64"}, "controlPlane.architecture", '"amd64"'),
    Case(31, "no proxy", {"proxy": {"noProxy": "a.b"}}, "proxy", "must include httpProxy or httpsProxy"),
    Case(31, "https for http", {"proxy": {"httpProxy": "https://p"}}, "proxy.httpProxy", "unsupported scheme https"),
    Case(31, "ftp for https", {"proxy": {"httpsProxy": "ftp://p"}}, "proxy.httpsProxy", "unsupported scheme ftp"),
    Case(
        31, "a proxy that is a pod", {"proxy": {"httpProxy": "http://10.128.9.9:1"}}, "proxy.httpProxy", "cluster net"
    ),
    Case(31, "a service", {"proxy": {"httpsProxy": "http://172.30.9.9:1"}}, "proxy.httpsProxy", "service networks"),
    Case(
        31,
        "a proxy inside OVN",
        {"proxy": {"httpProxy": "http://10.77.9.9:1"}, f"{NET}.ovnKubernetesConfig": JOIN},
        "proxy.httpProxy",
        "InternalJoinSubnet",
    ),
    Case(31, "spaces", {"proxy": {**PROXY, "noProxy": "a.b, c.d"}}, "proxy.noProxy", "must not have spaces"),
    Case(31, "a wildcard", {"proxy": {**PROXY, "noProxy": "a.b,*.c.d"}}, "proxy.noProxy", 'element 1 "*.c.d"'),
    Case(31, "a star among others", {"proxy": {**PROXY, "noProxy": "*,a.b"}}, "proxy.noProxy", 'element 0 "*"'),
    Case(31, "nothing among others", {"proxy": {**PROXY, "noProxy": "a.b,"}}, "proxy.noProxy", 'element 1 ""'),
    Case(
        32,
        "a source with its tag",
        {"imageDigestSources": [RELEASE | {"source": "quay.io/a/b:v1"}]},
        "imageDigestSources[0].source",
        "must be repository--not reference",
    ),
    Case(
        32,
        "a mirror with a digest",
        {"imageDigestSources": [RELEASE | {"mirrors": ["m.example.com/a@sha256:0"]}]},
        "imageDigestSources[0].mirrors[0]",
        "must be repository--not reference",
    ),
    Case(
        32,
        "in the old way and the new",
        {"imageDigestSources": [RELEASE], "imageContentSources": [RELEASE]},
        "imageContentSources",
        "cannot set imageContentSources and imageDigestSources",
    ),
    warned(
        33,
        "a mirror that nobody may pull from",
        {"imageDigestSources": [RELEASE | {"mirrors": ["mirror.example.com/release"]}]},
        "no credentials for mirror mirror.example.com/release",
    ),
    warned(
        34,
        "mirrors of something else than the release",
        {"imageDigestSources": [RELEASE | {"source": "quay.io/other/images"}]},
        "at least one source field matching the releaseImage value quay.io/openshift-release-dev/ocp-release",
    ),
    warned(
        34,
        "another release than the binary's own",
        {"imageDigestSources": [RELEASE]},
        "matching the releaseImage value registry.example.com:5000/mine@sha256:00",
        OPENSHIFT_INSTALL_RELEASE_IMAGE_OVERRIDE="registry.example.com:5000/mine@sha256:00",
    ),
    Case(
        35, "no set", {"capabilities": {"baselineCapabilitySet": "v3"}}, "capabilities.baselineCapabilitySet", "Unsupp"
    ),
    Case(35, "no capability", {"capabilities": none_of("Teapot")}, CAPABILITIES, 'Unsupported value: "Teapot"'),
    Case(35, "baremetal", {"capabilities": none_of("Ingress")}, CAPABILITIES, "requires the baremetal capability"),
    Case(
        35, "its machines", {"capabilities": none_of("baremetal")}, CAPABILITIES, "requires the MachineAPI capability"
    ),
    Case(35, "marketplace", {"capabilities": none_of("marketplace")}, CAPABILITIES, "OperatorLifecycleManager"),
    Case(35, "ingress", {"capabilities": none_of("baremetal")}, CAPABILITIES, "the Ingress capability is required"),
    Case(36, "a mode of credentials", {"credentialsMode": "Manual"}, "credentialsMode", "cannot be set when using"),
    Case(37, "published inside", {"publish": "Internal"}, "publish", "Internal publish strategy is not supported"),
    warned(
        38,
        "hosts of the other installer, too few and nameless, without a BMC",
        {f"{METAL}.hosts": [{}, {}], f"{METAL}.provisioningNetwork": "Managed"},
        "hosts from install-config.yaml are ignored",
    ),
    Case(
        39, "SNO in place", {**SINGLE, "bootstrapInPlace": {"installationDisk": "/dev/vda"}}, "bootstrapInPlace", "not"
    ),
]

NEVER_EMPTY = ("networkType", "machineNetwork", "clusterNetwork", "serviceNetwork")
"""The half of row 10 that can't occur: what is missing in the networking section gets the installer's default first."""


def read(changes: dict[str, Any]) -> Document:
    """What there is to say about a valid document with `changes`."""
    config = documents.install_config()
    for path, value in changes.items():
        spoil(config, path, value)
    document = Document(strict=False)
    install_config.read(document, config)
    return document


def test_every_row_has_a_case() -> None:
    assert sorted({case.row for case in CASES}) == list(ROWS)
    assert {case.row for case in CASES if case.warns} == {7, 15, 33, 34, 38}
    assert {case.row for case in CASES if not case.warns} == set(ROWS) - {15, 33, 34, 38}


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.row}: {case.name}")
def test_what_breaks_a_row_is_refused_or_remarked_on_as_the_row_says(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in case.given.items():
        monkeypatch.setenv(name, value)
    document = read(case.changes)
    if case.warns:
        assert document.problems == []
        assert [one for one in document.warnings if case.says in one], document.warnings
    else:
        assert [one for one in document.problems if one.startswith(f"{case.at}: ") and case.says in one], (
            document.problems
        )


@pytest.mark.parametrize("key", NEVER_EMPTY)
def test_what_is_missing_in_networking_is_filled_in_before_it_is_looked_at(key: str) -> None:
    """Row 10. `networking` itself as well."""
    metal = {"apiVIPs": ["10.0.0.5"], "ingressVIPs": ["10.0.0.7"]}
    assert read({f"{NET}.{key}": MISSING, METAL: metal if key == "machineNetwork" else VIPS}).problems == []
    assert read({NET: MISSING, METAL: metal}).problems == []


ALLOWED: list[tuple[int, str, dict[str, Any]]] = [
    (3, "a dot in the name where there is no VIP", {"metadata.name": "a.b", "platform": {"none": {}}}),
    (5, "credentials in a store", {"pullSecret": '{"auths": {"quay.io": {"credsStore": "desktop"}}}'}),
    (
        14,
        "OVN's default join subnet where another is chosen",
        {
            NET: {
                "machineNetwork": [{"cidr": "192.168.130.0/24"}],
                "serviceNetwork": ["100.64.0.0/16"],
                "ovnKubernetesConfig": JOIN,
            }
        },
    ),
    (20, "one VIP behind the user's own load balancer", {METAL: VIPS | USERS | {"apiVIPs": ["192.168.130.7"]}}),
    (21, "a VIP elsewhere behind it", {METAL: VIPS | USERS | {"apiVIPs": ["10.9.9.9"]}}),
    (
        22,
        "a VIP of each family",
        {
            f"{METAL}.apiVIPs": ["192.168.130.5", "fd00::5"],
            f"{NET}.machineNetwork": [{"cidr": "192.168.130.0/24"}, {"cidr": "fd00::/64"}],
        },
    ),
    (27, "five masters", {"controlPlane.replicas": 5}),
    (29, "one master on its own", {**SINGLE, "platform": {"none": {}}}),
    (31, "a star alone", {"proxy": {**PROXY, "noProxy": "*"}}),
    (31, "a domain with its dots", {"proxy": {**PROXY, "noProxy": ".a.b.,10.0.0.0/8,10.1.1.1"}}),
    (34, "a mirror of the release", {"imageDigestSources": [RELEASE]}),
    (35, "all that an empty set needs", {"capabilities": none_of("baremetal", "MachineAPI", "Ingress")}),
]


@pytest.mark.parametrize(("row", "name", "changes"), ALLOWED, ids=lambda value: str(value)[:50])
def test_what_a_row_lets_pass_is_accepted_without_a_remark(row: int, name: str, changes: dict[str, Any]) -> None:
    document = read(changes)
    assert (document.problems, document.warnings) == ([], []), f"row {row}: {name}"
