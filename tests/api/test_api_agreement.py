"""The check without a server judges as the server does: of objects broken in every place, both refuse the same.

So what tests elsewhere prove with tests/manifests/crd_schema.py holds on a cluster.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest

from tests.api.examples import rendered
from tests.api.server import Definitions, Server
from tests.manifests.crd_schema import definitions as schemas
from tests.manifests.crd_schema import faults

pytestmark = pytest.mark.rehearsal

Place = tuple[str | int, ...]

MOST = 40  # changes of one object, spread over all that there are; each is a request
_INSTEAD: dict[type, tuple[Any, ...]] = {
    str: (7, "Not\n"),
    int: ("1", -1, 2**40),
    bool: ("yes",),
    list: ({},),
    dict: ([],),
}


def broken(item: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Copies of an object with one place of its spec changed, and what was changed; not all of them are wrong."""
    seen = set()
    for place, value in places(item["spec"], ("spec",)):
        # Items of a list have one schema: the first stands for all.
        alike = tuple("*" if isinstance(key, int) else key for key in place)
        if alike in seen:
            continue
        seen.add(alike)
        name = ".".join(map(str, place))
        yield f"{name} left out", changed(item, place)
        others = [None, *_INSTEAD[type(value)]]
        if isinstance(value, dict):
            others.append({**value, "surprise": "text"})
        if isinstance(value, list) and value:
            others.append([*value, value[0]])
        for other in others:
            yield f"{name} = {other!r}", changed(item, place, other)


def places(value: Any, place: Place) -> Iterator[tuple[Place, Any]]:
    """Every value inside ``value``, itself first, with the way to it."""
    yield place, value
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in inside:
        yield from places(item, (*place, key))


def changed(item: dict[str, Any], place: Place, *value: Any) -> dict[str, Any]:
    """A copy with another value at a place, or without that place."""
    made = copy.deepcopy(item)
    holder: Any = made
    for key in place[:-1]:
        holder = holder[key]
    if value:
        holder[place[-1]] = value[0]
    else:
        del holder[place[-1]]
    return made


@pytest.mark.parametrize("definitions", ["v0.6.0"], indirect=True)
def test_server_and_check_refuse_the_same(server: Server, definitions: Definitions) -> None:
    known = schemas(*definitions.directories)
    examples = {(item["apiVersion"], item["kind"]): item for item in rendered("lab", "fr2")}
    examples = {kind: item for kind, item in examples.items() if kind in known}
    assert server.dry_run(examples.values()) == []

    verdicts, disagreements = [], []
    for kind, example in examples.items():
        changes = list(broken(example))
        for change, item in changes[:: len(changes) // MOST + 1]:
            told, complaints = faults(item, known[kind]), server.dry_run([item])
            verdicts.append(bool(complaints))
            if bool(told) != bool(complaints):
                disagreements.append(f"{kind[1]}, {change}: the check says {told}, the server {complaints}")
    assert not disagreements, "\n".join(disagreements)
    assert min(verdicts.count(True), verdicts.count(False)) > MOST, "hardly anything was compared"
