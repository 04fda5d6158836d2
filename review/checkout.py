"""The two sides of a change: checkouts, the base also as a commit of this repository."""

from __future__ import annotations

import io
import subprocess
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from review.errors import ReviewError


@contextmanager
def base(given: str, repository: Path) -> Iterator[Path]:
    """The base's files: a directory as it is, a commit (branch, tag, hash) of `repository` in a temporary one.

    Raises ReviewError when `given` is neither.
    """
    directory = Path(given)
    if (directory / "Pulumi.yaml").is_file():
        yield directory.resolve()
        return
    # `--` ends the options: what is given must not become one.
    command = ["git", "archive", "--format=tar", "--end-of-options", f"{given}^{{tree}}"]
    try:
        done = subprocess.run(command, cwd=repository, capture_output=True, check=False)
    except FileNotFoundError:
        raise ReviewError("git is not on PATH, and --base is no directory with a checkout in it.") from None
    if done.returncode != 0:
        why = done.stderr.decode(errors="replace").strip()
        raise ReviewError(
            f"--base {given} is neither a directory with a checkout nor a commit here ({why}). In a workflow, fetch "
            "the base's history first (fetch-depth: 0)."
        )
    with TemporaryDirectory(prefix="review-base-") as made:
        with tarfile.open(fileobj=io.BytesIO(done.stdout)) as archive:
            # As an attribute, and not by `filter=`, which Python 3.11 has only since 3.11.4; Debian 12's is older.
            archive.extraction_filter = getattr(tarfile, "data_filter", None)
            archive.extractall(made)
        yield Path(made)
