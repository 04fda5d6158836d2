"""Services are reached at planned addresses only: a LoadBalancer names a pool of this stack and addresses in it, and
nothing opens a port on the nodes themselves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from ipaddress import ip_address, ip_network
from typing import Any

from policy.model import Resource, Violation

_POOL_KIND = ":IPAddressPool"
# MetalLB reads its annotations under both names.
_PREFIXES = ("metallb.universe.tf", "metallb.io")


def violations(resources: Sequence[Resource]) -> Iterator[Violation]:
    """Looks at Services, and at Services that an object of OpenStack describes (``override``), at any depth."""
    pools = dict(_pools(resources))
    for resource in resources:
        if resource.type.startswith("kubernetes:"):
            for path, service in _services(resource.props, ""):
                for reason in _reasons(service, pools):
                    yield Violation(f"{resource.name}: {path}{reason}", resource.urn)


def _pools(resources: Sequence[Resource]) -> Iterator[tuple[str, list[str]]]:
    for resource in resources:
        if resource.type.endswith(_POOL_KIND):
            metadata, spec = resource.props.get("metadata"), resource.props.get("spec")
            if isinstance(metadata, Mapping) and isinstance(spec, Mapping):
                yield str(metadata.get("name")), [str(item) for item in spec.get("addresses") or []]


def _services(value: Any, path: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if isinstance(value, Mapping):
        spec = value.get("spec")
        if isinstance(spec, Mapping) and spec.get("type") in ("LoadBalancer", "NodePort"):
            yield path, value
        for key, inside in value.items():
            yield from _services(inside, f"{path}{key}.")
    elif isinstance(value, list):
        for position, inside in enumerate(value):
            yield from _services(inside, f"{path}{position}.")


def _reasons(service: Mapping[str, Any], pools: Mapping[str, list[str]]) -> Iterator[str]:
    if service["spec"]["type"] == "NodePort":
        yield (
            "spec.type is NodePort; no Service may open a port on every address of the nodes. Use a Route, or a "
            "LoadBalancer with a planned pool (manifests/load_balancers.py)."
        )
        return
    metadata = service.get("metadata")
    annotations = metadata.get("annotations") if isinstance(metadata, Mapping) else None
    pool = _annotation(annotations, "address-pool")
    if pool is None or pool not in pools:
        yield (
            f"spec.type is LoadBalancer with the pool {pool}; it must name a planned one ({', '.join(sorted(pools))}) "
            "in its annotation metallb.universe.tf/address-pool (manifests/load_balancers.py)."
        )
        return
    for text in filter(None, (_annotation(annotations, "loadBalancerIPs") or "").split(",")):
        if not any(_within(text.strip(), each) for each in pools[pool]):
            yield (
                f"asks for the address {text.strip()}, which is not in the pool {pool} ({', '.join(pools[pool])}); it "
                "must be one of the pool's. Use an offset in manifests/load_balancers.py that the pool has."
            )


def _annotation(annotations: Any, key: str) -> str | None:
    if not isinstance(annotations, Mapping):
        return None
    found = (annotations.get(f"{prefix}/{key}") for prefix in _PREFIXES)
    return next((value for value in found if isinstance(value, str)), None)


def _within(text: str, addresses: str) -> bool:
    """Whether an address is in `first-last` or in a network; text that is no address is in none."""
    try:
        address = ip_address(text)
        if "-" in addresses:
            first, last = (ip_address(end.strip()) for end in addresses.split("-"))
            return first.version == address.version and int(first) <= int(address) <= int(last)
        return address in ip_network(addresses)
    except ValueError:
        return False
