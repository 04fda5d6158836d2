"""A fake host for each test."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.doctor.fake_host import FakeHost


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeHost:
    """A client with virsh and the system's own tools on PATH, and a libvirt with nothing in it."""
    fake = FakeHost(tmp_path / "bin", tmp_path / "answers")
    fake.set_up()
    tools = tmp_path / "system"
    tools.mkdir()
    # Only what the fakes are written in: whatever else this machine has must not be found.
    for name in ("sh", "cat", "tr", "sed", "sleep", "echo", "touch"):
        (tools / name).symlink_to(
            next(path for path in (Path("/bin") / name, Path("/usr/bin") / name) if path.exists())
        )
    monkeypatch.setenv("PATH", f"{fake.bin}:{tools}")
    return fake
