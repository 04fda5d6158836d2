"""An OpenShift cluster that is there already, in whose place none is installed.

Its nodes are a list, not a map: a node's addresses follow from its place in it, so that appending one moves none.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, TypeAlias

from pydantic import Field, SecretStr, model_validator

from settings.base import FIXED, FREE, Model
from settings.kubeconfig import Kubeconfig, NoKubeconfigError, server
from settings.types import BridgeName, HostName, Text

Mac: TypeAlias = Annotated[
    str,
    Text(
        r"[0-9a-f]{2}(?::[0-9a-f]{2}){5}",
        "is not a MAC address in lower case",
        "Write it like 52:54:00:12:34:56.",
    ),
]
Api: TypeAlias = Annotated[
    str, Text(r"https://[^/\s@]+", "is not the URL of an API", "Write it like https://api.lab.example.com:6443.")
]


class ExistingNode(Model):
    """One node of the cluster."""

    name: HostName = Field(
        title="Name",
        description="The node's name, as oc get nodes prints it.",
        examples=["worker-0"],
        json_schema_extra=FIXED,
    )
    nic: BridgeName | None = Field(
        default=None,
        title="OpenStack NIC",
        description="Kernel's name of its NIC on networks.ctlplane, which nothing else uses; not set: the node carries "
        "no OpenStack.",
        examples=["ens4"],
        json_schema_extra=FIXED,
    )
    mac: Mac | None = Field(
        default=None,
        title="MAC of the NIC",
        description="Of the NIC on networks.ctlplane; given, it is compared before the NIC is configured.",
        examples=["52:54:00:12:34:56"],
        json_schema_extra=FIXED,
    )


class Existing(Model):
    """The cluster that is there already."""

    kubeconfig: Kubeconfig | None = Field(
        default=None,
        title="Kubeconfig",
        description="Kubeconfig of a cluster administrator, which holds all that it names and lasts as long as "
        "the lab; may be renewed.",
        json_schema_extra=FREE,
    )
    api: Api | None = Field(
        default=None,
        title="API",
        description="URL by which the cluster is known from others; not set: the kubeconfig's server. Set it to the "
        "earlier one if the same cluster is reached by another.",
        examples=["https://api.lab.example.com:6443"],
        json_schema_extra=FIXED,
    )
    nodes: tuple[ExistingNode, ...] = Field(
        default=(),
        title="Nodes",
        description="All nodes of the cluster; those with a NIC on networks.ctlplane carry OpenStack.",
        json_schema_extra=FIXED,
    )

    @model_validator(mode="before")
    @classmethod
    def _known_by_its_server(cls, given: Any) -> Any:
        """Fill in what a stack records of the cluster: credentials may be renewed, the cluster may not be another."""
        if not isinstance(given, Mapping) or "api" in given:
            return given
        text = given.get("kubeconfig")
        text = text.get_secret_value() if isinstance(text, SecretStr) else text
        try:
            return {**given, "api": server(text).rstrip("/")} if isinstance(text, str) else given
        except NoKubeconfigError:
            return given  # the field's own check says what is wrong

    @property
    def is_used(self) -> bool:
        """Whether there is such a cluster."""
        return self.kubeconfig is not None or bool(self.nodes)

    @property
    def openstack_nodes(self) -> tuple[ExistingNode, ...]:
        """The nodes that carry OpenStack."""
        return tuple(node for node in self.nodes if node.nic is not None)
