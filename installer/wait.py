"""Step ``wait``: watches an installation until the tool says that it is done.

``wait-for`` is a pure observer, so it may be run again as often as one likes; an ended wait doesn't end the
installation. Which failures are worth another try: agent-installer.md §2.3 (``progress``). The tool's whole log is in
the installer directory; what is shown is a line whenever the picture changes.
"""

from __future__ import annotations

import functools
import signal
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from installer import boot_gate, credentials, evidence, image, progress, tool
from installer.errors import StepError
from installer.progress import Progress, Verdict


def run(document: dict[str, Any]) -> dict[str, Any]:
    """Input: ``installer``, ``directory``, ``what`` (bootstrap-complete or install-complete), ``attempts``,
    ``limit`` (seconds for one attempt), ``generation``, ``created`` (of the ISO, seconds since the epoch),
    ``nodes`` ({name: address}), ``domains`` ({name: libvirt's name}), ``uri``, ``secrets``. Output: ``complete``."""
    directory = Path(document["directory"])
    what = document["what"]
    if not (directory / ".openshift_install_state.json").is_file():
        raise StepError(
            f"{directory} holds no installer state, so this installation can't be watched from here. Run pulumi up "
            "in the checkout that made the ISO, or raise generation to build it anew."
        )
    masked = [*document["secrets"], credentials.password(directory)]
    command = [document["installer"], "agent", "wait-for", what, "--dir", str(directory), "--log-level", "info"]
    attempts = int(document["attempts"])
    for attempt in range(1, attempts + 1):
        seen = progress.watch(document["nodes"])
        try:
            code, _ = tool.run(command, masked, float(document["limit"]), functools.partial(_show, seen))
        finally:
            _mask_log(directory, masked)
        if code == 0:
            if what == "install-complete":
                (directory / image.INSTALLED).touch()
            return {"complete": what}
        verdict = _verdict(seen, code)
        if not verdict.again or attempt == attempts:
            break
        tool.show(f"wait-for {what}: attempt {attempt} ended ({verdict.name}: {verdict.meaning}), watching again\n")
    collected = evidence.collect(document, masked, f"{verdict.name}: {verdict.meaning}\n{seen}")
    raise StepError(
        f"openshift-install agent wait-for {what} failed with exit code {code} ({verdict.name}: {verdict.meaning}). "
        f"What helps is collected in {collected}. The machines are left as they are. {_remedy(verdict, document)}",
        code if code > 0 else 1,
    )


def _mask_log(directory: Path, secrets: Iterable[str]) -> None:
    """The tool writes the kubeadmin password into its log, which is what people hand on when they ask for help."""
    log = directory / ".openshift_install.log"
    if log.is_file():
        text = log.read_text(encoding="utf-8", errors="replace")
        log.write_text(tool.mask(text, tool.shapes(secrets)), encoding="utf-8")


def _show(seen: Progress, line: str) -> None:
    if (said := seen.hear(line.rstrip("\n"))) is not None:
        tool.show(f"{said}\n")


def _verdict(seen: Progress, code: int) -> Verdict:
    """A tool that was ended at the limit can't have told why, but what it saw of the hosts holds."""
    ended = code == -signal.SIGTERM and (seen.verdict is progress.UNKNOWN or seen.verdict.again)
    return progress.LIMIT if ended else seen.verdict


def _remedy(verdict: Verdict, document: dict[str, Any]) -> str:
    """A gate that passed yesterday says nothing of machines made today, hence the age."""
    raise_it = f"raise generation above {document['generation']} and run pulumi up."
    remedy = f"pulumi up watches again; if the installation died inside them, {raise_it}"
    if verdict.dead:
        remedy = f"Only a new installation helps: {raise_it}"
    hours = (time.time() - float(document["created"])) / 3600
    if hours <= boot_gate.MAXIMUM_HOURS:
        return remedy
    return f"{remedy} The agent ISO is {hours:.0f} h old: a machine that booted it late can't join any more."
