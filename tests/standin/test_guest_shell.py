"""The guest's shell files, as far as they can be judged without booting."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from rehearsal.guest.initramfs import SYSTEM


def test_shellcheck_has_nothing_against_them() -> None:
    """All that the guest's own shell runs."""
    program = shutil.which("shellcheck")
    if program is None:
        pytest.skip("shellcheck is not installed")
    scripts = [
        "init",
        *(str(path.relative_to(SYSTEM)) for path in sorted([*SYSTEM.glob("lib/*.sh"), *SYSTEM.glob("cgi/*")])),
    ]
    command = [program, "--shell=sh", "--external-sources", *scripts]
    done = subprocess.run(command, cwd=SYSTEM, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
