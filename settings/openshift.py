"""What the installation of OpenShift needs to be told."""

from __future__ import annotations

from ipaddress import IPv4Network
from typing import Annotated, Literal, TypeAlias

from pydantic import AfterValidator, ConfigDict, Field

from settings.access import PullSecret, SshKey, TrustBundle
from settings.base import FREE, HIDDEN, REBUILD, Model, unit
from settings.existing import Existing
from settings.surroundings import Capabilities, Mirror, Proxy
from settings.types import Address, ClusterCidr, Text, TimeServer, Whole, refusal

SUPPORTED_MINORS = ("4.16", "4.18", "4.20")
"""OpenShift minors that RHOSO 18 is run on."""


def _version(version: str) -> str:
    if ".".join(version.split(".")[:2]) not in SUPPORTED_MINORS:
        raise refusal("is not a version that RHOSO 18 runs on", f"Use one of {', '.join(SUPPORTED_MINORS)}.")
    return version


Version: TypeAlias = Annotated[
    str,
    Text(
        r"4\.(?:0|[1-9][0-9]*)(?:\.(?:0|[1-9][0-9]*))?",
        "is not an OpenShift version",
        'Write it in quotes, like "4.18" or "4.18.9".',
    ),
    AfterValidator(_version),
]
Program: TypeAlias = Annotated[
    str,
    Text(
        r"[A-Za-z0-9_][A-Za-z0-9_.+-]*|(?:/[^/\s\x00-\x1f\x7f]+)+",
        "is neither a command's name nor an absolute path",
        "Write openshift-install if it is on PATH.",
    ),
]
HostPrefix: TypeAlias = Annotated[int, Whole(9, 25, "a node's pods get a /9 to a /25, which holds 128")]


class OpenShift(Model):
    """The installation of OpenShift, or a cluster in its place."""

    model_config = ConfigDict(json_schema_extra={"anyOf": [{"required": [key]} for key in ("pullSecret", "existing")]})

    existing: Existing = Field(
        default_factory=Existing,
        title="Existing cluster",
        description="A cluster that is there already; then none is installed, and no machine of it is made.",
        json_schema_extra=FREE,
    )
    installer: Program = Field(
        default="openshift-install",
        title="Installer",
        description="The installer: a command on PATH, or an absolute path. One installer installs one release.",
        json_schema_extra=FREE,
    )
    client: Program = Field(
        default="oc",
        title="Client",
        description="The client of the cluster's release, for workers that join later: a command on PATH, or an "
        "absolute path.",
        json_schema_extra=FREE,
    )
    version: Version = Field(
        default="4.18",
        title="Version",
        description="Minor or full version that the installer must be of.",
        examples=["4.18"],
        json_schema_extra=REBUILD,
    )
    pull_secret: PullSecret | None = Field(
        default=None,
        title="Pull secret",
        description="Red Hat's pull secret: a JSON object with the registries' credentials in auths. Only an existing "
        "cluster goes without one.",
        json_schema_extra=REBUILD,
    )
    ssh_keys: tuple[SshKey, ...] = Field(
        default=(),
        title="SSH keys",
        description="Public keys that may log in to the nodes, besides the lab's own.",
        # The wrong half of a key pair is easily pasted here.
        json_schema_extra=REBUILD | HIDDEN,
    )
    ntp: tuple[TimeServer, ...] = Field(
        default=(),
        title="Time servers",
        description="NTP servers by address or name; none leaves the machines with their built-in pool.",
        json_schema_extra=REBUILD,
    )
    api_vip: Address | None = Field(
        default=None,
        title="API address",
        description="Address of the API on the machine network; not set: offset 5 in it.",
        examples=["192.168.130.5"],
        json_schema_extra=REBUILD,
    )
    ingress_vip: Address | None = Field(
        default=None,
        title="Ingress address",
        description="Address of applications and console on the machine network; not set: offset 7 in it.",
        examples=["192.168.130.7"],
        json_schema_extra=REBUILD,
    )
    pod_network: ClusterCidr = Field(
        default=IPv4Network("10.128.0.0/14"),
        title="Pod network",
        description="IPv4 network inside the cluster that pods get addresses from.",
        json_schema_extra=REBUILD,
    )
    pod_host_prefix: HostPrefix = Field(
        default=23,
        title="Pod prefix of a node",
        description="Prefix length of each node's part of the pod network.",
        json_schema_extra=REBUILD | unit("bits"),
    )
    service_network: ClusterCidr = Field(
        default=IPv4Network("172.30.0.0/16"),
        title="Service network",
        description="IPv4 network inside the cluster that services get addresses from.",
        json_schema_extra=REBUILD,
    )
    proxy: Proxy = Field(
        default_factory=Proxy, title="Proxy", description="The proxy of the nodes.", json_schema_extra=REBUILD
    )
    mirrors: tuple[Mirror, ...] = Field(
        default=(),
        title="Mirrors",
        description="Repositories whose images come from elsewhere, as oc mirror prints them.",
        json_schema_extra=REBUILD,
    )
    trust_bundle: TrustBundle | None = Field(
        default=None,
        title="Trust bundle",
        description="PEM certificates of further authorities that the nodes trust: the proxy's, the mirror's.",
        json_schema_extra=REBUILD | HIDDEN,
    )
    trust_policy: Literal["Proxyonly", "Always"] | None = Field(
        default=None,
        title="Trust policy",
        description="When the trust bundle is used; not set: Always if there is no proxy, else Proxyonly.",
        examples=["Always"],
        json_schema_extra=REBUILD,
    )
    fips: bool = Field(
        default=False,
        title="FIPS mode",
        description="Install in FIPS mode; the installer's own machine must be in FIPS mode too.",
        json_schema_extra=REBUILD,
    )
    capabilities: Capabilities = Field(
        default_factory=Capabilities,
        title="Capabilities",
        description="Which optional parts of OpenShift are installed.",
        json_schema_extra=REBUILD,
    )

    @property
    def minor(self) -> tuple[int, int]:
        """The version's first two numbers."""
        major, minor = self.version.split(".")[:2]
        return int(major), int(minor)

    @property
    def registries(self) -> str:
        """The pull secret's text; one without registries beside a cluster that has its own."""
        return self.pull_secret.get_secret_value() if self.pull_secret is not None else '{"auths": {}}'

    def secrets(self) -> list[str]:
        """Every secret value in here, for those who must not let one through."""
        given = (self.pull_secret, self.proxy.http, self.proxy.https)
        return [secret.get_secret_value() for secret in given if secret is not None]
