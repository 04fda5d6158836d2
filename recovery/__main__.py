"""``python -m recovery --stack lab``: after a run of Pulumi was killed, what is needed before the next `pulumi up`.

May be run at any time and as often as one likes. The evidence goes last (the lock, then the pending operations), so a
recovery that is itself cut short is simply repeated.
"""

from __future__ import annotations

import argparse
import json
import socket
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from doctor.virsh import Unanswered, Virsh
from recovery import checkpoint, files, processes
from recovery.engine import Engine, Lock
from recovery.errors import RecoveryError
from recovery.host import Host
from recovery.report import Report
from recovery.state import State
from settings import Host as KvmHost
from settings.explain import NAMESPACE


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 0 when all is settled, 1 when nothing was done or something would not go, with the reason."""
    parser = argparse.ArgumentParser(prog="recovery", description=__doc__)
    parser.add_argument("--stack", required=True, help="the stack whose run was killed")
    parser.add_argument("--dry-run", action="store_true", help="only tell what would be done")
    chosen = parser.parse_args(arguments)
    report = Report(dry=chosen.dry_run)
    try:
        recover(Engine(NAMESPACE, chosen.stack), report)
    except (RecoveryError, Unanswered) as error:
        print(f"{report.text() if report.rows else ''}make recover: {error}", file=sys.stderr)
        return 1
    print(report.text(), end="")
    return 1 if report.failures else 0


def recover(engine: Engine, report: Report) -> None:
    """All of it, in the order in which evidence is used. Raises RecoveryError before anything is touched if the run
    lives, and `Unanswered` likewise if libvirt does not answer."""
    backend = engine.backend()
    locks = engine.locks(backend)
    for lock in locks:
        _refuse_a_living(lock, engine.stack)
    if checkpoint.mend(engine.checkpoint(backend), report, died=bool(locks)) and report.dry:
        return  # what else there is can be told only from the state
    exported = engine.run("stack", "export")
    state = State(json.loads(exported))
    virsh = Virsh(KvmHost(uri=state.uri).virsh_uri) if state.uri else None
    if virsh is not None and not virsh.answer.ok:
        raise Unanswered(f"{state.uri} does not answer ({virsh.answer.said}), so nothing was done.")
    for lock in locks:
        began = datetime.fromtimestamp(lock.since).isoformat(" ", "seconds")
        report.did("run", f"process {lock.pid} of {lock.user}, since {began}", "found dead")

    died = bool(locks or state.operations)
    _end_processes(engine, died and not any(map(_dead, engine.other_locks(backend))), report)
    if virsh is not None:
        Host(virsh, state, engine.stack, report).settle()
    files.settle(
        engine.stack,
        min((lock.since for lock in locks), default=None),
        engine.half_written(backend) if locks or state.operations else [],
        state,
        report,
    )
    _unlock(engine, locks, report)
    _clear(engine, state, exported, report)


def _dead(lock: Lock) -> bool:
    return lock.host == socket.gethostname() and not processes.started_before(lock.pid, lock.since)


def _refuse_a_living(lock: Lock, stack: str) -> None:
    if lock.host != socket.gethostname():
        raise RecoveryError(
            f"Stack {stack} is locked by process {lock.pid} of {lock.user} on {lock.host}, which can't be looked at "
            f"from here. Run this there; if {lock.host} is gone for good: pulumi cancel --stack {stack}."
        )
    if not _dead(lock):
        raise RecoveryError(
            f"A run of stack {stack} lives: process {lock.pid} of {lock.user}. Nothing was touched. Wait for it, or "
            f"end it with Ctrl-C (kill -INT {lock.pid}), after which nothing needs to be recovered."
        )


def _end_processes(engine: Engine, only_dead_run: bool, report: Report) -> None:
    ours, unclear = processes.of_dead_runs(
        processes.running(),
        processes.listening(),
        engine.project,
        engine.stack,
        Path.cwd(),
        only_dead_run=only_dead_run,
    )
    survivors = [] if report.dry else processes.end(ours)
    for process in ours:
        if process in survivors:
            report.failed("process", str(process), "it does not end")
        else:
            report.did("process", str(process), "ended")
    for process in unclear:
        report.left("process", str(process), "of a dead run, but nothing tells of which stack")


def _unlock(engine: Engine, locks: Sequence[Lock], report: Report) -> None:
    if locks and not report.dry:
        engine.run("cancel", "--yes")
    for lock in locks:
        report.did("lock", lock.path.stem, "cancelled")


def _clear(engine: Engine, state: State, exported: str, report: Report) -> None:
    if not state.operations:
        return
    if not report.dry:
        # An import drops them (seen with 3.250), with no provider asked; secrets stay as they are, encrypted.
        engine.run("stack", "import", stdin=exported)
    for operation in state.operations:
        report.did("operation", str(operation), "dropped from the state")
    doubtful = state.doubtful()
    if doubtful and not report.dry:
        targets = [option for urn in doubtful for option in ("--target", urn)]
        engine.run("refresh", "--yes", "--skip-preview", *targets)
    for urn in doubtful:
        report.did("resource", urn.rpartition("::")[2], "read anew from libvirt")


if __name__ == "__main__":
    sys.exit(main())
