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
    [verdict, *_] = [line for line in said.splitlines() if "FATAL bootstrap process timed out" in line]
    assert f"worker-0 ({wrong}" in verdict
    assert "master-" not in verdict, "the others answered"
