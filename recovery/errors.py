"""How recovering ends when it can't go on."""

from __future__ import annotations


class RecoveryError(Exception):
    """A sentence for the user: what was found, and what to do. Nothing was changed unless it says so."""
