"""The cache's promises: it changes exactly with its inputs, and shows nothing half finished."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from engine import cache
from engine.cache import Layout


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    copy = tmp_path / "engine"
    shutil.copytree(cache.SOURCES, copy, ignore=shutil.ignore_patterns("__pycache__"))
    return copy


@pytest.mark.parametrize("file", ["kubernetes/go.sum", "libvirt/go.mod", "command/local/run.go", "crds/go.sum"])
def test_the_digest_changes_with_every_input(sources: Path, file: str) -> None:
    before = cache.digest(sources)
    (sources / file).write_text((sources / file).read_text() + "\n")
    assert cache.digest(sources) != before


@pytest.mark.parametrize("file", ["README.md", "command/local/run_test.go", "kernel.py"])
def test_the_digest_ignores_what_is_not_built(sources: Path, file: str) -> None:
    before = cache.digest(sources)
    (sources / file).write_text("package changed\n")
    assert cache.digest(sources) == before


def test_two_checkouts_share_one_engine(sources: Path) -> None:
    assert cache.digest(sources) == cache.digest()


def test_the_cache_follows_the_xdg_rules(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache.base() == tmp_path / "rhoso-lab"
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    monkeypatch.setenv("HOME", "/home/someone")
    assert cache.base() == Path("/home/someone/.cache/rhoso-lab")


def _fill(staging: Path) -> tuple[str, ...]:
    (staging / "bin").mkdir()
    (staging / "bin" / "tool").write_text("new")
    return ("bin/tool",)


def test_a_published_part_is_finished_and_leaves_no_scaffolding(layout: Layout) -> None:
    cache.publish(layout, "tool", "key", "test", _fill)
    assert cache.is_finished(layout, "tool", "key", ("bin/tool",))
    assert not cache.is_finished(layout, "tool", "another key", ("bin/tool",))
    assert sorted(path.name for path in layout.root.iterdir()) == ["bin", "stamps"]


def test_a_failure_on_the_way_leaves_nothing_that_looks_finished(layout: Layout) -> None:
    def fail(staging: Path) -> tuple[str, ...]:
        _fill(staging)
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        cache.publish(layout, "tool", "key", "test", fail)
    assert list(layout.root.iterdir()) == []


def test_a_part_whose_file_was_deleted_is_not_finished(layout: Layout) -> None:
    cache.publish(layout, "tool", "key", "test", _fill)
    (layout.bin / "tool").unlink()
    assert not cache.is_finished(layout, "tool", "key", ("bin/tool",))


def test_a_directory_is_replaced_as_a_whole(layout: Layout) -> None:
    (layout.crds / "old").mkdir(parents=True)

    def fill(staging: Path) -> tuple[str, ...]:
        (staging / "crds" / "new").mkdir(parents=True)
        return ("crds",)

    cache.publish(layout, "crds", "key", "test", fill)
    assert [path.name for path in layout.crds.iterdir()] == ["new"]


def test_a_part_with_the_same_inputs_is_found_in_another_engine(layout: Layout) -> None:
    other = Layout(layout.root.with_name("fedcba9876543210"))
    cache.publish(other, "tool", "key", "test", _fill)
    assert cache.elsewhere(layout, "tool", "key", ("bin/tool",)) == other
    assert cache.elsewhere(layout, "tool", "another key", ("bin/tool",)) is None


def test_a_second_set_up_waits_for_the_first(layout: Layout) -> None:
    script = (
        "import sys; from pathlib import Path; from engine import cache\n"
        "with cache.lock(cache.Layout(Path(sys.argv[1])), lambda: print('waits', flush=True)): print('in', flush=True)"
    )
    with cache.lock(layout, lambda: pytest.fail("nobody else is here")):
        command = [sys.executable, "-c", script, str(layout.root)]
        other = subprocess.Popen(command, cwd=cache.CHECKOUT, stdout=subprocess.PIPE, text=True)
        assert other.stdout is not None
        assert other.stdout.readline() == "waits\n"
    assert other.communicate(timeout=30)[0] == "in\n"


def test_what_a_killed_set_up_left_is_cleared_by_the_next(layout: Layout) -> None:
    (layout.root / "unfinished-x" / "bin").mkdir(parents=True)
    with cache.lock(layout, lambda: None):
        assert list(layout.root.iterdir()) == []
