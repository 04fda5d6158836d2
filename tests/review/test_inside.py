"""The throwaway engine of a review: where it keeps things, and what it does not keep."""

from __future__ import annotations

from pathlib import Path

import pytest

from review.inside import PASSPHRASE, Engine

PULUMI = """#!/bin/sh
mkdir -p "$PULUMI_HOME/logs" 2>/dev/null && echo "keeps a log"
cat "$PULUMI_HOME/plugins/resource" && echo "$PULUMI_BACKEND_URL $PULUMI_CONFIG_PASSPHRASE $*"
"""


def test_it_has_the_hosts_plugins_a_backend_of_its_own_and_no_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, own = tmp_path / "home", tmp_path / "own"
    for directory in (home / "plugins", own / "project", tmp_path / "bin"):
        directory.mkdir(parents=True)
    (home / "plugins" / "resource").write_text("the host's: ")
    program = tmp_path / "bin" / "pulumi"
    program.write_text(PULUMI)
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")
    monkeypatch.setenv("PULUMI_HOME", str(home))
    monkeypatch.setenv(PASSPHRASE, "words")
    said = Engine(own, "lab").must("stack", "init")
    assert said == f"the host's: file://{own}/backend words stack init --stack lab --non-interactive\n"
    assert not (home / "logs").exists()
