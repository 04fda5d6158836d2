"""What the command refuses."""

from __future__ import annotations


class RefusedError(Exception):
    """OpenStack says no, or the client can't: one sentence, as the real client prints it. Exit code 1."""
