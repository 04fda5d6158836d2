"""How stopping or starting ends when it can't go on."""

from __future__ import annotations


class PowerError(Exception):
    """A sentence for the user: what did not happen, and what to do. What was done until then stays done."""
