"""The errors of the set-up: each message is one that a user can act on."""

from __future__ import annotations


class EngineError(Exception):
    """The set-up can't go on; the message says why and what to do."""


class RouteClosedError(Exception):
    """One way of getting a part is not open on this machine; the message says why, and the next way is tried."""
