"""No derived credential is forgotten: what the scan looks for is what the program itself asks for."""

from __future__ import annotations

from inspect import getmembers, isfunction

import pytest

from manifests.credentials import Credentials
from scan.derived import derived
from scan.searching import Searcher
from settings.rotation import LABELS, Versions
from tests.components.engine import run_program
from tests.lab import raw, settings


def test_every_label_is_looked_for() -> None:
    assert {secret.label.rpartition("/")[2] for secret in derived(settings())} >= LABELS.keys()


def test_every_credential_that_the_program_asks_for_is_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: set[str] = set()
    octets = Credentials.octets

    def heard(self: Credentials, label: str, length: int, version: int | None = None) -> bytes:
        asked.add(label)
        return octets(self, label, length, version)

    monkeypatch.setattr(Credentials, "octets", heard)
    run_program("lab", raw())
    monkeypatch.undo()
    keyed_hash = {"fingerprint"}  # a key that never leaves the process
    assert len(asked) > 40
    assert asked - keyed_hash <= {secret.label for secret in derived(settings())}


def test_every_way_to_derive_one_gives_what_is_looked_for() -> None:
    """A new method of Credentials needs a line here."""
    lab = settings()
    credentials, labels = Credentials(lab.secret.get_secret_value()), {"NovaPassword", "BarbicanSimpleCryptoKEK"}
    made = {
        "password": credentials.password("osp-secret/NovaPassword"),
        "key_encryption_key": credentials.key_encryption_key("osp-secret/BarbicanSimpleCryptoKEK"),
        "key_pair": credentials.key_pair("cluster-nodes").private,
    }
    others = {"octets", "fingerprint"}
    assert {name for name, _ in getmembers(Credentials, isfunction) if not name.startswith("_")} == made.keys() | others
    searcher = Searcher(derived(lab))
    found = {name: searcher.in_bytes(value.encode()) for name, value in made.items()}
    assert found["key_pair"] == {"cluster-nodes"}
    assert found["password"] | found["key_encryption_key"] == {f"osp-secret/{label}" for label in labels}


def test_older_versions_are_looked_for_too() -> None:
    lab = settings(rotation={"MetadataSecret": 3})
    made = [(secret.label, secret.value) for secret in derived(lab) if "MetadataSecret" in secret.label]
    assert {label for label, _ in made} == {f"osp-secret/MetadataSecret, version {number}" for number in (1, 2, 3)}
    current = Credentials(lab.secret.get_secret_value(), Versions.model_validate({"MetadataSecret": 3}))
    assert ("osp-secret/MetadataSecret, version 3", current.password("osp-secret/MetadataSecret")) in made
    assert len({value for _, value in made}) == len(made)
