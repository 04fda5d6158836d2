"""What the next `up` does about a difference, and the command of a person where it does nothing.

A machine, network or volume that stands is never changed by an `up` in what would rebuild it (components/regime.py).
"""

from __future__ import annotations

import shlex
from typing import Any

from recovery.state import DOMAIN, NETWORK, POOL

VOLUME = "libvirt:index/volume:Volume"

PUT_BACK = "put back"
_KINDS = {DOMAIN: "machine", NETWORK: "network", POOL: "pool", VOLUME: "volume"}
_GONE = {
    DOMAIN: "made anew, on the disks that it had",
    NETWORK: "made anew; machines that were on it have to be restarted then (virsh destroy, virsh start)",
    VOLUME: "made anew; what was on it is lost",
}
_RESTARTED = {
    DOMAIN: ", then shut down and start",
    NETWORK: ", then net-destroy, net-start and a restart of its machines",
}
"""What brings a definition that was mended to bear on what runs."""
_AT_ONCE = ("running", "description")
_REBUILT = "never put back on one that stands; raise generation to rebuild the lab"


def kind(type_: str) -> str:
    """What a resource of this type is called in the table."""
    return _KINDS.get(type_, type_.rpartition(":")[2])


def gone(type_: str) -> str:
    """What `up` does about one that is not there any more."""
    return _GONE.get(type_, "made anew")


def by_hand(type_: str, path: str, recorded: Any, name: str, uri: str, *, runs_so: bool = True) -> str:
    """What a person types to have the recorded value again, where `up` does not do it. ``runs_so``: it is not only
    its definition that was changed."""
    commands = _commands(type_, path, recorded, shlex.quote(name))
    if not commands:
        return _REBUILT
    needs = _RESTARTED.get(type_, "") if runs_so and path not in _AT_ONCE else ""
    return f"not put back; by hand{needs}: virsh -c {shlex.quote(uri)} {shlex.quote('; '.join(commands))}"


def _commands(type_: str, path: str, recorded: Any, name: str) -> tuple[str, ...]:
    """virsh's, which go over one connection; none where there is no single way back."""
    if type_ == NETWORK:
        return () if path == "name" else (f"net-edit {name}",)
    if type_ != DOMAIN:
        return ()
    if path == "memory":
        size = f"{int(recorded)}M"
        return (f"setmaxmem {name} {size} --config", f"setmem {name} {size} --config")
    if path == "vcpu":
        count = int(recorded)
        return (f"setvcpus {name} {count} --config --maximum", f"setvcpus {name} {count} --config")
    if path == "description":
        return (f"desc {name} --config {shlex.quote(str(recorded))}",)
    if path == "running":
        # One that is paused can't be started, and one that is off not resumed; virsh goes on to the next.
        return (f"resume {name}", f"start {name}") if recorded else (f"shutdown {name}",)
    return (f"edit {name}",)
