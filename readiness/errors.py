"""Every way in which a wait can end badly; each knows its exit code so that ``__main__`` has nothing to decide."""

from __future__ import annotations


class GateError(Exception):
    """A wait that ended without being ready. The message is complete and holds no secret."""

    exit_code = 1


class TerminalFailureError(GateError):
    """An object reports a state from which it does not recover."""

    exit_code = 2


class OutOfTimeError(GateError):
    """The deadline passed; the message lists what was missing."""

    exit_code = 3


class ConfigurationError(GateError):
    """Waiting cannot help: the document, the certificates or the permissions are wrong."""

    exit_code = 4


class InterruptedBySignalError(GateError):
    """SIGINT or SIGTERM; exits as a shell would report it (128 + signal number)."""

    def __init__(self, number: int, message: str) -> None:
        super().__init__(message)
        self.exit_code = 128 + number


class NotReachableError(Exception):
    """The API server gave no usable answer this time; the next poll may get one. Never leaves the waiting loop."""
