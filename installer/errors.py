"""How a step fails."""

from __future__ import annotations


class StepError(Exception):
    """A sentence for the user, and the exit code of the process."""

    def __init__(self, message: str, code: int = 1) -> None:
        super().__init__(message)
        self.code = code
