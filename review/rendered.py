"""The difference of the rendered documents of two sides: what the installer, the computes and the cluster are given.

Each side renders with its own program (``python -m manifests``), from stand-ins for secrets.
"""

from __future__ import annotations

import difflib
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from review.errors import ReviewError

_MARK = ".rendered"


def documents(stack: str, checkout: Path, python: str) -> dict[str, str]:
    """Every document of a stack by path; none where the checkout has no file of that stack. Raises ReviewError."""
    if not (checkout / f"Pulumi.{stack}.yaml").is_file():
        return {}
    with TemporaryDirectory(prefix="review-rendered-") as made:
        command = [python, "-m", "manifests", "--stack", stack, "--out", made]
        done = subprocess.run(command, cwd=checkout, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise ReviewError(f"The documents of {stack} can't be rendered:\n{done.stderr.strip()[-4000:]}")
        files = sorted(path for path in Path(made).rglob("*") if path.is_file() and path.name != _MARK)
        return {str(path.relative_to(made)): path.read_text(encoding="utf-8") for path in files}


def difference(base: Mapping[str, str], head: Mapping[str, str]) -> dict[str, list[str]]:
    """Path → unified diff, of the documents that differ."""
    return {path: diff for path in sorted({*base, *head}) if (diff := list(_diff(path, base, head)))}


def _diff(path: str, base: Mapping[str, str], head: Mapping[str, str]) -> Iterator[str]:
    old, new = f"a/{path}" if path in base else "/dev/null", f"b/{path}" if path in head else "/dev/null"
    before, after = (side.get(path, "").splitlines() for side in (base, head))
    return difflib.unified_diff(before, after, old, new, lineterm="")
