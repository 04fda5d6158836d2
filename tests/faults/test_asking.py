"""What one series of faults asks of the lab must be over when the next begins."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from rehearsal.trials import machines
from rehearsal.trials.lab import Lab


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    return Lab(tmp_path, "verified")


def config(directory: Path, key: str) -> Any:
    """A top-level setting as the next run would have it."""
    return yaml.safe_load((directory / "trials.yaml").read_text())["config"].get(f"rhoso-lab:{key}")


def test_what_was_asked_for_stays_until_it_is_taken_back(lab: Lab, tmp_path: Path) -> None:
    before = config(tmp_path, "topology")
    lab.asks(timeouts={"api": 1}, topology={"workers": {"count": 2}})
    lab.asks(generation=2)
    lab.asks_no_more("timeouts")
    assert config(tmp_path, "timeouts") is None and lab.asked("timeouts") is None
    assert config(tmp_path, "generation") == 2
    assert config(tmp_path, "topology")["workers"]["count"] == 2
    lab.asks_no_more()
    assert config(tmp_path, "topology") == before
    assert config(tmp_path, "generation") is None
    assert config(tmp_path, "through") == "verified"


def test_faults_of_machines_begin_without_what_other_series_asked_for(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[Any, Any]] = []

    def trial(lab: Lab) -> Any:
        seen.append((config(tmp_path, "timeouts"), config(tmp_path, "through")))

    monkeypatch.setattr(machines, "_FEW", (trial,))
    monkeypatch.setattr(lab, "finish", lambda command: 0.0)
    lab.asks(timeouts={"controlPlane": 1})
    list(machines.series(lab, short=True))
    assert seen == [(None, "openshift")]
