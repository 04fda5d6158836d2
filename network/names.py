"""Names that must be unique on a KVM host, or that DNS must know.

Networks carry the stack's name so that `virsh net-list` can be read. Bridges are interfaces, whose names hold
15 characters (IFNAMSIZ less the final NUL), so theirs are short and hashed.
"""

from __future__ import annotations

from network.macs import digest


def kvm_network(stack: str, key: str) -> str:
    """The libvirt network's name."""
    return f"{stack}-{key}"


def bridge(project: str, stack: str, key: str) -> str:
    """The bridge of a libvirt network: three letters that say which, and 40 bits that say whose."""
    return f"{key[:3]}-{digest('bridge', project, stack, key).hex()[:10]}"


def node(role: str, index: int) -> str:
    """A node's short name; numbers are not padded, so that the tenth node renames none."""
    return f"{role}-{index}"
