"""`openstack …`: one command against the cloud in directory $REHEARSAL_CLOUD, called $OS_CLOUD in clouds.yaml.

Exit codes: 0, or 1 with one sentence on standard error.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import yaml

from .commands import run
from .errors import RefusedError
from .state import opened

_CONFIGURATION = "REHEARSAL_CLOUD_CONFIGURATION"
"""Where the Job has /etc/openstack, which the client reads clouds.yaml and secure.yaml from."""


def main(words: list[str]) -> int:
    """Run one command and print what it says."""
    directory = Path(os.environ["REHEARSAL_CLOUD"])
    try:
        _authenticate(directory)
        said = run(words, directory)
    except RefusedError as refusal:
        print(refusal, file=sys.stderr)
        return 1
    if said:
        print(said)
    return 0


def _authenticate(directory: Path) -> None:
    """What would keep the client from its first token."""
    name = os.environ.get("OS_CLOUD", "")
    at = Path(os.environ.get(_CONFIGURATION, "/etc/openstack"))
    given: dict[str, Any] = {}
    for file in ("clouds.yaml", "secure.yaml"):
        given |= _auth(at / file, name)
    if not given:
        raise RefusedError(f"Cloud {name} was not found.")
    missing = [key for key in ("auth_url", "username", "password") if not given.get(key)]
    if missing:
        raise RefusedError(f"Missing value {missing[0].replace('_', '-')} required for auth plugin password")
    bundle = os.environ.get("OS_CACERT", "")
    if given["auth_url"].startswith("https:") and not Path(bundle).is_file():
        raise RefusedError(f"Could not find a suitable TLS CA certificate bundle, invalid path: {bundle}")
    with opened(directory) as known:
        cloud = known["cloud"]
    if not cloud.get("ready"):
        raise RefusedError(f"Unable to establish connection to {given['auth_url']}: the control plane is not Ready")
    if cloud.get("password") not in (None, str(given["password"])):
        raise RefusedError("The request you have made requires authentication. (HTTP 401)")


def _auth(file: Path, cloud: str) -> dict[str, Any]:
    try:
        document = yaml.safe_load(file.read_text()) or {}
    except OSError:
        return {}
    found: dict[str, Any] = ((document.get("clouds") or {}).get(cloud) or {}).get("auth") or {}
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
