"""Kills and faults in a bounded form, on a host of their own up to OpenShift; `make faults` tries all of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.rehearsal.conftest import Lab, started

pytestmark = pytest.mark.rehearsal


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A host with nothing up."""
    made = started(tmp_path_factory.mktemp("faults"))
    try:
        yield made
    finally:
        made.outside("stop")


def tried(host: Lab, *series: str) -> list[dict[str, Any]]:
    """The rows of these series; one that leaves something wrong fails with what."""
    chosen = [word for name in series for word in ("--only", name)]
    command = (".venv/bin/python", "-m", "rehearsal.trials", "--short", "--through", "openshift", *chosen)
    done = host.run(*command, expect=None)
    rows: list[dict[str, Any]] = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    assert done.returncode == 0, (rows, done.stderr[-4000:])
    return rows


def test_runs_that_are_killed_one_after_the_other_build_the_lab_and_take_it_away(host: Lab) -> None:
    rows = tried(host, "up", "destroy")
    assert len(rows) == 6
    assert rows[2]["seen"].endswith("plans nothing")
    assert rows[5]["seen"].endswith("what is left is nothing")


def test_after_faults_of_the_host_the_next_run_finishes(host: Lab) -> None:
    died, full, filled = tried(host, "machines")
    assert died["remedy"] != "nothing", "libvirtd was not killed while it was needed"
    assert "Images need 1.5 GB" in full["seen"]
    assert "while uploading" in filled["seen"], "the upload did not meet the full disk"
