"""How long each wait may take. Defaults are upstream's (rhoso.md §6), those of the installation the installer's."""

from __future__ import annotations

from pydantic import Field

from settings.base import FREE, Model, unit
from settings.types import Seconds


class Timeouts(Model):
    """How long each wait may take before it fails; a wait that can no longer succeed ends earlier."""

    bootstrap: Seconds = Field(
        default=3600,
        title="Bootstrap",
        description="Until the control plane is up, in seconds.",
        json_schema_extra=FREE | unit("seconds"),
    )
    install: Seconds = Field(
        default=5400,
        title="Installation",
        description="Until OpenShift is complete, in seconds.",
        json_schema_extra=FREE | unit("seconds"),
    )
    nodes: Seconds = Field(
        default=3600,
        title="Nodes",
        description="Until all nodes are ready, those that join later too, in seconds.",
        json_schema_extra=FREE | unit("seconds"),
    )
    api: Seconds = Field(
        default=600,
        title="API",
        description="Until the cluster's API answers, in seconds.",
        json_schema_extra=FREE | unit("seconds"),
    )
    operators: Seconds = Field(
        default=900,
        title="Operators",
        description="Until an operator is installed, in seconds.",
        json_schema_extra=FREE | unit("seconds"),
    )
    install_plan: Seconds = Field(
        default=600,
        title="Install plan",
        description="Until the approved plan of a pinned version is carried out, in seconds.",
        json_schema_extra=FREE | unit("seconds"),
    )
    initialisation: Seconds = Field(
        default=600,
        title="Initialisation",
        description="Until an installed operator has brought up what it needs, in seconds.",
        json_schema_extra=FREE | unit("seconds"),
    )
    storage: Seconds = Field(
        default=600,
        title="Storage",
        description="Until the data disks are volumes' storage, in seconds.",
        json_schema_extra=FREE | unit("seconds"),
    )
    leaving: Seconds = Field(
        default=3600,
        title="Leaving",
        description="Until workers that leave are drained, in seconds.",
        json_schema_extra=FREE | unit("seconds"),
    )
    policies: Seconds = Field(
        default=300,
        title="Policies",
        description="Until the nodes have their OpenStack networks, in seconds.",
        json_schema_extra=FREE | unit("seconds"),
    )
    control_plane: Seconds = Field(
        default=3600,
        title="Control plane",
        description="Until OpenStack's control plane is ready, in seconds.",
        json_schema_extra=FREE | unit("seconds"),
    )
    node_set: Seconds = Field(
        default=600,
        title="Node set",
        description="Until the computes' node set is set up, in seconds.",
        json_schema_extra=FREE | unit("seconds"),
    )
    deployment: Seconds = Field(
        default=4800,
        title="Deployment",
        description="Until a deployment on the computes is done, in seconds.",
        json_schema_extra=FREE | unit("seconds"),
    )
    update: Seconds = Field(
        default=1000,
        title="Update",
        description="Until one step of an update is done, in seconds.",
        json_schema_extra=FREE | unit("seconds"),
    )
    verification: Seconds = Field(
        default=1800,
        title="Verification",
        description="Until the smoke test has its verdict, in seconds.",
        json_schema_extra=FREE | unit("seconds"),
    )
    tempest: Seconds = Field(
        default=3600,
        title="Tempest",
        description="Until OpenStack's own test suite is through, in seconds.",
        json_schema_extra=FREE | unit("seconds"),
    )
