"""The API address: put on the interface that leads to the machine network, as keepalived does on a real master."""

from __future__ import annotations

import json
import subprocess


class NoInterfaceError(Exception):
    """The machine network is not directly attached to this host (yet, or any more)."""


def interface_towards(ip: str) -> str:
    """The name of the interface on whose own network ``ip`` lies. Raises NoInterfaceError."""
    done = _ip("-j", "route", "get", ip)
    if done.returncode != 0:
        raise NoInterfaceError(f"no route to {ip}: {done.stderr.strip()}")
    route = json.loads(done.stdout)[0]
    if "gateway" in route:
        raise NoInterfaceError(f"{ip} is behind {route['gateway']}, not on a network of this host")
    return str(route["dev"])


def put(ip: str, interface: str) -> None:
    """Add ``ip``/32 to the interface; nothing happens when it is this host's already. Raises NoInterfaceError."""
    if _is_ours(ip):
        return
    done = _ip("address", "replace", f"{ip}/32", "dev", interface)
    if done.returncode != 0:
        raise NoInterfaceError(f"cannot put {ip} on {interface}: {done.stderr.strip()}")


def take(ip: str, interface: str) -> None:
    """Remove the address; it may be gone together with its bridge."""
    _ip("address", "del", f"{ip}/32", "dev", interface)


def _is_ours(ip: str) -> bool:
    """Whether the kernel takes the address for its own; all of 127.0.0.0/8 is."""
    done = _ip("-j", "route", "get", ip)
    return done.returncode == 0 and json.loads(done.stdout)[0].get("type") == "local"


def _ip(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["ip", *arguments], capture_output=True, text=True, check=False)
