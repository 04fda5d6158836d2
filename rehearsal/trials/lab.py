"""The lab that faults are tried on: what a person does with it, and what must hold after every fault."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from rehearsal import kubeconfig, samples
from rehearsal.host import CHECKOUT
from rehearsal.trials.running import Run, running
from settings.explain import NAMESPACE

_STACK = "rehearsal"
POOLS = Path("/var/lib/libvirt/rhoso-lab")
WAITING = ("agent", "wait-for")
"""Words of the installer's command line while it watches."""
_PATIENCE = 20
"""Seconds that it watches; the real one's limit is 60 minutes, compiled in."""
SMALLEST: Mapping[str, Any] = {"topology": {"workers": {"count": 1}, "computes": {"count": 1}}}


class Lab:
    """The rehearsed stack with settings of its own; ``directory`` is $REHEARSAL_DIR."""

    def __init__(self, directory: Path, through: str) -> None:
        self._directory = directory
        self._file = directory / "trials.yaml"
        self._smallest = samples.merged(SMALLEST, {"through": through})
        self._document = yaml.safe_load((CHECKOUT / f"Pulumi.{_STACK}.yaml").read_text(encoding="utf-8"))
        self._asked: dict[str, Any] = {}
        self.asks()

    def asks(self, **changes: Any) -> None:
        """Lays changes over the smallest lab, and over what was asked for before."""
        self._asked = samples.merged(self._asked, changes)
        prefix = f"{NAMESPACE}:"
        ours = {key.removeprefix(prefix): value for key, value in self._document["config"].items()}
        config = samples.merged(samples.merged(ours, self._smallest), self._asked)
        document = self._document | {"config": {f"{prefix}{key}": value for key, value in config.items()}}
        self._file.write_text(yaml.safe_dump(document), encoding="utf-8")

    def asks_no_more(self, *settings: str) -> None:
        """These top-level settings are the smallest lab's again; without any, all are."""
        self._asked = {key: value for key, value in self._asked.items() if settings and key not in settings}
        self.asks()

    def asked(self, *place: str) -> Any:
        """What was asked for besides the smallest lab at a place in the settings; None for nothing."""
        found: Any = self._asked
        for key in place:
            found = (found or {}).get(key)
        return found

    def logs_in(self) -> None:
        """Lets `kubectl` reach the cluster that is up."""
        kubeconfig.refresh(self._directory, _STACK)

    def outputs(self) -> dict[str, Any]:
        """The stack's outputs, secrets included."""
        found: dict[str, Any] = json.loads(self.pulumi("stack", "output", "--json", "--show-secrets").stdout)
        return found

    def planned(self, command: str) -> int:
        """How many resources `up` or `destroy` would come by."""
        plan = ["preview"] if command == "up" else ["destroy", "--preview-only"]
        return len(json.loads(self.pulumi(*plan, "--json", *self._config).stdout)["steps"])

    def changes(self) -> list[str]:
        """Names of the resources that a preview would change."""
        planned = json.loads(self.pulumi("preview", "--json", *self._config).stdout)
        return [step["urn"].rpartition("::")[2] for step in planned["steps"] if step["op"] != "same"]

    def run(self, command: str, *options: str, patience: int | None = None) -> Run:
        """`up` or `destroy`, begun; ``patience``: seconds after which the installer gives up."""
        limits = {} if patience is None else {"OPENSHIFT_INSTALL_WAIT_SECONDS": str(patience)}
        return Run(command, "--stack", _STACK, "--non-interactive", *self._config, *options, environment=limits)

    def installing(self) -> Run:
        """An `up` that watches the installation, before all machines have answered."""
        run = self.run("up", patience=_PATIENCE)
        run.until(lambda: bool(running(*WAITING)))
        return run

    def later(self, name: str, hours: int) -> None:
        """Puts back by so many hours when the ISO was made that a step of this name has made, by the state and by the
        file itself, as if they had gone by."""
        document = json.loads(self.pulumi("stack", "export").stdout)
        [step] = [r for r in document["deployment"]["resources"] if r["urn"].endswith(f"::{name}")]
        told = json.loads(step["outputs"]["stdout"])
        told["created"] -= hours * 3600
        os.utime(CHECKOUT / told["iso"], (told["created"], told["created"]))
        step["outputs"]["stdout"] = json.dumps(told)
        self._ask("pulumi", "stack", "import", "--stack", _STACK, stdin=json.dumps(document))

    def recover(self) -> float:
        """What `make recover` does; the seconds that it took."""
        began = time.monotonic()
        self._ask(sys.executable, "-m", "recovery", "--stack", _STACK)
        return time.monotonic() - began

    def finish(self, command: str = "up", *options: str) -> float:
        """`up` or `destroy` to its end; the seconds that it took. Raises CalledProcessError with what it said."""
        run = self.run(command, *options)
        if code := run.end():
            raise subprocess.CalledProcessError(code, command, run.said)
        return time.monotonic() - run.began

    def locks(self) -> list[Path]:
        return list((self._directory / "state" / ".pulumi" / "locks").rglob("*.json"))

    def pulumi(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return self._ask("pulumi", *arguments, "--stack", _STACK, "--non-interactive")

    def urns(self, name: str) -> list[str]:
        """URNs of the state's resources of that name."""
        deployment = json.loads(self.pulumi("stack", "export").stdout)["deployment"]
        return [str(r["urn"]) for r in deployment.get("resources", []) if r["urn"].endswith(f"::{name}")]

    def virsh(self, *arguments: str) -> str:
        return self._ask("virsh", "--quiet", *arguments).stdout.strip()

    def names(self, listing: str = "list") -> list[str]:
        """What libvirt knows of, by name, whatever its state."""
        return self.virsh(listing, "--all", "--name").split()

    def kubectl(self, *arguments: str, stdin: str = "") -> str:
        return self._ask("kubectl", *arguments, stdin=stdin).stdout

    def problems(self) -> list[str]:
        """What must hold whenever no run lives, and does not: nothing is orphaned, nothing is there twice, the state is
        whole."""
        deployment = json.loads(self.pulumi("stack", "export").stdout)["deployment"]
        resources = [r for r in deployment.get("resources", []) if not r.get("delete")]
        urns = [r["urn"] for r in resources]
        found = [f"{urn} is in the state twice" for urn in {urn for urn in urns if urns.count(urn) > 1}]
        if deployment.get("pending_operations"):
            found.append("operations are pending")
        for listing, kind in (("list", "domain"), ("net-list", "network"), ("pool-list", "pool")):
            there, known = set(self.virsh(listing, "--all", "--uuid").split()), _ids(resources, kind)
            found += [f"{kind} {uuid} is not in the state" for uuid in there - known]
            found += [f"{kind} {uuid} of the state is not there" for uuid in known - there]
        files = {str(path) for path in POOLS.rglob("*") if path.is_file()} if POOLS.is_dir() else set()
        found += [f"{path} belongs to nobody" for path in files - _ids(resources, "volume")]
        found += [f"{path} is left over" for path in (CHECKOUT / "installation").rglob("*.partial")]
        found += [f"{lock.name} is left over" for lock in self.locks()]
        if serving := running("pulumi-resource-", "tcp") + running("pulumi-language-"):
            found.append(f"processes of a run that is over: {serving}")
        return found

    def left(self) -> list[str]:
        """What is still there of a stack that was destroyed."""
        found = [f"{listing}: {name}" for listing in ("list", "net-list", "pool-list") for name in self.names(listing)]
        found += [str(path) for path in (CHECKOUT / "installation").glob("*")]
        return found + ([str(path) for path in POOLS.rglob("*")] if POOLS.is_dir() else [])

    @property
    def _config(self) -> tuple[str, ...]:
        return (f"--config-file={self._file}",)

    def _ask(self, *command: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(command, cwd=CHECKOUT, input=stdin, capture_output=True, text=True, check=True)


def _ids(resources: Sequence[Mapping[str, Any]], kind: str) -> set[str]:
    return {str(r["id"]) for r in resources if str(r["type"]).startswith(f"libvirt:index/{kind}:")}
