"""Which directory a backend's URL means: Pulumi's own reading, which the records of a dead run are looked for by."""

from __future__ import annotations

import os
import pwd
from pathlib import Path

import pytest

from recovery.backend import directory

HOME = Path(pwd.getpwuid(os.getuid()).pw_dir)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("file:///srv/lab-state", Path("/srv/lab-state")),
        ("file://~", HOME),
        ("file://~/labs/one", HOME / "labs/one"),
        ("file://.", Path()),
        ("file://./labs", Path("labs")),
        ("s3://lab-state/prefix", None),
        ("postgres://user@example.com/states", None),
        ("https://api.example.com", None),
    ],
)
def test_a_directory_is_what_pulumi_takes_it_for(
    url: str, expected: Path | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", "/nowhere")
    assert directory(url) == expected
