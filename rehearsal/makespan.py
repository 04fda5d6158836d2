"""How close `pulumi up` comes to the longest path of its graph, with the stand-ins as slow as a real lab to scale.

A rehearsal of its own: it is started, slowed, brought up once from nothing, measured and ended. What was measured is
written as a document that the pictures draw (`pictures.makespan`).
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rehearsal import environment, inside, lifecycle, miniature, pace, report, teardown, timeline
from rehearsal.criticalpath import Measured, Step, measure
from rehearsal.errors import RehearsalError
from rehearsal.host import CHECKOUT, Host

LIMIT = 1.10
"""By how much an `up` may take longer than the longest path."""

_PROVIDER = "pulumi:providers:"


def document(found: Measured, resources: Sequence[Mapping[str, Any]], stack: str, scale: float) -> dict[str, Any]:
    """What was measured, for a file; times in rehearsal seconds, from when the first resource was begun.

    | key | |
    |---|---|
    | stack, scale | what was brought up; rehearsal seconds by seconds of the model |
    | model | kind → seconds on a real host |
    | makespan, longestPath, ratio, limit | as in `criticalpath.Measured` |
    | loading | seconds before the first resource was begun: the engine and the program start |
    | path | names of the resources on the longest path |
    | resources | in the order in which they began: {name, kind, layer, start, seconds, after: names} |
    """
    names = _names(found.steps)
    known = {str(resource["urn"]): resource for resource in resources}
    return {
        "stack": stack,
        "scale": scale,
        "model": dict(pace.REAL),
        "makespan": found.makespan,
        "longestPath": round(found.longest, 3),
        "ratio": round(found.ratio, 4),
        "limit": LIMIT,
        "loading": found.loading,
        "path": [names[step.urn] for step in found.path],
        "resources": [
            {
                "name": names[step.urn],
                "kind": _kind(step.urn),
                "layer": layer(step.urn, known),
                "start": step.start,
                "seconds": step.seconds,
                "after": sorted(names[urn] for urn in step.after),
            }
            for step in found.steps
        ],
    }


def text(measured: Mapping[str, Any]) -> str:
    """The document as JSON with a line for each resource, so that two of them can be compared."""
    head = {key: value for key, value in measured.items() if key != "resources"}
    lines = ",\n".join(f"    {json.dumps(resource)}" for resource in measured["resources"])
    return f'{json.dumps(head, indent=2)[:-2]},\n  "resources": [\n{lines}\n  ]\n}}\n'


def layer(urn: str, known: Mapping[str, Mapping[str, Any]]) -> str:
    """The class of the outermost component round a resource; what stands alone is a layer of its own.

    The providers that the engine makes by itself, where the program names none, are together "Engine".
    """
    found = ""
    while urn in known:
        kind = str(known[urn]["type"])
        if kind.startswith("rhoso:"):
            found = kind.rpartition(":")[2]
        elif not found and kind != "pulumi:pulumi:Stack":
            # A dynamic resource does not tell its class.
            found = "Engine" if kind.startswith(_PROVIDER) else _name(urn).capitalize()
        urn = str(known[urn].get("parent") or "")
    return found


def table(measured: Mapping[str, Any]) -> str:
    """The longest path and the figures, for a person."""
    known = {resource["name"]: resource for resource in measured["resources"]}
    rows, end = [], 0.0
    for name in measured["path"]:
        step = known[name]
        waited = step["start"] - end
        end = step["start"] + step["seconds"]
        minutes = step["seconds"] / measured["scale"] / 60
        rows.append([name, step["layer"], *(f"{s:.1f}" for s in (step["start"], waited, step["seconds"], minutes))])
    header = ["RESOURCE", "LAYER", "FROM", "WAITED", "TOOK", "MINUTES"]
    title = (
        f"Longest path: {len(rows)} of {len(known)} resources (seconds; WAITED since the one before was done; "
        f"MINUTES is TOOK at scale 1)"
    )
    figures = (
        f"makespan {measured['makespan']:.1f} s, longest path {measured['longestPath']:.1f} s, "
        f"ratio {measured['ratio']:.3f} (at most {measured['limit']:.2f}); "
        f"engine and program started in {measured['loading']:.1f} s before"
    )
    return f"{report.table(title, header, rows)}\n\n{figures}"


def run(host: Host, stack: str, scale: float, out: Path) -> int:
    """Measure `stack` on a host of its own; 1 when the ratio is above LIMIT, pulumi's exit code when that fails.

    The host is ended, except after a failed `up`, so that it can be looked at.
    """
    if host.exists():
        raise RehearsalError(
            f"rehearsal {host.name} is there already, and only an up from nothing can be measured; end it with: "
            f"make rehearsal-down NAME={host.name}"
        )
    slowed = pace.scaled(scale)
    lifecycle.start(host)
    pace.write(host.directory, slowed)
    python = environment.interpreter()
    code = inside.run(host, [python, "-m", "rehearsal.stacks", stack], CHECKOUT)
    if code != 0:
        lifecycle.say(host, f"goes on running, slowed; end it with: make rehearsal-down NAME={host.name}")
        return code
    options = [stack, "--scale", repr(scale), "--out", str(out.absolute())]
    try:
        return inside.run(host, [python, "-m", "rehearsal.makespan", *options], CHECKOUT)
    finally:
        teardown.stop(host)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure the `up` that a stack had, inside the host: print it, write it; 1 when the ratio is above LIMIT."""
    parser = argparse.ArgumentParser(prog="rehearsal.makespan")
    parser.add_argument("stack")
    parser.add_argument("--scale", type=float, required=True)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args(arguments)
    stack = miniature.called(options.stack, CHECKOUT)
    resources = report.exported(stack)
    found = measure(resources, timeline.load(Path(os.environ["REHEARSAL_DIR"]), stack))
    measured = document(found, resources, stack, options.scale)
    print(f"\n{table(measured)}", flush=True)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(text(measured))
    return 0 if found.ratio <= LIMIT else 1


def _names(steps: Sequence[Step]) -> dict[str, str]:
    """URN → name, with the kind behind it where two resources have the same name."""
    called = {step.urn: _name(step.urn) for step in steps}
    count = Counter(called.values())
    return {urn: name if count[name] == 1 else f"{name} ({_kind(urn)})" for urn, name in called.items()}


def _name(urn: str) -> str:
    """The resource's name; the engine's own providers are all called default and their version."""
    name = urn.rpartition("::")[2]
    return f"{_kind(urn)} provider" if _type(urn).startswith(_PROVIDER) and name.startswith("default") else name


def _kind(urn: str) -> str:
    """The last word of a resource's type."""
    return _type(urn).rpartition(":")[2]


def _type(urn: str) -> str:
    """A URN has the types of its parents before the resource's own."""
    return urn.split("::")[2].rpartition("$")[2]


if __name__ == "__main__":
    try:
        sys.exit(main())
    except RehearsalError as error:
        sys.exit(f"rehearsal: {error}")
