"""The error that ends a command; in a module of its own so that every other module may raise it."""


class OcError(Exception):
    """Ends the command with exit code 1 and an ``error:`` line."""
