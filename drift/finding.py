"""All that differs, from the engine and from libvirt's definitions, put together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from doctor.virsh import Virsh
from drift import host
from drift.engine import Comparison, DriftError, Seen, compared, type_of
from drift.remedies import kind
from drift.rows import Row, rows
from recovery.state import DOMAIN, State
from settings import Host as KvmHost

_CLUSTER = "**kubernetes:**"
"""Pattern of all URNs of what is in the cluster."""
_UNREACHABLE = "due to unreachable cluster"
_ROUNDS = 8

# libvirt's plugin can't read a machine without each of its volumes (resourceLibvirtDomainRead of 0.8.3).
_NO_DISK = "error retrieving volume for disk"
_DISKLESS = "the machine can be compared when its volume has been made anew; virsh destroy, virsh start to use that"


@dataclass
class Drift:
    """``unread``: what could not be compared, and why; ``kept``: URNs and patterns that putting back must leave alone.

    An `up` after a refresh would take what it can't put back for the recorded value, and nobody would be told again.
    """

    rows: list[Row] = field(default_factory=list)
    unread: dict[str, str] = field(default_factory=dict)
    kept: list[str] = field(default_factory=list)


def find(stack: str, resources: Sequence[Mapping[str, Any]]) -> Drift:
    """``resources`` are the state's. Raises DriftError when libvirt does not answer, or the engine."""
    uri = State({"deployment": {"resources": resources}}).uri
    virsh = Virsh(KvmHost(uri=uri).virsh_uri) if uri else None
    if virsh is not None and not virsh.answer.ok:
        raise DriftError(f"{uri} does not answer ({virsh.answer.said}), so nothing was compared.")
    comparison, without = _read(stack)
    ignored = {one["urn"]: frozenset(one.get("ignoreChanges") or ()) for one in resources}
    found = Drift(kept=without)
    for urn, why in comparison.failures.items():
        if urn and _NO_DISK in why and type_of(urn) == DOMAIN:
            found.rows.append(Row(urn, _called(urn), "disks", "there", "one is gone", _DISKLESS, False))
        else:
            found.unread[_called(urn)] = why
    for seen in comparison.seen.values():
        found.rows += rows(seen, ignored.get(seen.urn, frozenset()), uri or "")
    if virsh is not None:
        known = {(row.urn, row.property.partition("[")[0]) for row in found.rows}
        there = [seen for seen in _of_the_host(resources, comparison) if (seen.urn, "") not in known]
        found.rows += [row for row in host.definitions(virsh, there, uri or "") if (row.urn, row.property) not in known]
    _keep(found)
    return found


def _read(stack: str) -> tuple[Comparison, list[str]]:
    """Everything that can be read, and what can't: at one that fails the engine ends the whole refresh (a machine whose
    disk is gone is one to libvirt's plugin), so it is repeated without those that failed."""
    failures: dict[str, str] = {}
    without: list[str] = []
    for _ in range(_ROUNDS):
        comparison = compared(stack, without)
        failed = {urn: why for urn, why in comparison.failures.items() if urn not in failures}
        if any(_UNREACHABLE in why for why in failed.values()):
            # The plugin's advice would be to forget all of it.
            failed = {_CLUSTER: "it does not answer, so nothing in it was compared"}
        failures |= failed
        if "" in failures or not failed:
            break
        without += failed
    comparison.failures = failures
    return comparison, without


def _of_the_host(resources: Sequence[Mapping[str, Any]], comparison: Comparison) -> list[Seen]:
    """What libvirt has, whether the engine could read it or not."""
    return [
        comparison.seen.get(one["urn"], Seen(one["urn"], one, one))
        for one in resources
        if one["type"].startswith("libvirt:") and not one.get("delete")
    ]


def _keep(found: Drift) -> None:
    stay = dict.fromkeys(row.urn for row in found.rows if not row.mended)
    waits = "put back by an up after the rest of this resource is as recorded"
    found.rows = [
        replace(row, after=waits, mended=False) if row.mended and row.urn in stay else row for row in found.rows
    ]
    found.kept += [urn for urn in stay if urn not in found.kept]


def _called(urn: str) -> str:
    if urn == _CLUSTER:
        return "the cluster"
    return f"{kind(type_of(urn))} {urn.rpartition('::')[2]}" if urn else "the stack"
