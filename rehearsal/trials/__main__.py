"""Inside a host: `python -m rehearsal.trials --out docs/faults.md`, or `--short --only SERIES` for what CI tries.

The whole lab is up after the first series and gone after the third; `machines` begins with nothing.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from rehearsal.stacks import ensure
from rehearsal.trials import cluster, kills, machines, table
from rehearsal.trials.lab import Lab
from rehearsal.trials.trial import Trials

SERIES: Mapping[str, Trials] = {
    "up": kills.during_up,
    "cluster": cluster.series,
    "destroy": kills.during_destroy,
    "machines": machines.series,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Rows are printed as they come, a JSON object each; exit code 1 if something was not as it must be."""
    parser = argparse.ArgumentParser(prog="rehearsal.trials", description=__doc__)
    parser.add_argument("--only", action="append", choices=list(SERIES))
    parser.add_argument("--short", action="store_true", help="a few of each kind")
    parser.add_argument("--through", default="verified", help="how far the lab goes (default: %(default)s)")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args(arguments)
    ensure("rehearsal")
    lab = Lab(Path(os.environ["REHEARSAL_DIR"]), options.through)
    parts, well = table.read(options.out) if options.out else {}, True
    for name in options.only or SERIES:
        rows, began = [], time.monotonic()
        for row in SERIES[name](lab, options.short):
            rows.append(row)
            print(json.dumps(asdict(row)), flush=True)
        parts[name] = table.Part(rows, round((time.monotonic() - began) / 60))
        well = well and bool(rows) and all(row.recovered for row in rows)
        if options.out:
            options.out.write_text(table.text(parts), encoding="utf-8")
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main())
