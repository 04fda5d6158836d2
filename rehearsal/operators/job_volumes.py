"""The volumes of a pod, as files in a directory of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from .data_plane import values
from .world import World

Volume = Mapping[str, Any]


def missing(spec: Mapping[str, Any], namespace: str, world: World) -> Iterator[str]:
    """What keeps the pod's volumes from being mounted, in the kubelet's words."""
    for volume in spec.get("volumes") or ():
        for part in _parts(volume):
            if part is None:
                yield f'volume "{volume["name"]}" is of a kind that the rehearsal\'s kubelet does not know'
                continue
            kind, name, source = part
            found = world.get(kind, name, namespace)
            if found is None and not source.get("optional"):
                yield f'MountVolume.SetUp failed for volume "{volume["name"]}" : {kind.lower()} "{name}" not found'
            absent = [item["key"] for item in source.get("items") or () if found and item["key"] not in values(found)]
            if absent and not source.get("optional"):
                yield (
                    f'MountVolume.SetUp failed for volume "{volume["name"]}" : references non-existent '
                    f"{kind.lower()} key: {', '.join(absent)}"
                )


def mount(spec: Mapping[str, Any], namespace: str, world: World, root: Path) -> list[str]:
    """Write every volume where the container mounts it, below ``root``; returns the paths of the mounts."""
    volumes = {volume["name"]: volume for volume in spec.get("volumes") or ()}
    paths = []
    for entry in spec["containers"][0].get("volumeMounts") or ():
        place = root / entry["mountPath"].lstrip("/")
        place.mkdir(parents=True, exist_ok=True)
        for part in _parts(volumes[entry["name"]]):
            for name, text in _files(part, namespace, world).items():
                (place / name).write_text(text)
                (place / name).chmod(0o600)
        paths.append(entry["mountPath"])
    return paths


def _parts(volume: Volume) -> list[tuple[str, str, Volume] | None]:
    """(kind, name, source) of all that a volume is made of; None for what nobody here knows."""
    if "emptyDir" in volume:
        return []
    if "projected" in volume:
        return [part for source in volume["projected"]["sources"] for part in _parts(source)]
    if "configMap" in volume:
        return [("ConfigMap", volume["configMap"]["name"], volume["configMap"])]
    if "secret" in volume:
        source = volume["secret"]
        # A projected Secret has a name, a Secret as a volume a secretName.
        return [("Secret", source.get("secretName") or source["name"], source)]
    return [None]


def _files(part: tuple[str, str, Volume] | None, namespace: str, world: World) -> dict[str, str]:
    if part is None:
        return {}
    kind, name, source = part
    held = values(world.get(kind, name, namespace) or {})
    if source.get("items"):
        return {item["path"]: held[item["key"]] for item in source["items"] if item["key"] in held}
    return held
