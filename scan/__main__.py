"""``python -m scan --stack lab [PATH …]``: ends with 1 if one of the stack's secrets stands where it must not."""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Sequence
from itertools import chain
from pathlib import Path

from recovery import backend
from scan import places, processes, stack, table
from scan.examine import Examination
from scan.places import Kind
from scan.searching import Searcher
from settings import SettingsError
from settings.stackfile import StackFileError


def main(arguments: Sequence[str] | None = None) -> int:
    """0 if all was read and there is no finding, 1 if not, 2 if the stack can't be read."""
    parser = argparse.ArgumentParser(prog="python -m scan", description="Look for the stack's secrets in clear.")
    parser.add_argument("--stack", required=True, help="the stack whose secrets are looked for")
    parser.add_argument("paths", nargs="*", type=Path, help="further files and directories, such as a run's log")
    options = parser.parse_args(arguments)
    missing = [str(path) for path in options.paths if not path.exists()]
    if missing:
        parser.error(f"there is no {', '.join(missing)}")
    try:
        chosen = stack.read(options.stack)
        url = stack.backend()
    except (stack.ScanError, SettingsError, StackFileError) as error:
        print(error, file=sys.stderr)
        return 2
    searcher = Searcher(chosen.secrets)
    project, kept = Path.cwd(), backend.directory(url)
    seen, unseen = Examination(), []
    if kept is None:
        done = subprocess.run(
            ["pulumi", "stack", "export", "--stack", chosen.name], capture_output=True, text=True, check=True
        )
        seen.text(Kind.STATE, f"the state of {chosen.name}", done.stdout, searcher)
        unseen.append(f"The backend {url} was asked for the state only; its history was not looked at.")
    listed = chain(
        places.backend(kept) if kept else (),
        places.installation(project),
        places.logs(chosen.name),
        places.tree(project),
        places.temporary(),
        places.given(options.paths),
    )
    seen.files(listed, searcher)
    seen.processes(processes.running(), searcher)
    print(table.text(chosen.name, seen, searcher, chosen.published, unseen), end="")
    return int(bool(seen.findings or seen.unread))


if __name__ == "__main__":
    sys.exit(main())
