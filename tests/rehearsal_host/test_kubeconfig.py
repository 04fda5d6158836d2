"""The shell's kubeconfig with several stacks; a few lines of shell stand for pulumi, which reads the state out."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest
import yaml

from rehearsal import kubeconfig

# Says what the last state has put out, notes that it was asked, and knows nothing while there is a file "down".
PULUMI = """#!/bin/sh
for stack; do :; done
echo "$stack" >> {directory}/asked
[ -e {directory}/down ] && exit 1
cat {directory}/$stack.out 2>/dev/null && exit 0
echo "error: current stack does not have output property 'kubeconfig'" >&2
exit 255
"""


class Host:
    """$REHEARSAL_DIR with the states of some stacks."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.file = directory / "kubeconfig"
        self._states = directory / "state" / ".pulumi" / "stacks" / "rhoso-lab"
        self._states.mkdir(parents=True)
        self._now = 1_000_000_000_000_000_001

    def state(self, stack: str, server: str | None) -> None:
        """A stack was brought up with its API at `server`, or destroyed."""
        state, output = self._states / f"{stack}.json", self.directory / f"{stack}.out"
        output.unlink(missing_ok=True)
        if server is not None:
            cluster, user = {"server": server}, {"client-key-data": f"key of {server}"}
            document = {
                "clusters": [{"name": "lab", "cluster": cluster}],
                "users": [{"name": "admin", "user": user}],
                "contexts": [{"name": "admin", "context": {"cluster": "lab", "user": "admin"}}],
                "current-context": "admin",
            }
            output.write_text(yaml.safe_dump(document))
        state.write_text(json.dumps({"outputs": {"kubeconfig": "secret"}} if server else {}))
        self._now += 1_000_000
        os.utime(state, ns=(self._now, self._now))

    def remove(self, stack: str) -> None:
        """As `pulumi stack rm` does."""
        (self._states / f"{stack}.json").unlink()

    def asked(self) -> list[str]:
        """The stacks that pulumi was asked about since the last time."""
        log = self.directory / "asked"
        found = log.read_text().split() if log.exists() else []
        log.unlink(missing_ok=True)
        return found

    def servers(self) -> dict[str, str]:
        """Server by context, as kubectl finds it."""
        document = yaml.safe_load(self.file.read_text())
        clusters = {entry["name"]: entry["cluster"]["server"] for entry in document["clusters"]}
        users = {entry["name"]: entry["user"]["client-key-data"] for entry in document["users"]}
        found = {entry["name"]: entry["context"] for entry in document["contexts"]}
        for context in found.values():
            assert users[context["user"]] == f"key of {clusters[context['cluster']]}"
        return {name: clusters[context["cluster"]] for name, context in found.items()}

    def current(self) -> str:
        """The current context."""
        return str(yaml.safe_load(self.file.read_text())["current-context"])


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Host:
    """A host with stacks that were never brought up."""
    pulumi = tmp_path / "bin" / "pulumi"
    pulumi.parent.mkdir()
    pulumi.write_text(PULUMI.format(directory=tmp_path))
    pulumi.chmod(0o755)
    monkeypatch.setenv("PATH", f"{pulumi.parent}:{os.environ['PATH']}")
    made = Host(tmp_path)
    made.state("lab", None)
    return made


def test_two_stacks_have_a_context_each_and_the_last_one_up_is_the_current_one(host: Host) -> None:
    host.state("rehearsal", "https://one")
    kubeconfig.refresh(host.directory, "rehearsal")
    assert (host.servers(), host.current()) == ({"rehearsal": "https://one"}, "rehearsal")
    host.state("compact-rehearsal", "https://two")
    kubeconfig.refresh(host.directory, "compact-rehearsal")
    assert host.servers() == {"rehearsal": "https://one", "compact-rehearsal": "https://two"}
    assert host.current() == "compact-rehearsal"
    assert kubeconfig.contexts(host.directory) == (["compact-rehearsal", "rehearsal"], "compact-rehearsal")
    assert stat.S_IMODE(host.file.stat().st_mode) == 0o600


def test_only_stacks_that_have_changed_are_asked_about(host: Host) -> None:
    host.state("rehearsal", "https://one")
    kubeconfig.refresh(host.directory)
    assert host.asked() == ["rehearsal"], "stack lab has nothing to say"
    kubeconfig.refresh(host.directory)
    assert host.asked() == []
    host.state("compact-rehearsal", "https://two")
    kubeconfig.refresh(host.directory)
    assert host.asked() == ["compact-rehearsal"]


def test_a_rebuilt_cluster_has_its_new_certificates_and_does_not_become_the_current_one(host: Host) -> None:
    for stack in ("rehearsal", "compact-rehearsal"):
        host.state(stack, "https://old")
        kubeconfig.refresh(host.directory, stack)
    host.state("rehearsal", "https://new")
    kubeconfig.refresh(host.directory)
    assert host.servers() == {"rehearsal": "https://new", "compact-rehearsal": "https://old"}
    assert host.current() == "compact-rehearsal"


def test_a_destroyed_clusters_context_goes_and_the_other_becomes_the_current_one(host: Host) -> None:
    for stack in ("rehearsal", "compact-rehearsal"):
        host.state(stack, f"https://{stack}")
        kubeconfig.refresh(host.directory, stack)
    host.state("compact-rehearsal", None)
    kubeconfig.refresh(host.directory)
    assert (host.servers(), host.current()) == ({"rehearsal": "https://rehearsal"}, "rehearsal")
    host.state("rehearsal", None)
    kubeconfig.refresh(host.directory)
    assert not host.file.exists()


def test_what_is_known_stays_while_pulumi_cannot_answer_and_is_asked_for_again(host: Host) -> None:
    host.state("rehearsal", "https://old")
    kubeconfig.refresh(host.directory)
    host.state("rehearsal", "https://new")
    (host.directory / "down").touch()
    kubeconfig.refresh(host.directory)
    assert host.servers() == {"rehearsal": "https://old"}
    (host.directory / "down").unlink()
    kubeconfig.refresh(host.directory)
    assert host.servers() == {"rehearsal": "https://new"}


def test_a_stack_that_was_removed_has_no_context_any_more(host: Host) -> None:
    for stack in ("rehearsal", "compact-rehearsal"):
        host.state(stack, f"https://{stack}")
        kubeconfig.refresh(host.directory, stack)
    host.remove("compact-rehearsal")
    kubeconfig.refresh(host.directory, "rehearsal")
    assert (host.servers(), host.current()) == ({"rehearsal": "https://rehearsal"}, "rehearsal")
