"""A machine that the documents don't know never joins, and the wait names it. On a host of its own, in small."""

from __future__ import annotations

from pathlib import Path

import pytest

from network import plan as make_plan
from settings import parse
from tests.lab import raw
from tests.rehearsal.conftest import started

pytestmark = pytest.mark.rehearsal

SMALL = {"workers": {"count": 1}, "computes": {"count": 0}}
# Stands before the installer on PATH and gives one node another MAC in the documents, as a typing error would.
TYPING_ERROR = """#!/bin/sh
d=$(dirname "$0")
for word; do [ -f "$word/agent-config.yaml" ] && sed -i 's/{right}/{wrong}/' "$word/agent-config.yaml"; done
PATH=${{PATH#"$d:"}} exec openshift-install "$@"
"""


def test_a_wrong_mac_in_the_documents_fails_the_wait_and_names_the_node(tmp_path: Path) -> None:
    plan = make_plan(parse("rehearsal", raw(topology=SMALL)))
    mac = plan.node("worker-0").nics[0].mac
    wrong = mac[:-2] + f"{int(mac[-2:], 16) ^ 1:02x}"
    lab = started(tmp_path)
    try:
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
    finally:
        lab.outside("stop")
