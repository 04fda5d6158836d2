"""MAC addresses that nobody has to number.

A MAC is a pure function of project, stack, node and network, so it survives everything but a rename, and two stacks
on one host do not meet. The first octet 0x52 has the locally administered bit set and the multicast bit clear; the
other five are 40 bits of a hash, so a clash among the few hundred NICs of a host has a chance of about one in ten
million (the plan checks its own all the same, checks.py).
"""

from __future__ import annotations

import hashlib

_FIRST_OCTET = 0x52


def digest(*parts: str) -> bytes:
    """A stable hash of several words; NUL between them, so that ("a", "bc") and ("ab", "c") differ."""
    return hashlib.sha256("\0".join(parts).encode()).digest()


def mac(project: str, stack: str, node: str, network: str) -> str:
    """The MAC of a node's NIC on a network, lower case (the installer compares MACs as text)."""
    octets = bytes([_FIRST_OCTET]) + digest("mac", project, stack, node, network)[:5]
    return ":".join(f"{octet:02x}" for octet in octets)
