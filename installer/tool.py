"""One seam for running ``openshift-install``: its log goes on to stderr line by line, with every secret masked.

The real tool prints the kubeadmin password at the end of ``wait-for install-complete`` and quotes a malformed pull
secret in its error, so nothing of its output may pass unread.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections import deque
from collections.abc import Iterable, Sequence

from installer.errors import StepError

MASK = "[secret]"
_TAIL = 40


def run(command: Sequence[str], secrets: Iterable[str]) -> tuple[int, str]:
    """Exit code and the last lines of the log. A missing program is a StepError."""
    if shutil.which(command[0]) is None:
        raise StepError(
            f"openshift.installer: {command[0]!r} is not on PATH. Put the openshift-install of the wanted release "
            "there (oc adm release extract --command=openshift-install …), or name another one in the setting."
        )
    masked = [secret for secret in secrets if secret]
    tail: deque[str] = deque(maxlen=_TAIL)
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
    ) as process:
        assert process.stdout is not None
        try:
            for line in process.stdout:
                for secret in masked:
                    line = line.replace(secret, MASK)
                tail.append(line)
                sys.stderr.write(line)
                sys.stderr.flush()
        except BaseException:
            process.terminate()
            raise
        return process.wait(), "".join(tail)
