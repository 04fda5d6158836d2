"""What a command line means: "nodes", "node/master-0", "netcfg", "crd,ns" → kinds that the server serves."""

from __future__ import annotations

from dataclasses import dataclass

from rehearsal.cluster.kube import Kube, Resource


class UsageError(Exception):
    """The command line asks for something that does not exist; the message is for the user."""


@dataclass(frozen=True)
class Target:
    """One kind and the names asked for; no names means the whole list."""

    resource: Resource
    names: tuple[str, ...]


def targets(kube: Kube, words: list[str]) -> list[Target]:
    """Parse TYPE[,TYPE…] [NAME…] or TYPE/NAME…; raises UsageError for an unknown type."""
    if not words:
        raise UsageError("which kind? For example: kubectl get nodes")
    if "/" in words[0]:
        pairs = [word.partition("/") for word in words]
        return [Target(find(kube, kind), (name,)) for kind, _, name in pairs]
    return [Target(find(kube, kind), tuple(words[1:])) for kind in words[0].split(",")]


def find(kube: Kube, word: str) -> Resource:
    """The resource called ``word``: plural, singular, kind, short name or plural.group, in any case."""
    wanted = word.lower()
    for resource in kube.resources():
        names = {resource.plural, resource.singular, resource.kind.lower(), resource.full_name, *resource.short_names}
        if wanted in names:
            return resource
    raise UsageError(f'error: the server doesn\'t have a resource type "{word}"')
