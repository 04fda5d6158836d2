"""The one error of this package, in a module of its own so that every other module may raise it."""


class GuestError(Exception):
    """A guest medium cannot be built; the message says what is missing and which package or directory has it."""
