"""``nodes-config.yaml``: a node that joins an installed cluster, as ``oc adm node-image create`` is told of it.

Its fields are those of agent-config's hosts; a node that is added is always a worker. Source: openshift/installer
docs/user/agent/add-node/add-nodes.md, pkg/asset/agent/joiner.
"""

from __future__ import annotations

from typing import Any

from manifests import agent_config
from network import Node, Plan


def render(node: Node, plan: Plan) -> dict[str, Any]:
    """The document for one node. What else it needs (release, ssh key, proxy, mirrors) the cluster itself says."""
    return {"hosts": [agent_config.host(node, plan)]}
