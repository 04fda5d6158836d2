"""Exit codes and the error that ends a command (openshift/installer `cmd/openshift-install/{create,agent,main}.go`)."""

EXIT_FATAL = 1
EXIT_INSTALL_CONFIG = 3
EXIT_BOOTSTRAP = 5
EXIT_INSTALL = 6
EXIT_INTERRUPTED = 8


class InstallerError(Exception):
    """Ends the command with `code` and a FATAL line."""

    def __init__(self, message: str, code: int = EXIT_FATAL) -> None:
        super().__init__(message)
        self.code = code
