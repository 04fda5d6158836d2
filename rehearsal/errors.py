"""The one error of the embedded host, so that the command line prints a sentence where others would print a trace."""

from __future__ import annotations


class RehearsalError(Exception):
    """What went wrong and what to do about it, as one text for a person; may span several lines."""
