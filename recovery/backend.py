"""Where a file backend keeps the states.

Pulumi resolves `~` by the user database and not by HOME (Pulumi 3.250, massageBlobPath in pkg/backend/diy/backend.go).
"""

from __future__ import annotations

import os
import pwd
from pathlib import Path
from urllib.parse import urlsplit


def directory(url: str) -> Path | None:
    """The directory that a backend's URL names, as `pulumi whoami` tells it; None for what is no directory."""
    parts = urlsplit(url)
    if parts.scheme != "file":
        return None
    if parts.netloc == "~":
        return Path(_home()) / parts.path.lstrip("/")
    return Path(f"{parts.netloc}{parts.path}")


def _home() -> str:
    try:
        return pwd.getpwuid(os.getuid()).pw_dir
    except KeyError:  # a user that the database does not know
        return os.environ.get("HOME", "/")
