"""``python -m manifests --stack lab --out DIR``: every document of a stack as files, for `make render`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from manifests.files import files
from network import plan
from settings import SettingsError
from settings.stackfile import StackFileError, load_stack


def main() -> int:
    """Write the files; 1 with a message when the stack can't be read or the directory holds something else."""
    parser = argparse.ArgumentParser(prog="manifests", description=__doc__)
    parser.add_argument("--stack", required=True, help="the stack whose Pulumi.<stack>.yaml is read")
    parser.add_argument("--out", required=True, type=Path, help="a directory that is new or was written by this")
    chosen = parser.parse_args()
    try:
        settings = load_stack(chosen.stack, Path())
        made = files(settings, plan(settings))
        write(made, chosen.out)
    except (SettingsError, StackFileError, OccupiedError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{len(made)} files in {chosen.out}")
    return 0


class OccupiedError(Exception):
    """The directory holds files that are none of ours; `str()` says so."""


_MARK = ".rendered"


def write(made: dict[str, str], out: Path) -> None:
    """Make `out` hold exactly these files. Raises OccupiedError if it is not empty and not ours."""
    if out.exists() and any(out.iterdir()) and not (out / _MARK).is_file():
        raise OccupiedError(f"{out} holds files that make render did not write; name another directory.")
    for old in sorted(out.rglob("*"), reverse=True):
        if old.is_dir():
            old.rmdir()
        else:
            old.unlink()
    for path, text in {_MARK: "Written by make render; all of it is replaced by the next.\n", **made}.items():
        file = out / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
