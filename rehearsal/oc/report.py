"""report.json: how node-joiner's work ended (openshift/installer pkg/asset/agent/workflow/report)."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

FILE = "report.json"


def write(directory: Path, began: float, error: str = "") -> None:
    """Write the report of a run that began then (epoch seconds) and ends now, with ``error`` or well; mode 0600."""
    result: dict[str, object] = {"exit_code": 1 if error else 0}
    if error:
        result |= {"error_message": error, "detailed_error_message": error}
    document = {
        "id": f"report-add-nodes-{time.strftime('%Y%m%d%H%M', time.gmtime(began))}",
        "start_time": _stamp(began),
        "end_time": _stamp(time.time()),
        "result": result,
    }
    descriptor = os.open(directory / FILE, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(document, file, indent=2)


def _stamp(seconds: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))
