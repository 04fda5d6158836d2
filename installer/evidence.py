"""What helps when an installation failed, collected into one directory while it can still be had.

Everything is tried with a limit and nothing is needed: what could not be had is said in the summary. A console's lines
are in the file that the machine's XML names (`<log file=…>`; virtlogd writes it on the host, and by default root alone
may read it there); where they can't be had, a picture of the screen stands in, which libvirt gives to whoever may
manage the machine, on a remote host too.
"""

from __future__ import annotations

import shlex
import socket
import subprocess
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree

from installer import tool
from installer.directory import FAILURES

PORTS = (22, 8090)
"""ssh on every node, and assisted-service on node zero (agent-installer.md §2.6)."""

_SECONDS = 10.0
_CONNECT_SECONDS = 3.0
_LOG_LINES = 400
_CONSOLE_LINES = 200


def collect(document: dict[str, Any], secrets: Iterable[str], told: str) -> Path:
    """Make `<stack's directory>/failures/<UTC time>-<what>/` (0700) with summary.txt, installer.log and what the
    machines' consoles show; its path. ``document`` as for ``wait``; ``told`` heads the summary. ``secrets`` are masked
    in all texts."""
    directory, shapes, uri = Path(document["directory"]), tool.shapes(secrets), document["uri"]
    nodes, domains = document["nodes"], document["domains"]
    made = _directory(directory.parent / FAILURES, document["what"])

    def look(name: str) -> tuple[str, ...]:
        answers = [_answer(nodes[name], port) for port in PORTS]
        domain = domains[name]
        return (name, nodes[name], *answers, _state(uri, domain), _console(uri, domain, made / name, shapes))

    with ThreadPoolExecutor(max_workers=16) as pool:
        rows = [("node", "address", *(f"TCP {port}" for port in PORTS), "machine", "console"), *pool.map(look, nodes)]
    log = _log(directory, made / "installer.log", shapes)
    summary = f"{told}\n\n{_table(rows)}\ninstaller.log: {log}\n"
    (made / "summary.txt").write_text(tool.mask(summary, shapes), encoding="utf-8")
    return made


def _table(rows: Sequence[Sequence[str]]) -> str:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ("  ".join(cell.ljust(widths[column]) for column, cell in enumerate(row)) for row in rows)
    return "".join(f"{line.rstrip()}\n" for line in lines)


def _directory(parent: Path, what: str) -> Path:
    parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    name = f"{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}-{what}"
    # Two waits of one second: the second has its own all the same.
    for path in (parent / name, *(parent / f"{name}-{n}" for n in range(2, 100))):
        try:
            path.mkdir(mode=0o700)
        except FileExistsError:
            continue
        return path
    raise FileExistsError(parent / name)


def _answer(address: str, port: int) -> str:
    """Whether somebody answers there."""
    try:
        socket.create_connection((address, port), timeout=_CONNECT_SECONDS).close()
    except OSError as error:
        return "no answer" if isinstance(error, TimeoutError) else (error.strerror or str(error)).lower()
    return "answers"


def _log(directory: Path, target: Path, shapes: Sequence[str]) -> str:
    """The end of the tool's own log, which holds more than was shown; what can be said of it."""
    source = directory / ".openshift_install.log"
    try:
        with source.open(encoding="utf-8", errors="replace") as lines:
            tail = deque(lines, maxlen=_LOG_LINES)
    except OSError as error:
        return f"not to be had: {error.strerror}"
    target.write_text(tool.mask("".join(tail), shapes), encoding="utf-8")
    return f"the last {len(tail)} lines of {source}"


def _state(uri: str, domain: str) -> str:
    return _asked(lambda: _run("virsh", "--quiet", "--connect", uri, "domstate", domain).strip())


def _console(uri: str, domain: str, target: Path, shapes: Sequence[str]) -> str:
    """The last lines of a machine's serial console, else a picture of its screen; what it was, or why not."""
    lines = _asked(lambda: _console_lines(uri, domain))
    if not lines.startswith(_MISSING):
        target.with_suffix(".console").write_text(tool.mask(lines, shapes), encoding="utf-8")
        return f"{target.name}.console"
    picture = target.with_suffix(".ppm")
    taken = _asked(lambda: _run("virsh", "--quiet", "--connect", uri, "screenshot", domain, str(picture)))
    if taken.startswith(_MISSING):
        return f"{lines}; screen {taken}"
    return f"{picture.name}; lines {lines}"


def _console_lines(uri: str, domain: str) -> str:
    devices = ElementTree.fromstring(_run("virsh", "--quiet", "--connect", uri, "dumpxml", domain))
    log = devices.find("devices/serial/log")
    if log is None:
        raise OSError("the machine's XML names no log")
    path, parts = log.get("file", ""), urlsplit(uri)
    if not parts.hostname:
        with Path(path).open(encoding="utf-8", errors="replace") as lines:
            return "".join(deque(lines, maxlen=_CONSOLE_LINES))
    there = f"{parts.username}@{parts.hostname}" if parts.username else parts.hostname
    port = ("-p", str(parts.port)) if parts.port else ()
    key = [option for file in parse_qs(parts.query).get("keyfile", []) for option in ("-i", file)]
    return _run("ssh", "-o", "BatchMode=yes", *port, *key, there, f"tail -n {_CONSOLE_LINES} {shlex.quote(path)}")


_MISSING = "not to be had: "


def _asked(ask: Callable[[], str]) -> str:
    """What an asking gives, or why it gives nothing."""
    try:
        return ask()
    except (OSError, subprocess.SubprocessError, ElementTree.ParseError) as error:
        said = getattr(error, "stderr", None) or (error.strerror if isinstance(error, OSError) else None) or str(error)
        return _MISSING + " ".join(str(said).replace("error: ", "").split())


def _run(*command: str) -> str:
    done = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=_SECONDS,
        check=True,
    )
    return done.stdout
