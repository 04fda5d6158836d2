"""What is refused: bad input before anything is touched, and a machine that the documents do not know. In small."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from network import plan as make_plan
from settings import parse
from tests.lab import raw
from tests.rehearsal.conftest import Lab, started

pytestmark = pytest.mark.rehearsal

SMALL = {"workers": {"count": 1}, "computes": {"count": 0}}
# Under another passphrase than the published one, of another host; its networks only, for they are made at once.
OWN = """
encryptionsalt: v1:VTmSyGwfumI=:v1:nf7FMOVTY+y75TMm:l6eb388Uc5ZPmYQEd5+4zIe9ttcMEw==
config:
  rhoso-lab:domain: example.org
  rhoso-lab:through: networks
  rhoso-lab:hosts:
    big: {uri: "qemu:///system", pool: /srv/lab, memoryMib: 400000}
  rhoso-lab:networks: {block: 10.63.0.0/21}
  rhoso-lab:secret:
    secure: v1:AAAAAAAAAAAAAAAA:BBBBBBBBBBBBBBBBBBBBBBBB
  rhoso-lab:openshift:
    pullSecret:
      secure: v1:AAAAAAAAAAAAAAAA:BBBBBBBBBBBBBBBBBBBBBBBB
"""
# Stands before the installer on PATH and gives one node another MAC in the documents, as a typing error would.
TYPING_ERROR = """#!/bin/sh
d=$(dirname "$0")
for word; do [ -f "$word/agent-config.yaml" ] && sed -i 's/{right}/{wrong}/' "$word/agent-config.yaml"; done
PATH=$(printf %s "$PATH" | sed "s|$d:||") exec openshift-install "$@"
"""


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """An embedded host with nothing on it."""
    lab = started(tmp_path_factory.mktemp("small"))
    try:
        yield lab
    finally:
        lab.outside("stop")


def test_bad_input_touches_nothing(empty: Lab) -> None:
    option = empty.configured("bad", networks={"storage": {"cidr": "172.17.0.0/24"}}, colour="red")
    done = empty.pulumi("up", "--yes", "--skip-preview", option, expect=None)
    said = done.stdout + done.stderr
    assert done.returncode != 0
    assert "networks.storage.cidr: 172.17.0.0/24 overlaps networks.internalapi.cidr" in said
    assert "colour" in said and "Traceback" not in said
    assert [r["type"] for r in empty.resources() if r.get("custom")] == []
    for listing in ("list", "net-list", "pool-list"):
        assert empty.run("virsh", "--quiet", listing, "--all").stdout.split() == []


def test_a_stack_that_there_is_not_is_named_with_those_that_there_are(empty: Lab) -> None:
    done = empty.outside("up", "--stack", "nowhere", "--")
    assert done.returncode == 1
    assert "there is no Pulumi.nowhere.yaml" in done.stderr
    for stack in ("compact", "lab", "rehearsal", "wide"):
        assert f" {stack}" in done.stderr
    assert not (empty.project / "Pulumi.nowhere-rehearsal.yaml").exists()


def test_a_stack_is_rehearsed_without_its_owners_passphrase_and_its_file_stays_as_it_is(empty: Lab) -> None:
    own, unfinished = empty.project / "Pulumi.own.yaml", empty.project / "Pulumi.wide.yaml"
    own.write_text(OWN)
    # Somebody who is about to give it a passphrase: `pulumi stack init` would choose one here.
    lines = unfinished.read_text().splitlines(keepends=True)
    unfinished.write_text("".join(line for line in lines if not line.startswith("encryptionsalt")))
    before = [own.read_bytes(), unfinished.read_bytes()]
    done = empty.outside("up", "--stack", "own", "--")
    assert done.returncode == 0, done.stdout + done.stderr
    assert [own.read_bytes(), unfinished.read_bytes()] == before
    networks = empty.run("virsh", "--quiet", "net-list", "--name").stdout.split()
    assert networks == ["own-rehearsal-external", "own-rehearsal-ocp", "own-rehearsal-osp"]
    assert empty.steps(stack="own-rehearsal") == []
    empty.pulumi("destroy", "--yes", "--skip-preview", stack="own-rehearsal")


def test_a_wrong_mac_in_the_documents_fails_the_wait_and_names_the_node(empty: Lab, tmp_path: Path) -> None:
    lab = empty
    plan = make_plan(parse("rehearsal", raw(topology=SMALL)))
    mac = plan.node("worker-0").nics[0].mac
    wrong = mac[:-2] + f"{int(mac[-2:], 16) ^ 1:02x}"
    shim = tmp_path / "shim" / "openshift-install"
    shim.parent.mkdir()
    shim.write_text(TYPING_ERROR.format(right=mac, wrong=wrong))
    shim.chmod(0o755)
    option = lab.configured("small", topology=SMALL)
    up = f"PATH={shim.parent}:$PATH OPENSHIFT_INSTALL_WAIT_SECONDS=30 pulumi up --yes --skip-preview"
    done = lab.run("sh", "-c", f"{up} --non-interactive --stack rehearsal {option}", expect=None)
    said = done.stdout + done.stderr
    assert done.returncode != 0
    [verdict, *_] = [line for line in said.splitlines() if "bootstrap process timed out after" in line]
    assert f"worker-0 ({wrong}" in verdict
    assert "master-" not in verdict, "the others answered"
