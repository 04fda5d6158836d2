"""A lab whose machines are entries of a file, switched by a virsh of a few lines, and whose cluster is a fake one."""

from __future__ import annotations

import io
import json
import sys
from dataclasses import dataclass, field, replace
from pathlib import Path

from power.lab import Lab, Machine
from power.limits import Limits
from power.start import start
from power.stop import stop
from tests.operations.fake_cluster import FakeCluster

NAMES = ("compute-0", "worker-0", "master-0", "master-1", "master-2")
ADDRESSES = {name: f"192.0.2.{number}" for number, name in enumerate(NAMES, start=10)}

# State of a machine: on, off, paused, or deaf (on, and without an ear for its power key).
_VIRSH = """#!{python} -SE
import json, sys
path = {state!r}
code = 0
for command in sys.argv[-1].split(";"):
    known = json.load(open(path))
    verb, *words = command.split()
    open({log!r}, "a").write(f"{{verb}} {{words[0]}}\\n" if verb != "list" else "")
    if verb == "list":
        wanted = {{"on", "off", "paused", "deaf"}} if "--all" in words else {{"on", "paused", "deaf"}}
        wanted = {{"paused"}} if "--state-paused" in words else wanted
        print("\\n".join(uuid for uuid, state in known.items() if state in wanted))
    elif words[0] not in known:
        print(f"error: failed to get domain '{{words[0]}}'", file=sys.stderr)
        code = 1
    else:
        to = {{"shutdown": {{"on": "off"}}, "start": {{"off": "on"}}, "resume": {{"paused": "on"}}}}[verb]
        known[words[0]] = to.get(known[words[0]], known[words[0]])
        json.dump(known, open(path, "w"))
sys.exit(code)
"""


@dataclass
class FakeLab:
    """``said``: the lines of the last run. ``log``: what virsh was told to change, by the machines' names."""

    directory: Path
    cluster: FakeCluster
    lab: Lab
    said: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, directory: Path, cluster: FakeCluster) -> FakeLab:
        """All machines are on, and virsh is in ``directory``/bin."""
        machines = [Machine(name, name[:-2], f"lab-{name}", f"uuid-{name}", ADDRESSES[name]) for name in NAMES]
        made = cls(directory, cluster, Lab("lab", "qemu:///system", machines, cluster.api, None))
        made.set(**dict.fromkeys(NAMES, "on"))
        virsh = directory / "bin" / "virsh"
        virsh.parent.mkdir()
        state, log = str(directory / "machines.json"), str(directory / "log")
        virsh.write_text(_VIRSH.format(python=sys.executable, state=state, log=log))
        virsh.chmod(0o755)
        return made

    def set(self, **states: str) -> None:
        """Put machines ("worker-0") into a state."""
        known = {f"uuid-{name}": state for name, state in (self.states | states).items()}
        (self.directory / "machines.json").write_text(json.dumps(known))

    @property
    def states(self) -> dict[str, str]:
        path = self.directory / "machines.json"
        known = json.loads(path.read_text()) if path.exists() else {}
        return {uuid.removeprefix("uuid-"): state for uuid, state in known.items()}

    @property
    def log(self) -> list[str]:
        path = self.directory / "log"
        return [line.replace("uuid-", "") for line in path.read_text().splitlines()] if path.exists() else []

    def stop(self, *, without_instances: bool = False, shutdown: float = 30.0) -> None:
        out = io.StringIO()
        limits = replace(Limits(), shutdown=shutdown, cordon=1.0, pause=0.01)
        try:
            stop(self.lab, lambda line: print(line, file=out), out, limits, without_instances=without_instances)
        finally:
            self.said = out.getvalue().splitlines()

    def start(self, nodes: float = 30.0) -> None:
        out = io.StringIO()
        try:
            start(self.lab, lambda line: print(line, file=out), out, replace(Limits(), nodes=nodes, pause=0.01))
        finally:
            self.said = out.getvalue().splitlines()
