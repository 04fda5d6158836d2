"""The rehearsal's pace as the ConfigMap from which the operators' stand-ins take it (rehearsal/operators/faults.py)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from rehearsal import pace


def config_map(state: Path) -> dict[str, Any] | None:
    """ConfigMap kube-system/rehearsal-pace, kind → seconds; None where $REHEARSAL_DIR (`state`) asks for no pace.

    It is there before the first operator is, so that nothing of the cluster is done at another pace.
    """
    try:
        seconds = json.loads((state / pace.FILE).read_text())
    except FileNotFoundError:
        return None
    metadata = {"name": "rehearsal-pace", "namespace": "kube-system"}
    data = {kind: f"{value:g}" for kind, value in seconds.items()}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data}
