"""A client and a host of small fakes: programs on a PATH of their own, and a virsh that prints what it was given."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from doctor.finding import Finding, Verdict
from doctor.subject import Subject
from network import names
from tests.lab import settings

BRIDGE = names.bridge("rhoso-lab", "lab", "ocp")
"""Of the stack's own network ``lab-ocp``."""

# One file of answers for each command, called as the command with underscores.
_VIRSH = """\
for last; do :; done
status=0
while read -r command; do
  file='{answers}/'$(printf '%s' "$command" | tr ' ' '_')
  if [ -e "$file" ]; then cat "$file"; status=0
  else echo "error: no answer to $command" >&2; status=1; fi
done <<END
$(printf '%s' "$last" | tr ';' '\\n' | sed 's/^ *//')
END
exit $status
"""


@dataclass
class FakeHost:
    """``bin`` is first on PATH, and beside it only the system's own; ``answers`` are virsh's."""

    bin: Path
    answers: Path

    def program(self, name: str, script: str = "exit 0") -> None:
        """Put a program on PATH, as the text of a shell script."""
        path = self.bin / name
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)

    def set_up(self) -> None:
        """A libvirt with nothing in it."""
        self.bin.mkdir()
        self.answers.mkdir()
        self.program("virsh", _VIRSH.format(answers=self.answers))
        for kind in ("list", "net-list", "pool-list"):
            self.answer(f"{kind} --name", "")
            self.answer(f"{kind} --all --name", "")

    def answer(self, command: str, text: str) -> None:
        """What virsh prints for one command."""
        (self.answers / command.replace(" ", "_")).write_text(text)

    def _add(self, kind: str, name: str) -> None:
        for suffix in ("--all --name", "--name"):
            path = self.answers / f"{kind} {suffix}".replace(" ", "_")
            path.write_text(path.read_text() + f"{name}\n")

    def domain(self, name: str, mark: str = "rhoso-lab/lab", disk: str = "") -> None:
        """A machine; its UUID is ``uuid-<name>``."""
        self._add("list", name)
        source = f"<disk><source file='{disk}'/></disk>" if disk else ""
        head = f"<domain><name>{name}</name><uuid>uuid-{name}</uuid><description>{mark}</description>"
        self.answer(f"dumpxml {name}", f"{head}<devices>{source}</devices></domain>\n\n")

    def network(self, name: str, bridge: str = BRIDGE, address: str = "192.168.130.1") -> None:
        """A NAT network of 254 addresses."""
        self._add("net-list", name)
        self.answer(
            f"net-dumpxml {name}",
            f"<network><name>{name}</name><uuid>uuid-{name}</uuid><forward mode='nat'/><bridge name='{bridge}'/>"
            f"<ip address='{address}' netmask='255.255.255.0'/></network>",
        )

    def pool(self, name: str, path: Path | str, *volumes: str) -> None:
        """An active pool with room for 5000 GB."""
        self._add("pool-list", name)
        self.answer(
            f"pool-dumpxml {name}",
            f"<pool type='dir'><name>{name}</name><uuid>uuid-{name}</uuid><available unit='bytes'>{5000 * 10**9}"
            f"</available><target><path>{path}</path></target></pool>",
        )
        self.answer(f"vol-list {name}", "".join(f" {volume}   {path}/{volume}\n" for volume in volumes))


def subject(**changes: Any) -> Subject:
    """The small lab of the tests, stack ``lab``, with top-level settings changed."""
    return Subject.of(settings(**changes))


def on(**host: Any) -> Subject:
    """The same with settings of its host changed."""
    return subject(hosts={"main": {"uri": "qemu:///system", **host}})


def remote(**networks: Any) -> Subject:
    """The same on another machine, whose machine network is routed."""
    machine = {"machine": {"mode": "route"}, **networks}
    return subject(hosts={"main": {"uri": "qemu+ssh://root@kvm.example.com/system"}}, networks=machine)


Check = Callable[[Subject], Iterator[Finding]]


def only(check: Check, looked_at: Subject) -> Finding:
    """The one finding of a check."""
    [finding] = check(looked_at)
    return finding


def verdicts(check: Check, looked_at: Subject) -> list[Verdict]:
    """The verdicts of a check that has several."""
    return [finding.verdict for finding in check(looked_at)]
