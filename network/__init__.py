"""Who has which address: the plan of one lab, computed from its settings alone.

Pure arithmetic: no look-up, no state, no Pulumi. The same settings give the same plan on any machine, and a node
keeps its addresses and MACs whatever is added beside it.
"""

from network.model import KvmNetwork, Nic, Node, OpenStackNetwork, Plan, Role, VlanAddress
from network.plan import plan

__all__ = ["KvmNetwork", "Nic", "Node", "OpenStackNetwork", "Plan", "Role", "VlanAddress", "plan"]
