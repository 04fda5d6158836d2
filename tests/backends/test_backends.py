"""What docs/backends.md promises of a backend, on a directory and on a real S3 server."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

import engine
from scan.places import Kind, Place, files
from scan.searching import Searcher
from scan.secret import Secret
from tests.backends.conftest import PASSPHRASE, SECRET, Backend

UP = ("up", "--yes", "--skip-preview", "--stack", "test")


def found(backend: Backend) -> tuple[set[str], int]:
    """What is readable of the secrets in all that the backend keeps, and how many files that is."""
    searcher = Searcher([Secret("output", SECRET), Secret("passphrase", PASSPHRASE)])
    places = [Place(Kind.STATE, path) for path in files(backend.files)]
    return {label for place in places for label in searcher.in_file(place.path)[0]}, len(places)


def test_a_stack_lives_there_from_up_to_destroy_and_its_secrets_are_encrypted(backend: Backend) -> None:
    backend.pulumi(*UP)
    exported = json.loads(backend.pulumi("stack", "export", "--stack", "test").stdout)["deployment"]
    assert exported["secrets_providers"]["type"] == "passphrase"
    assert "ciphertext" in exported["resources"][0]["outputs"]["password"]
    shown = backend.pulumi("stack", "output", "password", "--show-secrets", "--stack", "test").stdout
    assert shown.strip() == SECRET
    labels, kept = found(backend)
    assert (labels, kept > 3) == (set(), True), "state, history and backups are there, and nothing is readable"
    backend.pulumi("destroy", "--yes", "--skip-preview", "--stack", "test")
    assert "resources" not in json.loads(backend.pulumi("stack", "export", "--stack", "test").stdout)["deployment"]


def test_two_ups_at_once_the_second_is_refused_and_says_who_has_the_lock(backend: Backend) -> None:
    with backend.held() as first:
        second = backend.pulumi(*UP, expect=None)
        assert second.returncode != 0
        said = second.stdout + second.stderr
        assert "the stack is currently locked by 1 lock(s)" in said
        assert f"(pid {first.pid})" in said
    assert first.returncode == 0, "the one that had the lock was not disturbed"
    backend.pulumi(*UP)


@pytest.mark.parametrize("backend", ["file"], indirect=True)
def test_another_passphrase_takes_the_place_of_the_old_one(backend: Backend) -> None:
    backend.pulumi(*UP)
    change = ("stack", "change-secrets-provider", "passphrase", "--stack", "test")
    backend.pulumi(*change, stdin="another-passphrase\nanother-passphrase\n")
    output = ("stack", "output", "password", "--show-secrets", "--stack", "test")
    refused = backend.pulumi(*output, expect=None)
    assert refused.returncode != 0
    assert "incorrect passphrase" in refused.stderr
    shown = backend.pulumi(*output, PULUMI_CONFIG_PASSPHRASE="another-passphrase").stdout
    assert shown.strip() == SECRET
    backend.pulumi(*UP, PULUMI_CONFIG_PASSPHRASE="another-passphrase")


def test_who_names_no_backend_has_the_state_in_his_home_and_needs_no_login(tmp_path: Path) -> None:
    shutil.copy(Path(__file__).parents[2] / "Pulumi.yaml", tmp_path)
    layout, home, other = engine.paths(), tmp_path / "home", tmp_path / "other"
    for directory in (home, other):
        directory.mkdir()
    # Pulumi asks the user database for the home, not HOME: without one of its own the test would use this user's.
    (tmp_path / "passwd").write_text(f"root:x:0:0::{home}:/bin/sh\n")
    alone = 'mount --bind passwd /etc/passwd && exec pulumi --non-interactive "$@"'
    environment = {"PATH": f"{layout.bin}:{os.environ['PATH']}", "PULUMI_HOME": str(tmp_path / "engine")}
    environment |= {"PULUMI_CONFIG_PASSPHRASE": PASSPHRASE, "PULUMI_SKIP_UPDATE_CHECK": "true"}

    def pulumi(*arguments: str, **more: str) -> str:
        command = ["unshare", "--map-root-user", "--mount", "sh", "-c", alone, "pulumi", *arguments]
        done = subprocess.run(
            command, cwd=tmp_path, env=environment | more, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    pulumi("stack", "init", "lab")
    assert (home / ".pulumi" / "stacks" / "rhoso-lab" / "lab.json").is_file()
    elsewhere = pulumi("stack", "ls", "--json", PULUMI_BACKEND_URL=f"file://{other}")
    assert json.loads(elsewhere) == [], "another that is named wins"
