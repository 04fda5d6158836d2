"""How long things take on a real host: the model to which the stand-ins are slowed when an `up` is measured.

In the rehearsal every operator is done at once, and what is left is the rehearsal's own work on a few cores, which says
little about the order of the program. With durations in the proportions of the real ones, what the graph makes wait too
long is seen as it would be there.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from rehearsal.errors import RehearsalError

FILE = "pace.json"
"""In $REHEARSAL_DIR: JSON object, kind → seconds. The stand-ins take no notice of a kind that is none of theirs."""

SCALE = 1 / 20
LARGEST = 1 / 5
"""Of 1200 s: the installer's stand-in waits for 300."""

REAL: Mapping[str, float] = MappingProxyType(
    {
        # From the machines' boot to node zero's restart, and from there to the last cluster operator.
        "bootstrap-complete": 1200,
        "install-complete": 1200,
        "ClusterServiceVersion": 120,
        "OpenStack": 300,
        "MetalLB": 60,
        "NMState": 90,
        "LVMCluster": 180,
        "NodeNetworkConfigurationPolicy": 60,
        "OpenStackControlPlane": 1500,
        "OpenStackDataPlaneNodeSet": 60,
        "OpenStackDataPlaneDeployment": 2400,
        "Job": 300,
        "Tempest": 3000,
    }
)
"""Kind → seconds; the installer's two waits by their own names.

Round figures, a third to two thirds of the limits that upstream sets itself (rhoso.md §6: operator 15 min, init 5-10,
policies 4-5, speakers 5, control plane 60, node set 10, deployment 30-80, tempest 60), and well inside of them. The
operators' work on one object is meant; what else a layer takes is the rehearsal's own.
"""


def scaled(scale: float) -> dict[str, float]:
    """The model, `scale` times as long, in seconds.

    RehearsalError unless 0 < `scale` <= LARGEST.
    """
    if not 0 < scale <= LARGEST:
        raise RehearsalError(
            f"scale {scale:g} is not above 0 and at most {LARGEST:g} (beyond, the installer's stand-in gives up); "
            f"{SCALE:g} makes of a minute {SCALE * 60:g} s"
        )
    return {kind: round(seconds * scale, 3) for kind, seconds in REAL.items()}


def write(state: Path, seconds: Mapping[str, float]) -> None:
    """Slow the stand-ins of the rehearsal in `state` ($REHEARSAL_DIR), from the next cluster on."""
    (state / FILE).write_text(json.dumps(dict(seconds), indent=2) + "\n")
