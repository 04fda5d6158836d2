"""What the Go build asks of the machine, and what it takes from the user's settings."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine import definitions, gobuild, parts
from engine.cache import CHECKOUT, SOURCES
from engine.errors import EngineError


def fake_go(directory: Path, version: str) -> None:
    """A `go` that answers `go env GOVERSION` with a version, and knows no other setting."""
    path = directory / "go"
    path.write_text(f'#!/bin/sh\n[ "$2" = GOVERSION ] && echo {version} || echo "{{}}"\n')
    path.chmod(0o755)


def test_a_missing_go_is_named_with_the_version_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(EngineError, match=r"Go 1\.25\.11 or newer is needed .* not on PATH: install it"):
        gobuild.environment()


def test_a_go_that_cannot_update_itself_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    fake_go(tmp_path, "go1.19.8")
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    with pytest.raises(EngineError, match=r"`go` is go1\.19\.8"):
        gobuild.environment()


@pytest.mark.parametrize(("version", "toolchain"), [("go1.24.2", "auto"), ("go1.25.11", "local"), ("go1.26", "local")])
def test_an_older_go_fetches_the_toolchain_that_is_needed(
    version: str, toolchain: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    fake_go(tmp_path, version)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    assert gobuild.environment()["GOTOOLCHAIN"] == toolchain


def test_the_users_settings_do_not_change_what_is_built(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    fake_go(tmp_path, "go1.26.1")
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setenv("GOFLAGS", "-mod=mod -tags=mine")
    monkeypatch.setenv("GOOS", "plan9")
    monkeypatch.setenv("GOPROXY", "https://proxy.example")
    chosen = gobuild.environment()
    assert chosen["GOFLAGS"] == "-mod=readonly -buildvcs=false"
    assert "GOOS" not in chosen
    assert chosen["GOPROXY"] == "https://proxy.example"


def test_every_build_has_its_pinned_modules() -> None:
    builds = [build for part in (parts.PULUMI, *parts.PLUGINS, parts.CONTROL_PLANE) for build in part.builds]
    for build in builds:
        pinned = (SOURCES / build.directory / "go.sum").read_text()
        sources = {source.module for source in (*build.scripts.values(), *build.embedded.values())}
        assert all(f"{module} v" in pinned for module in sources), build.directory


def test_every_module_with_definitions_is_pinned_and_checked() -> None:
    pinned = definitions.versions()
    sums = (SOURCES / "crds" / "go.sum").read_text()
    assert {module for module, _ in definitions._PLACES.values()} == set(pinned)
    assert all(f"{module} {version} h1:" in sums for module, version in pinned.items())


def test_the_go_sources_state_the_versions_of_the_parts() -> None:
    for plugin in parts.PLUGINS:
        assert f'"{plugin.version}"' in (CHECKOUT / "engine" / plugin.name / "main.go").read_text()
