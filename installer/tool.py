"""One seam for running ``openshift-install``: its log goes on to stderr line by line, with every secret masked.

The real tool prints the kubeadmin password at the end of ``wait-for install-complete`` and quotes a malformed pull
secret in its error, so nothing of its output may pass unread.
"""

from __future__ import annotations

import base64
import binascii
import json
import shutil
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence

from installer.errors import StepError

MASK = "[secret]"
_TAIL = 40
# Shorter texts occur by chance, and masking them would garble the log.
_SHORTEST = 6


def show(line: str) -> None:
    """Passes a line on to the user."""
    sys.stderr.write(line)
    sys.stderr.flush()


def run(
    command: Sequence[str],
    secrets: Iterable[str],
    limit: float | None = None,
    heard: Callable[[str], None] = show,
) -> tuple[int, str]:
    """Exit code and the last lines of the log; each goes to ``heard`` masked. A missing program is a StepError.
    ``limit`` in seconds ends the tool with SIGTERM; it then has no verdict to tell."""
    if shutil.which(command[0]) is None:
        raise StepError(
            f"openshift.installer: {command[0]!r} is not on PATH. Put the openshift-install of the wanted release "
            "there (oc adm release extract --command=openshift-install …), or name another one in the setting."
        )
    masked = shapes(secrets)
    tail: deque[str] = deque(maxlen=_TAIL)
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
    ) as process:
        assert process.stdout is not None
        watchdog = threading.Timer(limit, process.terminate) if limit else None
        if watchdog:
            watchdog.start()
        try:
            for line in process.stdout:
                line = mask(line, masked)
                tail.append(line)
                heard(line)
        except BaseException:
            process.terminate()
            raise
        finally:
            if watchdog:
                watchdog.cancel()
        return process.wait(), "".join(tail)


def mask(text: str, shapes: Iterable[str]) -> str:
    """The text without what must not be seen; see ``shapes``."""
    for shape in shapes:
        text = text.replace(shape, MASK)
    return text


def shapes(secrets: Iterable[str]) -> list[str]:
    """All that must not be seen of some secrets, the longest first: as they are, as Go and JSON quote them, line by
    line, and for a pull secret every credential in it, also decoded."""
    found: set[str] = set()
    for secret in secrets:
        found |= {secret, *(json.dumps(secret, ensure_ascii=plain)[1:-1] for plain in (True, False))}
        found |= {line.strip() for line in secret.splitlines()}
        found |= set(_credentials(secret))
    return sorted((shape for shape in found if len(shape) >= _SHORTEST), key=len, reverse=True)


def _credentials(secret: str) -> Iterator[str]:
    try:
        registries = json.loads(secret)["auths"].values()
    except (ValueError, TypeError, KeyError, AttributeError):
        return
    for registry in registries:
        for value in registry.values() if isinstance(registry, dict) else ():
            if isinstance(value, str):
                yield value
                try:
                    yield base64.b64decode(value, validate=True).decode().partition(":")[2]
                except (binascii.Error, UnicodeDecodeError):
                    continue
