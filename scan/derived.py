"""All derived credentials, asked of the program's own renderers, so that a new one can't be forgotten."""

from __future__ import annotations

import base64
from collections.abc import Iterator

from manifests import render
from manifests.credentials import Credentials
from network import plan
from scan.secret import Secret
from settings import Settings
from settings.rotation import LABELS, Versions

_OLDER = 9
"""How many versions before the current one are looked for too: what was rotated out may lie around."""


_A_KEY_PAIR = "computes"


class Recorder(Credentials):
    """Derives as Credentials does, and keeps by label what was asked for: (octets, current version)."""

    def __init__(self, secret: str, rotation: Versions | None = None) -> None:
        super().__init__(secret, rotation)
        self.asked: dict[str, tuple[int, int]] = {}

    def octets(self, label: str, length: int, version: int | None = None) -> bytes:
        current = version or self._versions.get(label.rpartition("/")[2], 1)
        self.asked[label] = length, current
        return super().octets(label, length, current)


def derived(settings: Settings, whose: str = "") -> list[Secret]:
    """Every credential that this stack derives, by its label; ``whose`` stands before the labels."""
    recorder = Recorder(settings.secret.get_secret_value(), settings.rotation)
    render.objects(settings, plan(settings), recorder)
    # What no object of the cluster holds is a key pair of machines.
    rendered = {label.rpartition("/")[2] for label in recorder.asked}
    for label in sorted(LABELS.keys() - rendered):
        recorder.key_pair(label)
    asked = dict(recorder.asked)
    pairs = {label for label, (length, _) in asked.items() if length == asked[_A_KEY_PAIR][0]}
    found = []
    for label, (length, current) in asked.items():
        for version in range(max(1, current - _OLDER), current + 1):
            named = f"{whose}{label}{f', version {version}' if current > 1 else ''}"
            if label in pairs:
                found.append(Secret(named, recorder.key_pair(label, version).private))
            else:
                found += [Secret(named, text) for text in _texts(recorder.octets(label, length, version))]
    return found


def _texts(octets: bytes) -> Iterator[str]:
    """The two ways in which octets become a password."""
    yield octets.hex()
    yield base64.b64encode(octets).decode()
