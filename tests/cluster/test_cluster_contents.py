"""What fills a new control plane, against a server that has only just heard of a definition."""

from __future__ import annotations

from typing import Any, cast

from rehearsal.cluster import contents
from rehearsal.cluster.kube import Kube


class JustMade:
    """Lists one definition: first with null conditions, as the server does at once after the creation."""

    def __init__(self) -> None:
        self.asked = 0

    def request(self, *_arguments: object) -> dict[str, Any]:
        self.asked += 1
        conditions = None if self.asked == 1 else [{"type": "Established", "status": "True"}]
        return {"items": [{"metadata": {"name": "netconfigs.example.com"}, "status": {"conditions": conditions}}]}


def test_a_definition_without_conditions_yet_is_waited_for() -> None:
    server = JustMade()
    contents._wait_established(cast(Kube, server), ["netconfigs.example.com"])
    assert server.asked == 2
