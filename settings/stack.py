"""All settings of one stack."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias, get_args

from pydantic import AfterValidator, Field, SecretStr

from settings.access import is_sample
from settings.base import FIXED, FREE, GROWS, REBUILD, Model, unit
from settings.compute import Compute
from settings.hosts import Host, Hosts
from settings.networks import Networks
from settings.openshift import OpenShift
from settings.openstack import OpenStack
from settings.rotation import Versions
from settings.timeouts import Timeouts
from settings.topology import Role, Topology
from settings.types import ClusterName, DomainName, StackName, Whole, refusal
from settings.verification import Verification

SAMPLE_SECRET_PREFIX = "sample-"
"""A secret that was published with the program starts so, and is good only where nobody can reach the lab."""

SECRET_LEAST = 32
"""Characters. Every password and key is derived from the secret, so it must be as hard to guess as the strongest."""


def _secret(secret: SecretStr) -> SecretStr:
    length = len(secret.get_secret_value())
    if length < SECRET_LEAST:
        raise refusal(
            f"has {length} characters; at least {SECRET_LEAST} are needed, since all credentials derive from it",
            "Make one: openssl rand -hex 32 | pulumi config set --secret rhoso-lab:secret",
        )
    return secret


Stage: TypeAlias = Literal["networks", "machines", "openshift", "openstack", "dataplane", "verified"]
STAGES: tuple[Stage, ...] = get_args(Stage)
"""How far a stack goes, each stage with all before it."""

MasterSecret: TypeAlias = Annotated[SecretStr, AfterValidator(_secret)]


class Settings(Model):
    """One stack's settings, complete and checked. Made by `settings.parse`."""

    stack: StackName = Field(
        title="Stack", description="Name of the Pulumi stack; not set by the user.", json_schema_extra=FIXED
    )
    name: ClusterName = Field(
        title="Cluster name",
        description="First label of the cluster's domain; the stack's name if not set.",
        examples=["lab"],
        json_schema_extra=REBUILD,
    )
    domain: DomainName = Field(
        title="Base domain",
        description="DNS domain that the cluster's name stands before.",
        examples=["example.com"],
        json_schema_extra=REBUILD,
    )
    generation: Annotated[int, Whole(1, 1_000_000, "generations are counted from 1")] = Field(
        default=1,
        title="Generation",
        description="Raise it to build all machines and the installation anew.",
        json_schema_extra=FREE | unit("builds"),
    )
    through: Stage = Field(
        default="verified",
        title="Through",
        description="The last stage that is built. Raising it later goes on from there.",
        json_schema_extra=GROWS,
    )
    secret: MasterSecret = Field(
        title="Secret",
        description="What all passwords and keys are derived from; 32 characters or more.",
        json_schema_extra=REBUILD,
    )
    allow_sample_secret: bool = Field(
        default=False,
        title="Allow sample secrets",
        description="Accept secrets that were published with the program. Only for labs nobody can reach.",
        json_schema_extra=FREE,
    )
    production: bool = Field(
        default=False,
        title="Production",
        description="Somebody relies on this lab: nothing that holds its machines, nor its installation, may be "
        "deleted or replaced.",
        json_schema_extra=FREE,
    )
    hosts: Hosts = Field(title="Hosts", description="KVM hosts by key; exactly one.", json_schema_extra=FIXED)
    topology: Topology = Field(
        default_factory=Topology, title="Topology", description="The machines.", json_schema_extra=REBUILD
    )
    networks: Networks = Field(
        default_factory=Networks, title="Networks", description="The networks.", json_schema_extra=REBUILD
    )
    openshift: OpenShift = Field(title="OpenShift", description="The installation.", json_schema_extra=REBUILD)
    openstack: OpenStack = Field(
        default_factory=OpenStack, title="OpenStack", description="OpenStack in the cluster.", json_schema_extra=REBUILD
    )
    compute: Compute = Field(
        default_factory=Compute, title="Compute", description="The computes' system.", json_schema_extra=REBUILD
    )
    rotation: Versions = Field(
        default_factory=Versions,
        title="Rotation",
        description="Versions of passwords and keys; raise one to replace it.",
        json_schema_extra=GROWS,
    )
    verification: Verification = Field(
        default_factory=Verification,
        title="Verification",
        description="How the finished lab is tried.",
        json_schema_extra=FREE,
    )
    timeouts: Timeouts = Field(
        default_factory=Timeouts, title="Timeouts", description="Limits of waits.", json_schema_extra=FREE
    )

    def reaches(self, stage: Stage) -> bool:
        """Whether this stack goes as far as a stage."""
        return STAGES.index(self.through) >= STAGES.index(stage)

    @property
    def host(self) -> Host:
        """The one KVM host."""
        return next(iter(self.hosts.values()))

    @property
    def host_key(self) -> str:
        """The key under which the one KVM host is described."""
        return next(iter(self.hosts))

    @property
    def machines(self) -> dict[str, Role]:
        """The roles whose machines are made, by their names in the settings; beside an existing cluster computes
        alone."""
        roles = self.topology.roles()
        return {"computes": roles["computes"]} if self.openshift.existing.is_used else roles

    @property
    def openstack_nodes(self) -> int:
        """How many nodes carry OpenStack's control plane."""
        existing = self.openshift.existing
        if existing.is_used:
            return len(existing.openstack_nodes)
        return self.topology.roles()[self.topology.openstack_role].count

    @property
    def cluster_domain(self) -> str:
        """The cluster's own domain, `<name>.<domain>`."""
        return f"{self.name}.{self.domain}"

    @property
    def samples(self) -> tuple[str, ...]:
        """The secrets, by the path that the user writes, that were published with the program."""
        found = {
            "secret": self.secret.get_secret_value().startswith(SAMPLE_SECRET_PREFIX),
            "openshift.pullSecret": self.openshift.pull_secret is not None and is_sample(self.openshift.pull_secret),
        }
        return tuple(path for path, sample in found.items() if sample)
