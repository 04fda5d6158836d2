"""What `openshift-install agent wait-for` says of an installation, as a few lines, and which class of failure it tells.

The tool writes a line for every event of every host: the status of the cluster (pkg/agent/cluster.go), validations that
fail and pass (pkg/agent/validations.go), and assisted-service's events, of which it shows the newest at every look, so
some are never seen. Lines of these kinds are folded into one picture; any other is worth being shown as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

_LINE = re.compile(r'(?:time="[^"]*" )?level=(\w+) msg=(.*)|(TRACE|DEBUG|INFO|WARN(?:ING)?|ERROR|FATAL)\s+(.*)')
_STATUS = re.compile(r'Host:? (\S+?)[:,] updated status from "?([\w-]+)"? to "?([\w-]+)"?')
_STAGE = re.compile(r"Host:? (\S+?)[:,] reached installation stage ([^:]+?)(?:: (\d+)%|:.*)?$")
_VALIDATION = re.compile(r"(?:(Cluster)|Host (\S*)) validation: (.*)")

_NOT_KNOWN = {"discovering", "insufficient", "pending-for-input", "disconnected", "error", "unbinding"}
_WRITING = "Writing image to disk"
# What comes after the image is written (assisted-service models/host_stage.go).
_WRITTEN = {"Rebooting", "Waiting for ignition", "Configuring", "Joined", "Done"}
_PHASES = {
    "Cluster is not ready for install. Check validations": False,
    "User input is required to continue cluster installation": False,
    "Cluster is ready for install": True,
    "Preparing cluster for installation": True,
    "Cluster installation in progress": True,
    "Finalizing cluster installation": True,
}
"""What the cluster's status is called, and whether it means that all nodes are known and valid."""


@dataclass(frozen=True)
class Verdict:
    """A class of failure (agent-installer.md §2.3): ``again`` says whether watching once more is worth it, ``dead``
    whether only a new installation helps."""

    name: str
    meaning: str
    again: bool = False
    dead: bool = False


_GAVE_UP = "the tool gave up watching, which ends no installation"
_DIED = "the installation died inside the machines, and watching it longer changes nothing"
_SIGNS = (
    (
        re.compile(r'has hosts in error|updated status from "?[\w-]+"? to "?error\b'),
        Verdict("hosts in error", _DIED, dead=True),
    ),
    (re.compile("installation was cancelled"), Verdict("cancelled", _DIED, dead=True)),
    (re.compile("bootstrap process timed out"), Verdict("bootstrap timed out", _GAVE_UP, again=True)),
    (re.compile("failed to progress after all hosts available"), Verdict("stuck in ready", _GAVE_UP, again=True)),
    (re.compile("failed to prepare cluster installation"), Verdict("preparation failed", _GAVE_UP, again=True)),
)
UNKNOWN = Verdict("unknown", "the tool's log has no sentence that tells whether the installation still goes on")
LIMIT = Verdict("limit", "the tool was ended at the limit that timeouts.bootstrap and timeouts.install set")


@dataclass
class Progress:
    """The picture of one watched installation of so many ``nodes`` (names). ``verdict`` is what a failure would be."""

    nodes: tuple[str, ...]
    phase: str = ""
    verdict: Verdict = UNKNOWN
    _status: dict[str, str] = field(default_factory=dict)
    _written: dict[str, int] = field(default_factory=dict)
    _failing: dict[str, list[str]] = field(default_factory=dict)
    _shown: set[object] = field(default_factory=set)
    _picture: object = None

    def hear(self, line: str) -> str | None:
        """Take a line of the log, without its newline; what to show of it now, None for nothing new."""
        level, text = _parsed(line)
        self._judge(text)
        if self._fold(level, text):
            return str(self) if self._is_news() else None
        if not text or level in ("debug", "trace") or text in self._shown:
            return None
        self._shown.add(text)
        return text

    @property
    def known(self) -> int:
        """How many nodes assisted-service knows and finds fit to be installed."""
        if _PHASES.get(self.phase):
            return len(self.nodes)
        return sum(status not in _NOT_KNOWN for status in self._status.values())

    @property
    def failing(self) -> list[str]:
        """The validations that fail, as `<node or cluster>: <sentence>`."""
        return [f"{subject}: {sentence}" for subject, found in self._failing.items() for sentence in found]

    @property
    def percent(self) -> int:
        """How much of the image is written to the disks, over all nodes, in steps of 10."""
        return sum(self._written.values()) // max(len(self.nodes), 1) // 10 * 10

    def __str__(self) -> str:
        failing = self.failing
        newest = f" ({failing[-1]})" if failing else ""
        parts = f"{self.known} of {len(self.nodes)} nodes known, {len(failing)} validations failing{newest}"
        return f"{self.phase or 'Waiting for the nodes'}: {parts}, {self.percent} % of the images written"

    def _is_news(self) -> bool:
        """Thirteen nodes fail the same validations one after the other: each sentence counts once."""
        failing = self.failing
        sentence = failing[-1].partition(": ")[2] if failing else None
        before, self._picture = self._picture, (self.phase, self.known, self.percent, bool(failing))
        news = self._picture != before or sentence not in self._shown | {None}
        self._shown.add(sentence)
        return news

    def _judge(self, text: str) -> None:
        # Once hosts are in error the tool goes on watching, up to its limit; that is then not the reason.
        if not self.verdict.dead:
            self.verdict = next((verdict for sign, verdict in _SIGNS if sign.search(text)), self.verdict)

    def _fold(self, level: str, text: str) -> bool:
        if text in _PHASES:
            self.phase = text
            if _PHASES[text]:
                self._failing.clear()
        elif found := _VALIDATION.match(text):
            self._validate(found[2] or "cluster", found[3], level)
        elif found := _STATUS.match(text):
            self._status[found[1]] = found[3]
            if found[3] == "known":
                self._failing.pop(found[1], None)
            return found[3] != "error"
        elif found := _STAGE.match(text):
            self._status[found[1]] = "installing"
            if found[2] == _WRITING:
                self._written[found[1]] = int(found[3] or 0)
            elif found[2] in _WRITTEN:
                self._written[found[1]] = 100
        else:
            return False
        return True

    def _validate(self, subject: str, sentence: str, level: str) -> None:
        """Which validation it is isn't said, only its sentence, and another one when it passes."""
        found = self._failing.setdefault(subject, [])
        if level.startswith("warn"):
            if sentence not in found:
                found.append(sentence)
        elif found:
            found.pop(0)


def _parsed(line: str) -> tuple[str, str]:
    """(level, text); the tool's lines look otherwise on a terminal."""
    if not (found := _LINE.match(line)):
        return "", line.strip()
    text = (found[2] or found[4] or "").strip()
    if len(text) > 1 and text[0] == text[-1] == '"':
        text = text[1:-1].replace('\\"', '"')
    return (found[1] or found[3]).lower(), text


def watch(nodes: Iterable[str]) -> Progress:
    """Nothing heard yet."""
    return Progress(tuple(nodes))
