"""What tests of a lab that changes by its settings have in common."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from tests.rehearsal.conftest import Lab


def up(lab: Lab, **changes: Any) -> None:
    """The lab's own file says it from now on."""
    says_now(lab, **changes)
    lab.up()


def says_now(lab: Lab, **changes: Any) -> None:
    """Changes the lab's own file."""
    path = Path(lab.configured("now", **changes).partition("=")[2])
    (lab.project / "Pulumi.rehearsal.yaml").write_text(path.read_text())


def uuids(lab: Lab) -> dict[str, str]:
    """The machines that run: name → UUID."""
    names = lab.run("virsh", "--quiet", "list", "--name").stdout.split()
    return {name: lab.run("virsh", "domuuid", name).stdout.strip() for name in names}


def touched(lab: Lab, *options: str) -> Counter[tuple[str, str]]:
    """(operation, name of the resource) that a preview plans, components left out."""
    steps = [
        step for step in lab.steps(*options) if not step["urn"].split("::")[2].rpartition("$")[2].startswith("rhoso:")
    ]
    return Counter((step["op"], step["urn"].split("::")[-1]) for step in steps)
