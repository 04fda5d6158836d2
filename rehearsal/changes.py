"""What the engine plans for a change of each setting: the smallest lab with all stages is brought up, and previewed.

Run outside by `python -m rehearsal changes`, which starts the host; inside it does the work. A host that runs already
is used as it is and left.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from rehearsal import changetable, environment, once, planned, samples
from rehearsal.changetable import Row
from rehearsal.errors import RehearsalError
from rehearsal.host import CHECKOUT, Host
from settings import catalogue, stackfile
from settings.explain import NAMESPACE

_STACK = "rehearsal"
_FILE = CHECKOUT / f"Pulumi.{_STACK}.yaml"


class Lab:
    """The lab's configuration and what it is changed to, as files for the engine, in a directory of its own."""

    def __init__(self, directory: Path, shape: Mapping[str, Any]) -> None:
        """`shape` is laid over Pulumi.rehearsal.yaml."""
        directory.mkdir(mode=0o700, exist_ok=True)
        self.file = directory / "lab.yaml"
        self._changed = directory / "changed.yaml"
        self._document = stackfile.read(_FILE)
        self.config = samples.merged(self._ours(), shape)
        # What is compared has stand-ins for secrets; what the engine gets has the secrets themselves.
        self.before = samples.current(samples.merged(stackfile.configuration(_STACK, CHECKOUT), shape))
        self._write(self.file, self.config)

    def paths(self) -> list[str]:
        """Every setting that the lab has a value of, in the catalogue's order."""
        return [path for path in catalogue() if path in self.before]

    def row(self, path: str) -> Row:
        """The row of one setting, by a preview."""
        self._write(self._changed, samples.changed(self.config, path))
        return Row(path, *self._columns(path), planned.plan(path, _previewed(self._changed)))

    def stale(self, known: Mapping[str, Row]) -> list[str]:
        """Settings without a row, or with one of another class or another sample change."""
        return [
            path
            for path in self.paths()
            if path not in known or (known[path].kind, known[path].change) != self._columns(path)
        ]

    def _columns(self, path: str) -> tuple[str, str]:
        return catalogue()[path].change, changetable.change(path, self.before[path], samples.sample(path))

    def _ours(self) -> dict[str, Any]:
        prefix = f"{NAMESPACE}:"
        return {key.removeprefix(prefix): value for key, value in self._document["config"].items()}

    def _write(self, file: Path, config: Mapping[str, Any]) -> None:
        document = self._document | {"config": {f"{NAMESPACE}:{key}": value for key, value in config.items()}}
        file.write_text(yaml.safe_dump(document), encoding="utf-8")


def _previewed(file: Path) -> dict[str, Any]:
    command = ["pulumi", "preview", "--json", "--non-interactive", "--stack", _STACK, f"--config-file={file}"]
    done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False)
    try:
        found: dict[str, Any] = json.loads(done.stdout)
    except ValueError:
        raise RehearsalError(f"pulumi preview said no plan:\n{done.stdout[-2000:]}{done.stderr[-2000:]}") from None
    return found


def rows(lab: Lab, only: Sequence[str]) -> Iterator[Row]:
    """Rows of the settings named, as they are found."""
    unknown = [path for path in only if path not in lab.before]
    if unknown:
        raise RehearsalError(f"no such setting: {', '.join(unknown)}; settings are named like hosts.*.uri")
    for path in only:
        yield lab.row(path)


def run(host: Host, options: Sequence[str], out: Path) -> int:
    """Bring the lab up and preview; exit code 1 when something is planned that must not happen. `options` as `main`."""
    return once.run(host, "rehearsal.changes", ["--out", str(out.absolute()), *options])


def main(arguments: Sequence[str] | None = None) -> int:
    """Inside the host: bring the lab up, preview, and write the table; without `--out` the checkout's own lab is up,
    and rows are printed, a JSON list of columns each."""
    parser = argparse.ArgumentParser(prog="rehearsal.changes")
    parser.add_argument("--only", action="append", metavar="SETTING")
    parser.add_argument("--missing", action="store_true")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args(arguments)
    directory = Path(os.environ["REHEARSAL_DIR"]) / "changes"
    if options.out is None:
        lab = Lab(directory, {})
        for row in rows(lab, options.only or lab.paths()):
            print(json.dumps([row.path, row.kind, row.change, row.plan]), flush=True)
        return 0
    lab = Lab(directory, samples.SMALLEST)
    up = [environment.interpreter(), "-m", "rehearsal.stacks", _STACK, f"--config-file={lab.file}"]
    began = time.monotonic()
    code = subprocess.run(up, cwd=CHECKOUT, check=False).returncode
    if code != 0:
        return code
    only = lab.stale(changetable.read(options.out)) if options.missing else options.only
    return _write_table(lab, only, options.out, time.monotonic() - began)


def _write_table(lab: Lab, only: Sequence[str] | None, out: Path, up: float) -> int:
    """Preview and write; what is in the file already stays until it is found anew, for all takes its time."""
    known = {path: row for path, row in changetable.read(out).items() if path in lab.before}
    figures, began = changetable.figures(out), time.monotonic()
    for number, row in enumerate(rows(lab, lab.paths() if only is None else only), start=1):
        known[row.path] = row
        print(f"{row.path}: {row.plan}", flush=True)
        if only is None:
            figures = _figures(number, len(lab.before), up, time.monotonic() - began)
        out.write_text(changetable.text(known, figures), encoding="utf-8")
    wrong = [why for row in known.values() if (why := planned.forbidden(row))]
    print("\n".join(wrong), file=sys.stderr)
    return 1 if wrong else 0


def _figures(number: int, of: int, up: float, previews: float) -> str:
    return (
        f"Last run of the whole: {number} of {of} settings; `up` of the lab took {up:.0f} s, the previews "
        f"{previews:.0f} s, {previews / number:.1f} s each."
    )


if __name__ == "__main__":
    try:
        sys.exit(main())
    except RehearsalError as error:
        sys.exit(f"rehearsal: {error}")
