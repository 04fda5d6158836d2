"""Every rule of install-config: a document that breaks it is refused, and the complaint names the field."""

from __future__ import annotations

import pytest

from rehearsal.openshift_install import install_config
from rehearsal.openshift_install.fields import Document
from tests.standin import documents
from tests.standin.spoil import MISSING, spoil

NET = "networking"
METAL = "platform.baremetal"
MIRROR = {"source": "quay.io/a/b", "mirrors": ["mirror.example.com/a/b"]}
SINGLE: list[tuple[str, object]] = [("controlPlane.replicas", 1), ("compute[0].replicas", 0)]

# (what is changed: path, value), the field that the complaint begins with, a piece of its reason
RULES: list[tuple[list[tuple[str, object]], str, str]] = [
    ([("apiVersion", MISSING)], "apiVersion", "Required"),
    ([("apiVersion", "v1beta1")], "apiVersion", "cannot upconvert from version v1beta1"),
    ([("metadata.name", "Lab")], "metadata.name", "RFC 1123"),
    ([("metadata.name", "a" * 55)], "metadata.name", "54 characters"),
    ([("metadata.name", "a.b")], "metadata.name", "must not contain '.'"),
    ([("metadata.name", MISSING)], "metadata.name", "Required"),
    ([("baseDomain", "exa_mple.com")], "baseDomain", "RFC 1123"),
    ([("baseDomain", MISSING)], "baseDomain", "Required"),
    ([("pullSecret", MISSING)], "pullSecret", "Required"),
    ([("pullSecret", "{")], "pullSecret", "invalid JSON"),
    ([("pullSecret", '{"auths": {}}')], "pullSecret", "auths required"),
    ([("pullSecret", "[]")], "pullSecret", "auths required"),
    ([("pullSecret", '{"auths": {"quay.io": {}}}')], "pullSecret", "requires either auth or credsStore"),
    ([("sshKey", "ssh-rsa nonsense")], "sshKey", "no key found"),
    ([("sshKey", documents.ECDSA_KEY + "\nnonsense")], "sshKey", "no key found"),
    ([("fips", True), ("sshKey", documents.ED25519_KEY)], "sshKey", "unavailable when FIPS is enabled"),
    ([("fips", True)], "fips", "installer's host is not"),
    ([("additionalTrustBundle", "no certificate")], "additionalTrustBundle", "invalid block"),
    ([("additionalTrustBundlePolicy", "Sometimes")], "additionalTrustBundlePolicy", '"Always"'),
    ([(NET, "flat")], "networking", "must be a mapping"),
    ([(NET, MISSING)], f"{METAL}.apiVIPs", "one of the machine networks: 10.0.0.0/16"),
    ([(f"{NET}.machineNetwork", [])], f"{METAL}.ingressVIPs", "one of the machine networks: 10.0.0.0/16"),
    (
        [(f"{NET}.clusterNetwork", []), (f"{NET}.serviceNetwork", ["10.128.0.0/16"])],
        f"{NET}.serviceNetwork[0]",
        "must not overlap with 10.128.0.0/14",
    ),
    (
        [(f"{NET}.serviceNetwork", []), (f"{NET}.machineNetwork[0].cidr", "172.30.0.0/16")],
        f"{NET}.serviceNetwork[0]",
        "must not overlap with 172.30.0.0/16",
    ),
    ([(f"{NET}.networkType", "OpenShiftSDN")], "networking.networkType", "use OVNKubernetes"),
    ([(f"{NET}.networkType", "Kuryr")], "networking.networkType", "use OVNKubernetes"),
    ([(f"{NET}.networkType", "openshiftsdn")], "networking.networkType", "use OVNKubernetes"),
    (
        [(f"{NET}.networkType", ""), (f"{NET}.serviceNetwork[0]", "100.88.0.0/16")],
        f"{NET}.serviceNetwork[0]",
        "transit",
    ),
    ([(f"{NET}.machineNetwork[0].cidr", "192.168.130.9/24")], f"{NET}.machineNetwork[0].cidr", "192.168.130.0/24"),
    ([(f"{NET}.machineNetwork[0].cidr", "0.0.0.0/0")], f"{NET}.machineNetwork[0].cidr", "0.0.0.0"),
    ([(f"{NET}.machineNetwork[0].cidr", "lan")], f"{NET}.machineNetwork[0].cidr", "invalid CIDR"),
    ([(f"{NET}.serviceNetwork[0]", "172.0.0.0/8")], f"{NET}.serviceNetwork[0]", "/12 or greater"),
    ([(f"{NET}.serviceNetwork[0]", "192.168.0.0/16")], f"{NET}.serviceNetwork[0]", "must not overlap with"),
    ([(f"{NET}.clusterNetwork[0].cidr", "192.168.128.0/17")], f"{NET}.clusterNetwork[0].cidr", "must not overlap"),
    ([(f"{NET}.clusterNetwork[0].cidr", "100.64.0.0/14")], f"{NET}.clusterNetwork[0].cidr", "default join subnet"),
    ([(f"{NET}.clusterNetwork[0].cidr", "100.88.0.0/16")], f"{NET}.clusterNetwork[0].cidr", "default transit subnet"),
    ([(f"{NET}.serviceNetwork[0]", "169.254.0.0/20")], f"{NET}.serviceNetwork[0]", "default masquerade subnet"),
    (
        [(f"{NET}.ovnKubernetesConfig", {"ipv4": {"internalJoinSubnet": "192.168.130.0/24"}})],
        f"{NET}.machineNetwork[0].cidr",
        "join subnet",
    ),
    ([(f"{NET}.clusterNetwork[0].hostPrefix", 13)], f"{NET}.clusterNetwork[0].hostPrefix", "larger size than CIDR"),
    (
        [(f"{NET}.clusterNetwork[0].hostPrefix", MISSING)],
        f"{NET}.clusterNetwork[0].hostPrefix",
        "larger size than CIDR",
    ),
    (
        [
            (
                f"{NET}.clusterNetwork",
                [{"cidr": "10.128.0.0/14", "hostPrefix": 23}, {"cidr": "10.132.0.0/14", "hostPrefix": 24}],
            )
        ],
        f"{NET}.clusterNetwork",
        "same value",
    ),
    ([(f"{NET}.serviceNetwork", ["172.30.0.0/16", "172.31.0.0/16"])], f"{NET}.serviceNetwork", "only one service"),
    ([(f"{NET}.clusterNetworkMTU", 1400)], f"{NET}.clusterNetworkMTU", "only in AWS"),
    ([(f"{METAL}.apiVIPs", [])], f"{METAL}.apiVIPs", "at least one VIP for the API"),
    ([(f"{METAL}.ingressVIPs", MISSING)], f"{METAL}.ingressVIPs", "at least one VIP for the Ingress"),
    ([(f"{METAL}.apiVIP", "192.168.130.6")], f"{METAL}.apiVIPs", '"192.168.130.6": apiVIPs is deprecated'),
    ([(f"{METAL}.ingressVIP", "192.168.130.6")], f"{METAL}.ingressVIPs", "only ingressVIP needs to be specified"),
    ([(f"{METAL}.apiVIPs", []), (f"{METAL}.apiVIP", "gateway")], f"{METAL}.apiVIPs", "not a valid IP"),
    ([(f"{METAL}.apiVIPs", ["192.168.130.5"] * 3)], f"{METAL}.apiVIPs", "Too many"),
    ([(f"{METAL}.apiVIPs", ["gateway"])], f"{METAL}.apiVIPs", "not a valid IP"),
    ([(f"{METAL}.apiVIPs", ["192.168.130.7"])], f"{METAL}.apiVIPs", "must not be one of the Ingress VIPs"),
    ([(f"{METAL}.ingressVIPs", ["192.168.131.7"])], f"{METAL}.ingressVIPs", "one of the machine networks"),
    ([(f"{METAL}.apiVIPs", ["192.168.130.5", "192.168.130.6"])], f"{METAL}.apiVIPs", "the other an IPv6"),
    ([(f"{METAL}.apiVIPs", ["192.168.130.255"])], f"{METAL}.apiVIPs", "broadcast"),
    ([("platform.none", {})], "platform", "single type of platform"),
    ([("platform", {"aws": {}})], "platform", "Unsupported value"),
    ([("compute[0].name", "edge")], "compute[0].name", "Unsupported value"),
    ([("compute[0].name", MISSING)], "compute[0].name", 'Unsupported value: ""'),
    ([("compute", [{"name": "worker", "replicas": 1}] * 2)], "compute[1].name", "Duplicate"),
    ([("compute[0].replicas", -1)], "compute[0].replicas", "not be negative"),
    ([("compute[0].replicas", "2")], "compute[0].replicas", "must be an integer"),
    ([("controlPlane.architecture", "arm64")], "controlPlane.architecture", "Unsupported value"),
    ([("controlPlane.replicas", 2)], "controlPlane.replicas", 'supported values: "3", "1", "4", "5"'),
    ([("controlPlane", MISSING), ("compute", "many")], "compute", "must be a list"),
    ([("controlPlane.replicas", 1), ("compute", [])], "compute", "Invalid value: 3: Total number of compute replicas"),
    ([("controlPlane.replicas", 1)], "compute", "must be 0 when controlPlane.replicas is 1"),
    (SINGLE, "platform", "only platform none and external"),
    ([*SINGLE, (f"{NET}.networkType", "Calico")], "networking.networkType", "Only OVNKubernetes"),
    ([*SINGLE, ("bootstrapInPlace", {"installationDisk": "/dev/vda"})], "bootstrapInPlace", "not supported"),
    ([("proxy", {"noProxy": "a.b"})], "proxy", "must include httpProxy or httpsProxy"),
    ([("proxy", {"httpProxy": "https://proxy.example.com"})], "proxy.httpProxy", "unsupported scheme"),
    ([("proxy", {"httpsProxy": "proxy:3128"})], "proxy.httpsProxy", "unsupported scheme"),
    ([("proxy", {"httpProxy": "http://p", "noProxy": "a.b, c.d"})], "proxy.noProxy", "noProxy"),
    ([("proxy", {"httpProxy": "http://p", "noProxy": "*.a.b"})], "proxy.noProxy", "without wildcard"),
    (
        [("imageDigestSources", [MIRROR | {"source": "quay.io/a/b:v1"}])],
        "imageDigestSources[0].source",
        "not reference",
    ),
    (
        [("imageDigestSources", [MIRROR | {"mirrors": ["m.example.com/a@sha256:0"]}])],
        "imageDigestSources[0].mirrors[0]",
        "not reference",
    ),
    ([("imageDigestSources", [MIRROR]), ("imageContentSources", [MIRROR])], "imageContentSources", "cannot set"),
    ([("capabilities", {"baselineCapabilitySet": "v3"})], "capabilities.baselineCapabilitySet", "Unsupported"),
    (
        [("capabilities", {"additionalEnabledCapabilities": ["Teapot"]})],
        "capabilities.additionalEnabledCapabilities",
        "Unsupported",
    ),
    (
        [("capabilities", {"baselineCapabilitySet": "None", "additionalEnabledCapabilities": ["Ingress"]})],
        "capabilities.additionalEnabledCapabilities",
        "requires the baremetal capability",
    ),
    (
        [("capabilities", {"baselineCapabilitySet": "None", "additionalEnabledCapabilities": ["baremetal"]})],
        "capabilities.additionalEnabledCapabilities",
        "the Ingress capability is required",
    ),
    (
        [("capabilities", {"baselineCapabilitySet": "None", "additionalEnabledCapabilities": ["marketplace"]})],
        "capabilities.additionalEnabledCapabilities",
        "OperatorLifecycleManager",
    ),
    ([("credentialsMode", "Manual")], "credentialsMode", "cannot be set"),
    ([("publish", "Internal")], "publish", "not supported"),
    ([("publish", "Mixed")], "publish", "not supported"),
    ([("cpuPartitioningMode", "Some")], "cpuPartitioningMode", "Unsupported"),
]

# (what is accepted: path, value), masters, workers, machine network, API VIP
DEFAULTS: list[tuple[list[tuple[str, object]], tuple[int, int, str, str]]] = [
    ([], (3, 2, "192.168.130.0/24", "192.168.130.5")),
    ([("apiVersion", "v1beta4")], (3, 2, "192.168.130.0/24", "192.168.130.5")),
    ([("controlPlane", MISSING)], (3, 2, "192.168.130.0/24", "192.168.130.5")),
    ([("controlPlane", None)], (3, 2, "192.168.130.0/24", "192.168.130.5")),
    ([("controlPlane.name", "control")], (3, 2, "192.168.130.0/24", "192.168.130.5")),
    ([("controlPlane", {"replicas": 5})], (5, 2, "192.168.130.0/24", "192.168.130.5")),
    ([("compute", MISSING)], (3, 3, "192.168.130.0/24", "192.168.130.5")),
    ([("compute", [])], (3, 3, "192.168.130.0/24", "192.168.130.5")),
    ([("compute[0].replicas", MISSING)], (3, 3, "192.168.130.0/24", "192.168.130.5")),
    ([("compute[0].replicas", 0)], (3, 0, "192.168.130.0/24", "192.168.130.5")),
    ([(f"{NET}.networkType", "")], (3, 2, "192.168.130.0/24", "192.168.130.5")),
    ([(f"{NET}.networkType", "ovnkubernetes")], (3, 2, "192.168.130.0/24", "192.168.130.5")),
    ([(f"{NET}.clusterNetwork", []), (f"{NET}.serviceNetwork", None)], (3, 2, "192.168.130.0/24", "192.168.130.5")),
    (
        [(NET, MISSING), (METAL, {"apiVIPs": ["10.0.0.5"], "ingressVIPs": ["10.0.0.7"]})],
        (3, 2, "10.0.0.0/16", "10.0.0.5"),
    ),
]

REMARKS: list[tuple[str, object, str]] = [
    ("surprise", 1, "surprise: failed to parse first occurrence of unknown field"),
    (f"{METAL}.surprise", 1, f"{METAL}.surprise: failed to parse first occurrence of unknown field"),
    (f"{NET}.serviceNetwork", ["172.17.0.0/16"], "Docker Bridge"),
    (f"{METAL}.apiVIP", "192.168.130.5", "apiVIP is deprecated; please use apiVIPs"),
    (METAL, {"apiVIP": "192.168.130.5", "ingressVIP": "192.168.130.7"}, "ingressVIP is deprecated"),
    (f"{METAL}.hosts", [{"name": "x"}], "ignored"),
    ("controlPlane.hyperthreading", "Disabled", "ignored"),
    ("imageDigestSources", [MIRROR], "no credentials for mirror"),
]


def problems(changes: list[tuple[str, object]]) -> Document:
    """What there is to say about a valid document with `changes` applied."""
    return read(changes)[0]


def read(changes: list[tuple[str, object]]) -> tuple[Document, install_config.InstallConfig]:
    """Read a valid document with `changes` applied."""
    config = documents.install_config()
    for path, value in changes:
        spoil(config, path, value)
    document = Document(strict=False)
    return document, install_config.read(document, config)


def test_a_valid_document_is_accepted_without_a_remark() -> None:
    """Otherwise the rows below would prove nothing."""
    document = problems([])
    assert (document.problems, document.warnings) == ([], [])


@pytest.mark.parametrize(("changes", "field", "reason"), RULES, ids=lambda value: str(value)[:50])
def test_a_broken_rule_is_refused_and_names_the_field(
    changes: list[tuple[str, object]], field: str, reason: str
) -> None:
    """The complaint begins with the field's path and gives the reason."""
    found = problems(changes).problems
    assert [one for one in found if one.startswith(f"{field}: ") and reason in one], found


@pytest.mark.parametrize(("path", "value", "remark"), REMARKS, ids=lambda value: str(value)[:50])
def test_what_the_real_tool_only_remarks_on_is_accepted(path: str, value: object, remark: str) -> None:
    """A warning, and no complaint."""
    document = problems([(path, value)])
    assert document.problems == []
    assert [one for one in document.warnings if remark in one], document.warnings


@pytest.mark.parametrize(("changes", "wanted"), DEFAULTS, ids=lambda value: str(value)[:50])
def test_what_is_left_out_has_the_installers_default(
    changes: list[tuple[str, object]], wanted: tuple[int, int, str, str]
) -> None:
    """Accepted without a remark, and the numbers that the installation goes on with."""
    document, found = read(changes)
    assert (document.problems, document.warnings) == ([], [])
    assert (found.masters, found.workers, str(found.machine_network[0]), found.api_vip) == wanted


@pytest.mark.parametrize(
    ("secret", "quoted"),
    [
        ('{"auths": {"a": 1}}', r'"{\"auths\": {\"a\": 1}}"'),
        ("{\n\t\\é\x07\x01\x7f\u200b", r'"{\n\t\\é\a\x01\x7f\u200b"'),
    ],
)
def test_a_bad_pull_secret_is_quoted_as_go_does(secret: str, quoted: str) -> None:
    """So what shows the installer's output has something to mask."""
    (found,) = problems([("pullSecret", secret)]).problems
    assert found.startswith(f"pullSecret: Invalid value: {quoted}: ")


def test_several_ssh_keys_on_lines_of_their_own_are_accepted() -> None:
    """As newer installers do; both common kinds of key."""
    assert problems([("sshKey", f"{documents.ECDSA_KEY}\n{documents.ED25519_KEY} someone\n")]).problems == []


def test_vips_outside_the_machine_network_are_accepted_with_a_load_balancer_of_the_users() -> None:
    """loadBalancer UserManaged lifts both VIP rules."""
    section = {"apiVIPs": ["10.1.1.1"], "ingressVIPs": ["10.1.1.1"], "loadBalancer": {"type": "UserManaged"}}
    assert problems([(METAL, section)]).problems == []
