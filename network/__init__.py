"""Who has which address: the plan of one lab, computed from its settings alone.

Pure arithmetic: no look-up, no state, no Pulumi. The same settings give the same plan on any machine, and a node
keeps its addresses and MACs whatever is added beside it.
"""

from network.model import (
    Address,
    Bounds,
    Cidr,
    Interface,
    KvmNetwork,
    Nic,
    Node,
    OpenStackNetwork,
    OpenStackSubnet,
    Plan,
    Role,
    Subnet,
    VlanDevice,
)
from network.plan import plan

__all__ = [
    "Address",
    "Bounds",
    "Cidr",
    "Interface",
    "KvmNetwork",
    "Nic",
    "Node",
    "OpenStackNetwork",
    "OpenStackSubnet",
    "Plan",
    "Role",
    "Subnet",
    "VlanDevice",
    "plan",
]
