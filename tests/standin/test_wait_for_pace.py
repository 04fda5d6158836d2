"""`agent wait-for` takes as long as the rehearsal's pace asks, each of its two waits by itself."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from rehearsal.openshift_install import waitfor
from tests.standin.test_wait_for import Lab


class Clock:
    """Stands for the module `time`: sleeping is all that takes time."""

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def lab(directory: Path) -> Lab:
    """A lab in which everything is as it shall be."""
    return Lab(directory)


@pytest.mark.parametrize(
    ("paces", "event", "seconds"),
    [
        ({"bootstrap-complete": 60, "install-complete": 40}, "bootstrap-complete", 60),
        ({"bootstrap-complete": 60, "install-complete": 40}, "install-complete", 40),
        ({"OpenStackControlPlane": 75}, "install-complete", 0),
        (None, "install-complete", 0),
    ],
)
def test_a_wait_takes_as_long_as_the_pace_asks(
    paces: dict[str, float] | None,
    event: str,
    seconds: float,
    lab: Lab,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    if paces is not None:
        (Path(os.environ["REHEARSAL_DIR"]) / "pace.json").write_text(json.dumps(paces))
    clock = Clock()
    monkeypatch.setenv("OPENSHIFT_INSTALL_WAIT_SECONDS", "300")
    monkeypatch.setattr(waitfor, "time", clock)

    assert lab.wait(event, monkeypatch) == 0
    assert clock.now == seconds
    assert ("as slow as this rehearsal shall be" in capsys.readouterr().err) == (seconds > 0)
