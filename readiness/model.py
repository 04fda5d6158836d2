"""What can be waited for, as typed values; ``reader`` makes them of the JSON document."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Failure:
    """A condition that means "this will not become ready any more"; ``reason`` None matches every reason."""

    type: str
    status: str
    reason: str | None = None


@dataclass(frozen=True)
class Condition:
    """An entry of ``status.conditions`` that must have ``status``.

    ``observed_generation``: also require that the controller has seen the newest ``spec``, wherever the object or the
    condition says which generation it has seen.
    """

    type: str
    status: str = "True"
    failed_when: tuple[Failure, ...] = ()
    observed_generation: bool = True


@dataclass(frozen=True)
class Check:
    """Something to wait for; ``name`` is what messages call it."""

    name: str


@dataclass(frozen=True)
class AtPath(Check):
    """Something about the object, or the list, at the REST ``path``."""

    path: str


@dataclass(frozen=True)
class Exists(AtPath):
    """The object at ``path`` is there and not being deleted."""


@dataclass(frozen=True)
class ObjectCondition(AtPath):
    """The object at ``path`` has ``condition``."""

    condition: Condition


@dataclass(frozen=True)
class Field(AtPath):
    """``field`` ("status.phase") of the object at ``path`` equals ``equals``; a value in ``failed`` is the end.

    ``message``: the field that explains the state ("status.message"), quoted while waiting and on failure.
    """

    field: str
    equals: str
    failed: tuple[str, ...] = ()
    message: str | None = None


@dataclass(frozen=True)
class Members(AtPath):
    """The list at ``path`` holds exactly the objects ``names``, each with ``condition`` (None: existence is enough)."""

    names: tuple[str, ...]
    condition: Condition | None = None


@dataclass(frozen=True)
class Csv(Check):
    """What OLM installed for a Subscription; ``csv`` None: whatever its channel offers now. ``grace`` in seconds."""

    namespace: str
    subscription: str
    csv: str | None
    grace: float


@dataclass(frozen=True)
class Endpoints(Check):
    """A Service with a ready address."""

    namespace: str
    service: str


@dataclass(frozen=True)
class Pods(Check):
    """At least ``count`` Ready pods with the labels ``selector``, and no other live ones."""

    namespace: str
    selector: Mapping[str, str]
    count: int


@dataclass(frozen=True)
class EndedPods(Check):
    """At least one pod with the labels ``selector``, and all of them Succeeded."""

    namespace: str
    selector: Mapping[str, str]


@dataclass(frozen=True)
class Job(Check):
    """A batch/v1 Job that is Complete."""

    namespace: str
    job: str


@dataclass(frozen=True)
class Policies(Check):
    """NodeNetworkConfigurationPolicies ``names``, configured. ``grace`` in seconds."""

    names: tuple[str, ...]
    grace: float


@dataclass(frozen=True)
class Interfaces(Check):
    """NICs of ``node``; ``macs``: the MAC by the NIC's name."""

    node: str
    macs: Mapping[str, str]


@dataclass(frozen=True)
class LvmCluster(Check):
    """An LVMCluster that is Ready. ``grace`` in seconds."""

    namespace: str
    cluster: str
    grace: float


@dataclass(frozen=True)
class ControlPlane(Check):
    """An OpenStackControlPlane that is Ready, or with ``update_follows`` in the middle of a minor update."""

    namespace: str
    control_plane: str
    update_follows: bool


@dataclass(frozen=True)
class Accepts(Check):
    """The API server would take ``manifest`` into the list at the REST ``path``: its webhooks answer."""

    path: str
    manifest: Mapping[str, Any]


@dataclass(frozen=True)
class Release(AtPath):
    """The CustomResourceDefinition at ``path`` has, in ``version``, the ``fields`` of ``release``, dotted, with ``*``
    for any key. ``fields`` are by release, oldest first."""

    version: str
    release: str
    fields: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class DataPlaneDeployment(Check):
    """An OpenStackDataPlaneDeployment that is Ready."""

    namespace: str
    deployment: str


@dataclass(frozen=True)
class NoRunningDeployment(Check):
    """Every OpenStackDataPlaneDeployment of the namespace has come to an end, good or bad."""

    namespace: str


@dataclass(frozen=True)
class Api:
    """How to reach the API server. PEM texts, not paths; ``repr`` shows the server only."""

    server: str
    ca: str | None
    cert: str | None = None
    key: str | None = None
    token: str | None = None
    tls_server_name: str | None = None

    def __repr__(self) -> str:
        return f"Api({self.server})"


@dataclass(frozen=True)
class Document:
    """One gate: ``what`` names the layer in messages, ``timeout`` is in seconds."""

    what: str
    timeout: float
    api: Api
    wait: tuple[Check, ...]
