"""No two NICs of the stack's machines share a MAC. Two on one bridge take each other's frames, and the installer's
agent finds its node's settings by MAC."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from policy.model import DOMAIN, Resource, Violation, of_type


def violations(resources: Sequence[Resource]) -> Iterator[Violation]:
    """One for each MAC that more than one NIC has, however it is written."""
    owners: dict[str, list[tuple[Resource, int]]] = defaultdict(list)
    for domain in sorted(of_type(resources, DOMAIN), key=lambda each: each.name):
        for position, nic in enumerate(domain.props.get("networkInterfaces") or []):
            mac = nic.get("mac")
            if isinstance(mac, str) and mac:
                owners[mac.lower().replace("-", ":")].append((domain, position))
    for mac, nics in sorted(owners.items()):
        if len(nics) > 1:
            places = ", ".join(f"{domain.name} networkInterfaces[{position}]" for domain, position in nics)
            yield Violation(
                f"{places}: mac is {mac} in each; every NIC must have one of its own. MACs are derived from project, "
                "stack, node and NIC (network/): give the machines different names.",
                nics[-1][0].urn,
            )
