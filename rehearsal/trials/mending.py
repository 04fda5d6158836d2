"""What comes after a fault: what a person does, and whether all is then as it must be."""

from __future__ import annotations

import subprocess
import time

from rehearsal.trials.lab import Lab
from rehearsal.trials.running import Run
from rehearsal.trials.trial import Row, quoted

_ALONE = "the run finishes all the same"


def mended(lab: Lab, fault: str, run: Run, *words: str, remedy: str = "") -> Row:
    """The row of a fault that met an `up`; ``words``: where the sentence is that a person reads; ``remedy``: what was
    done besides."""
    code, began = run.end(), time.monotonic()
    wrong: list[str] = []
    done = f"{remedy}`pulumi up`" if code else "nothing"
    try:
        if code:
            lab.finish()
    except subprocess.CalledProcessError:
        done = f"{remedy}`make recover`, `pulumi up`"
        wrong += _recovered(lab, "up")
    seconds = time.monotonic() - began if code else None
    wrong += [f"{name} would change" for name in lab.changes()] + lab.problems()
    return Row(fault, quoted(run.said, *words, "error:") if code else _ALONE, done, seconds, tuple(wrong))


def destroyed(lab: Lab, fault: str, run: Run, *options: str, remedy: str = "") -> Row:
    """The same of a fault that met a `destroy`; ``options``: of the second one."""
    code, began = run.end(), time.monotonic()
    wrong: list[str] = []
    done = f"{remedy}`{' '.join(('pulumi destroy', *options))}`" if code else "nothing"
    try:
        if code:
            lab.finish("destroy", *options)
    except subprocess.CalledProcessError:
        done = f"{remedy}`make recover`, `pulumi destroy`"
        wrong += _recovered(lab, "destroy")
    seconds = time.monotonic() - began if code else None
    wrong += lab.left() + lab.problems()
    return Row(fault, quoted(run.said, "error:") if code else _ALONE, done, seconds, tuple(wrong))


def _recovered(lab: Lab, command: str) -> list[str]:
    """With `make recover` before it; what it says if even then it does not finish."""
    lab.recover()
    try:
        lab.finish(command)
    except subprocess.CalledProcessError as error:
        return [f"`{command}` does not finish: {error.output}"]
    return []
