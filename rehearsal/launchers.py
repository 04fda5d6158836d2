"""The commands that the host offers on PATH in the place of those that only a real lab has."""

from __future__ import annotations

import shlex
import shutil

from rehearsal import environment
from rehearsal.host import CHECKOUT, Host

# -P: the caller's directory is an installer directory or a checkout, and its files must not become Python modules.
_LAUNCHER = """\
#!/bin/sh
# {name} of rehearsal {rehearsal}: {module}
PYTHONPATH={checkout} exec {python} -P -m {module} "$@"
"""

# The kubeconfig may be older than what `pulumi up` has built since.
_KUBECTL = """\
#!/bin/sh
# kubectl of rehearsal {rehearsal}
PYTHONPATH={checkout} {python} -P -m rehearsal.kubeconfig
{command} "$@"
"""


def write(host: Host) -> None:
    """Write openshift-install, oc and kubectl to $REHEARSAL_DIR/bin; kubectl is the machine's own if it has one."""
    names = {
        "rehearsal": host.name,
        "checkout": shlex.quote(str(CHECKOUT)),
        "python": shlex.quote(environment.interpreter()),
    }
    real = shutil.which("kubectl", path=environment.outside_path(host))
    stand_in = "PYTHONPATH={checkout} exec {python} -P -m rehearsal.kubectl".format(**names)
    texts = {
        "openshift-install": _LAUNCHER.format(name="openshift-install", module="rehearsal.openshift_install", **names),
        "oc": _LAUNCHER.format(name="oc", module="rehearsal.oc", **names),
        "kubectl": _KUBECTL.format(command=f"exec {shlex.quote(real)}" if real else stand_in, **names),
    }
    host.bin.mkdir(exist_ok=True)
    for name, text in texts.items():
        path = host.bin / name
        path.write_text(text)
        path.chmod(0o755)
